//! What operators of a kind share: element by element, two broadcast arguments, reductions, windows.

pub(crate) mod args;
pub(crate) mod attention;
pub(crate) mod binary;
pub(crate) mod composite;
pub(crate) mod each;
pub(crate) mod limit;
pub(crate) mod quantization;
mod reading;
pub(crate) mod reduce;
pub(crate) mod softmax;
pub(crate) mod statistics;
pub(crate) mod step;
pub(crate) mod unary;
pub(crate) mod windows;

pub(crate) use windows::{interpolation, kernel_gradient, pool, sliding, window};
