//! The donors of a training: halves as a step takes them and as they are evaluated, with frozen or with adapting statistics.

use crate::cut::{self, Tap};
use crate::graph::{Graph, GraphError};
use crate::rewrite::{self, batch_statistics, open_statistics, running};
use crate::stitch::{Adapted, Joint};
use crate::study::stitched::halves;
use crate::study::{Pair, Plan, StudyError};

/// The donors' parts in a training.
pub(in crate::study) struct Donors {
    /// Front and end as a training step takes them; the end to the logits or to what is matched.
    pub trained: (Graph, Graph),
    /// Front and end as attacks of the training see them.
    pub evaluated: (Graph, Graph),
    /// Image to the end's own activations, for matching.
    pub target: Option<Graph>,
    /// Statistics that adapt, as they are in the donors.
    pub statistics: Adapted,
}

impl Donors {
    /// Of a pair. `matched` says which activations are matched, where any are. With `adapts` both halves normalise by the batch in a
    /// step, and their statistics are arguments wherever they are evaluated.
    pub(super) fn of(plan: &Plan, pair: Pair, matched: Option<Depths>, adapts: bool) -> Result<Self, StudyError> {
        let (front, end) = halves(&plan.front, &plan.end, pair)?;
        let (taught, target) = match matched {
            Some(which) => {
                let (deeper, target) = depths(plan, pair, which)?;
                let own = target.outputs().len() > deeper.outputs().len();
                (after_stitch(plan, pair, &front, (deeper, own))?, Some(rewrite::simplify(&target)?))
            }
            None => (end.clone(), None),
        };
        let with = |graph: &Graph, change: fn(&Graph) -> Result<Graph, GraphError>| -> Result<Graph, StudyError> {
            let changed = if adapts { change(graph)? } else { graph.clone() };
            Ok(rewrite::simplify(&changed)?)
        };
        let statistics = match adapts {
            true => Adapted { front: running(&front), end: running(&taught) },
            false => Adapted::default(),
        };
        Ok(Self {
            trained: (with(&front, batch_statistics)?, with(&taught, batch_statistics)?),
            evaluated: (with(&front, open_statistics)?, with(&end, open_statistics)?),
            target,
            statistics,
        })
    }
}

/// Activations of the end that are matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::study) enum Depths {
    /// Those at its tap.
    Tap,
    /// These, every later block output and the logits.
    All,
    /// Those that its last layer reads.
    Final,
}

/// What follows the tap as what follows the stitch, where these differ; with `own` the tap's activation is then the first result.
fn after_stitch(plan: &Plan, pair: Pair, front: &Graph, (deeper, own): (Graph, bool)) -> Result<Graph, StudyError> {
    if !pair.joint.leaves() {
        return Ok(deeper);
    }
    let (out, _) = pair.joint.channels(&plan.front.taps[pair.front].ty, &plan.end.taps[pair.end].ty);
    let given = Joint::given(front.ty(front.outputs()[0].value), out);
    Ok(pair.joint.leaving(&deeper, &given, own)?)
}

/// What is matched: from the end's tap to the deeper activations, and from the image to all of them. The tap's own comes first where it
/// is matched beside others; alone it is what the stitch gives.
fn depths(plan: &Plan, pair: Pair, which: Depths) -> Result<(Graph, Graph), StudyError> {
    let (graph, taps) = (&plan.end.graph, &plan.end.taps);
    let tap = &taps[pair.end];
    let last = last_features(taps).filter(|last| *last > pair.end && which == Depths::Final);
    if let Some(last) = last {
        let features = [&taps[last]];
        return Ok((cut::between(graph, Some(tap), &features, false)?, cut::between(graph, None, &features, false)?));
    }
    let all = which == Depths::All;
    let deeper: Vec<&Tap> = taps[pair.end + 1..].iter().filter(|t| all && t.block_output).collect();
    let own: Vec<&Tap> = [tap].into_iter().chain(deeper.iter().copied()).collect();
    Ok((cut::between(graph, Some(tap), &deeper, all)?, cut::between(graph, None, &own, all)?))
}

/// The last tap that a product follows: what the classifier's last layer reads. A tap behind it is that layer's own.
fn last_features(taps: &[Tap]) -> Option<usize> {
    taps.iter().rposition(|tap| tap.after.operations > 0)
}
