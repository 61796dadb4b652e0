//! Theme and figures: what Stitchscope looks like, on screen, as SVG and as PNG.

pub mod figure;
pub mod theme;
