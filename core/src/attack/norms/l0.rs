//! L0: the number of pixel values that change, channels counted.

use super::{l1, of_image};
use crate::graph::{Builder, GraphError, ValueId};

/// As in L1: the length of a step means nothing here.
pub(super) fn direction(b: &mut Builder, gradient: ValueId) -> Result<ValueId, GraphError> {
    l1::direction(b, gradient)
}

/// The largest changes stay, as many as the radius says.
pub(super) fn project(b: &mut Builder, x: ValueId, clean: ValueId, radius: ValueId) -> Result<ValueId, GraphError> {
    let change = b.sub(x, clean)?;
    let kept = l1::largest(b, change, radius)?;
    b.add(clean, kept)
}

#[expect(clippy::cast_precision_loss, reason = "a count of pixels")]
pub(super) fn size(changes: impl Iterator<Item = f64>) -> f64 {
    changes.filter(|d| *d != 0.0).count() as f64
}

/// Changes [N, C, H, W] to how many pixel values change, [N, 1, 1, 1].
pub(super) fn length(b: &mut Builder, change: ValueId) -> Result<ValueId, GraphError> {
    let (axes, sizes) = (of_image(b, change), b.abs(change)?);
    let changed = b.sign(sizes)?;
    b.reduce_sum(changed, &axes, true)
}
