//! The halves of a pair of donors with positions brought together, and the stitched network of a finished cell.

use crate::cut;
use crate::graph::{Builder, Graph, GraphError, inline};
use crate::ops::stitch::{Stitch, channel_axis};
use crate::recipe::Recipe;
use crate::rewrite::with_statistics;
use crate::stitch::{self, Adapted, Joint, Weights};
use crate::study::plan::About;
use crate::study::plan::asked::joint;
use crate::study::{Network, Pair, Plan, StudyError};

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

/// The stitched network: image batch to logits, holding half of each donor.
///
/// # Errors
/// [`GraphError`] when the stitch does not fit the halves.
pub fn stitched(front: &Graph, weights: &Weights, end: &Graph) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let input = front.inputs()[0];
    let image = b.input(&front.value(input).name, front.ty(input).clone());
    let signal = inline(&mut b, front, &[image])?[0];
    let (weight, bias) = weights.tensors().map_err(|e| GraphError::Mismatch {
        what: "stitch".to_owned(),
        expected: format!("{}x{} numbers", weights.out, weights.input),
        found: e.to_string(),
    })?;
    let (weight, bias) = (b.named_constant("stitch.weight", weight), b.named_constant("stitch.bias", bias));
    let joined = b.apply_named("stitch", Stitch.into(), &[signal, weight, bias], &["stitched".to_owned()])?;
    let logits = inline(&mut b, end, &joined)?[0];
    b.output("logits", logits);
    Ok(b.finish())
}

/// The identity between taps of one shape.
pub(super) fn identity(plan: &Plan, pair: Pair) -> Option<Weights> {
    let (front, end) = (&plan.front.taps[pair.front].ty, &plan.end.taps[pair.end].ty);
    let channels = end.shape[channel_axis(end.rank())].known()?;
    (front.shape == end.shape && !pair.joint.changes()).then(|| Weights::identity(channels, channels))
}
