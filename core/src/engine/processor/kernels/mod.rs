//! What costs the time: convolutions and matrix products in f32.

pub(super) mod conv;
mod field;
pub(super) mod finish;
mod halves;
mod packed;
pub(super) mod panels;
pub(super) mod product;
mod tile;
mod winograd;
