//! The halves of a pair of donors with positions brought together, and the stitched network of a finished cell.

use super::inputs::About;
use super::train::{interpolation, takes_any_shape};
use super::{Network, Pair, StudyError, stitched};
use crate::cut;
use crate::graph::Graph;
use crate::recipe::{Recipe, ResizeAt, StitchRecipe, Word as _};
use crate::rewrite::with_statistics;
use crate::stitch::{self, Adapted, Asked, FormError, Joint, Weights};
use crate::tensor::TensorType;

/// What joins two taps of the networks, as the recipe asks.
pub(super) fn joint(
    recipe: &StitchRecipe,
    (front, end): (&Network, &Network),
    (front_tap, end_tap): (usize, usize),
) -> Result<Joint, FormError> {
    // Forms that are about the matrix take the shape that the taps have.
    let form = if takes_any_shape(recipe.form) { "auto" } else { recipe.form.as_str() };
    let [_, rows, columns] = front.image;
    let late = recipe.resize_at == ResizeAt::After;
    let asked = Asked { form, resize: interpolation(recipe), late, image: [rows, columns] };
    let candidates: Vec<(&str, &TensorType)> = end.taps.iter().map(|t| (t.name.as_str(), &t.ty)).collect();
    let (front_tap, end_tap) = (&front.taps[front_tap], &end.taps[end_tap]);
    Joint::between(asked, (&front_tap.name, &front_tap.ty), (&end_tap.name, &end_tap.ty), &candidates)
}

/// The front's first half up to the stitch's input, and the end's second half from what the stitch gives.
pub(super) fn halves(front: &Network, end: &Network, pair: Pair) -> Result<(Graph, Graph), StudyError> {
    let (front_tap, end_tap) = (&front.taps[pair.front], &end.taps[pair.end]);
    let before = cut::split(&front.graph, front_tap)?.0;
    let after = cut::split(&end.graph, end_tap)?.1;
    let before = if pair.joint.changes() { pair.joint.entering(&before)? } else { before };
    let after = behind((front, end), pair, &before, after)?;
    Ok((before, after))
}

/// What begins at the end's tap as what begins at what the stitch gives; `before` is the first half up to the stitch's input.
pub(super) fn behind(
    (front, end): (&Network, &Network),
    pair: Pair,
    before: &Graph,
    after: Graph,
) -> Result<Graph, StudyError> {
    if !pair.joint.leaves() {
        return Ok(after);
    }
    let (out, _) = pair.joint.channels(&front.taps[pair.front].ty, &end.taps[pair.end].ty);
    let given = Joint::given(before.ty(before.outputs()[0].value), out);
    Ok(pair.joint.leaving(&after, &given, false)?)
}

/// The stitched network of a finished cell: image batch to logits. `taps` are the front's and the end's, `file` the bytes that the study
/// kept of the stitch.
///
/// # Errors
/// [`StudyError`] when the recipe, the networks and the stitch do not belong together, by sizes or by what the stitch says of itself.
pub fn restored(
    recipe: &Recipe,
    (front, end): (&Network, &Network),
    taps: (&str, &str),
    file: &[u8],
) -> Result<Graph, StudyError> {
    if let Some(about) = About::read(file)? {
        about.fits((front, end), taps)?;
    }
    let at = (front.tap(taps.0)?, end.tap(taps.1)?);
    let joint = joint(&recipe.stitch, (front, end), at)?;
    let (before, after) = halves(front, end, Pair { front: at.0, end: at.1, joint })?;
    joined((&before, &after), &stitch::read(file)?, &stitch::read_adapted(file)?)
}

/// The stitched network of two halves with the statistics that adapted.
pub(super) fn joined(
    (front, end): (&Graph, &Graph),
    weights: &Weights,
    adapted: &Adapted,
) -> Result<Graph, StudyError> {
    if adapted.is_empty() {
        return Ok(stitched(front, weights, end)?);
    }
    let (front, end) = (with_statistics(front, &adapted.front)?, with_statistics(end, &adapted.end)?);
    Ok(stitched(&front, weights, &end)?)
}
