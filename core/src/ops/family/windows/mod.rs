//! Windows that slide over positions, and pixels between others: what convolutions, pools and resizing share.

pub(crate) mod interpolation;
pub(crate) mod kernel_gradient;
pub(crate) mod pool;
pub(crate) mod sliding;
pub(crate) mod window;
