//! L-infinity: the largest change of a pixel.

use super::of_image;
use crate::graph::{Builder, GraphError, ValueId};

/// `sign(g)`.
pub(super) fn direction(b: &mut Builder, gradient: ValueId) -> Result<ValueId, GraphError> {
    b.sign(gradient)
}

/// Every pixel between `clean - radius` and `clean + radius`.
pub(super) fn project(b: &mut Builder, x: ValueId, clean: ValueId, radius: ValueId) -> Result<ValueId, GraphError> {
    let (low, high) = (b.sub(clean, radius)?, b.add(clean, radius)?);
    let above = b.max(x, low)?;
    b.min(above, high)
}

pub(super) fn size(changes: impl Iterator<Item = f64>) -> f64 {
    changes.map(f64::abs).fold(0.0, f64::max)
}

/// Changes [N, C, H, W] to their sizes [N, 1, 1, 1].
pub(super) fn length(b: &mut Builder, change: ValueId) -> Result<ValueId, GraphError> {
    let (axes, sizes) = (of_image(b, change), b.abs(change)?);
    b.reduce_max(sizes, &axes, true)
}
