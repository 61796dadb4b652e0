//! What cells and controls have in common: one pass over the training images that matches all of them, and one over the test images
//! that measures their stitches.

use serde::{Deserialize, Serialize};

use super::{Seen, Stitches, survey};
use crate::engine::Engine;
use crate::metrics::Predictions;
use crate::recipe::Control;
use crate::stitch::Weights;
use crate::study::events::{Observer, Progress, Stage, progress};
use crate::study::matching::{Arm, Beside, Matched, Origins, PairFit, matched};
use crate::study::plan::asked::may_cache;
use crate::study::signals::{OwnModels, own_models};
use crate::study::stitched::identity;
use crate::study::timing::{Watch, stage};
use crate::study::{Pair, Plan, StudyError};

/// Pairs of a plan that are still to do: of the study itself, or of a control.
pub(in crate::study) struct Todo<'a> {
    /// The kind of control; `None` for cells.
    pub control: Option<Control>,
    pub plan: &'a Plan,
    pub pairs: Vec<Pair>,
}

/// What was found for one [`Todo`], one of each per pair.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::study) struct Found {
    /// Empty where stitches are known without matching.
    pub fits: Vec<PairFit>,
    pub seen: Vec<Seen>,
}

/// What the passes found.
#[derive(Debug, Default)]
pub(in crate::study) struct Common {
    /// Answers of the front and the end on the test images, where they were asked.
    pub donors: Option<[Predictions; 2]>,
    /// One per [`Todo`].
    pub found: Vec<Found>,
    /// What the end's own activations are like at the cells' pairs, where the recipe asks.
    pub own: OwnModels,
}

/// Adds to what was found of all pairs of a plan the activations that are kept for training, which no other process can hand over.
///
/// # Errors
/// What the engine reports.
pub(in crate::study) async fn activations(
    (engine, watch): (&dyn Engine, &Watch),
    plan: &Plan,
    found: &mut Found,
    observer: &mut Observer<'_>,
) -> Result<(), StudyError> {
    // The very pass that found the rest, so that they are the same to the last bit.
    let beside = Beside { keep: true, own: plan.recipe.probe.ood };
    let about = Progress::of(Stage::Matching);
    let mut step = |done: usize| progress(observer, about.at(Stage::Matching, done, plan.train.len()));
    let arms = [Arm { plan, pairs: &plan.pairs }];
    let again = watch.time(stage::MATCHING, matched(engine, &arms, beside, &mut step)).await?;
    for (fit, again) in found.fits.iter_mut().zip(again.fits.into_iter().flatten()) {
        fit.cache = again.cache;
    }
    Ok(())
}

/// Makes the passes for all of `todo`, and with `donors` for those of `plan` too.
///
/// # Errors
/// [`StudyError::Direct`] naming the taps when the data do not determine a stitch, and what the engine reports.
pub(in crate::study) async fn common(
    (engine, watch): (&dyn Engine, &Watch),
    (plan, donors): (&Plan, bool),
    todo: &[Todo<'_>],
    observer: &mut Observer<'_>,
) -> Result<Common, StudyError> {
    // Arms of one pass share the end and the training images; a stitch of ones needs no matching.
    let matches = |todo: &&Todo<'_>| todo.control != Some(Control::Identity) && !todo.pairs.is_empty();
    let control = todo.first().filter(|_| todo.len() == 1).and_then(|todo| todo.control);
    let arms: Vec<Arm<'_>> = todo.iter().filter(matches).map(|t| Arm { plan: t.plan, pairs: &t.pairs }).collect();
    let cells = todo.iter().find(|todo| todo.control.is_none() && !todo.pairs.is_empty());
    let about = Progress { control: control.map(|kind| kind.to_string()), ..Progress::of(Stage::Matching) };
    let (train, test) = (plan.train.len(), plan.test.len());
    let own = cells.is_some_and(|cells| cells.plan.recipe.probe.ood);
    let beside = Beside { keep: may_cache(&plan.recipe), own };
    let Matched { fits, mut own, origins } = match arms.is_empty() {
        true => Matched { fits: Vec::new(), own: OwnModels::new(), origins: Origins::new() },
        false => {
            let mut step = |done: usize| progress(observer, about.at(Stage::Matching, done, train + test));
            watch.time(stage::MATCHING, matched(engine, &arms, beside, &mut step)).await?
        }
    };
    if let Some(cells) = cells.filter(|_| beside.own) {
        let flat: Vec<Pair> = cells.pairs.iter().copied().filter(|pair| pair.joint.flat()).collect();
        if !flat.is_empty() {
            own.extend(watch.time(stage::MATCHING, own_models(engine, plan, &flat, observer)).await?);
        }
    }
    let mut fits = fits.into_iter();
    let mut found = Vec::with_capacity(todo.len());
    let mut known: Vec<Vec<Weights>> = Vec::with_capacity(todo.len());
    for todo in todo {
        let fits = if matches(&todo) { fits.next().unwrap_or_default() } else { Vec::new() };
        known.push(match todo.control {
            Some(Control::Identity) => {
                let weights = todo.pairs.iter().map(|pair| identity(todo.plan, *pair));
                let none = StudyError::Fault("an identity control between taps of unequal shapes");
                weights.collect::<Option<_>>().ok_or(none)?
            }
            _ => fits.iter().map(|fit| fit.fit.weights.clone()).collect(),
        });
        found.push(Found { fits, seen: Vec::new() });
    }
    let mut stitches = Vec::with_capacity(todo.len());
    for (todo, weights) in todo.iter().zip(&known) {
        let (alike, weights) = (todo.control.is_none(), weights.iter().collect());
        let arm = Arm { plan: todo.plan, pairs: &todo.pairs };
        stitches.push(Stitches { arm, weights, alike, own: (alike && beside.own).then_some(&own) });
    }
    let mut step = |done: usize, of: usize| progress(observer, about.at(Stage::Matching, train + done, train + of));
    let surveyed = watch.time(stage::SURVEY, survey(engine, (plan, donors), &stitches, &origins, &mut step)).await?;
    for (found, seen) in found.iter_mut().zip(surveyed.stitches) {
        found.seen = seen;
    }
    Ok(Common { donors: surveyed.donors, found, own })
}
