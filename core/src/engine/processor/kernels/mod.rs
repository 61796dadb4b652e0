//! What costs the time: convolutions and matrix products in f32.

pub mod conv;
mod field;
pub mod finish;
mod halves;
mod packed;
pub mod panels;
pub mod product;
mod tile;
mod winograd;
