//! What operators of a kind share: element by element, two broadcast arguments, reductions, windows.

pub mod args;
pub mod attention;
pub mod binary;
pub mod composite;
pub mod each;
pub mod limit;
pub mod quantization;
mod reading;
pub mod reduce;
pub mod softmax;
pub mod statistics;
pub mod step;
pub mod unary;
pub mod windows;

pub use windows::{interpolation, kernel_gradient, pool, sliding, window};
