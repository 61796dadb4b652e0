//! Windows that slide over positions, and pixels between others: what convolutions, pools and resizing share.

pub mod interpolation;
pub mod kernel_gradient;
pub mod pool;
pub mod sliding;
pub mod window;
