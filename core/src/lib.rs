//! Where two neural networks fit together: the science of Stitchscope, without a window.

pub mod data;
pub mod platform;
pub mod random;
pub mod study;
