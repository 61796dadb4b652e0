//! Controls: cells with one thing changed on purpose. They tell what a stitch does by itself, so that a good number is not taken
//! for a likeness of networks. Each is a small study of its own with another plan, kept after all cells, with the first seed, without
//! the attack; its passes over the images are those of the cells where it can share them.

mod scramble;

use crate::engine::Engine;
use crate::random::{Purpose, Stream};
use crate::recipe::{Control, ProbeRecipe, Recipe, Train};
use crate::report::{Agreement, ControlCell, Counts};
use crate::study::books::Ledger;
use crate::study::cell::{cell as measured, direct};
use crate::study::events::{Event, Observer, tell};
use crate::study::journal::Entry;
use crate::study::plan::asked::joint;
use crate::study::stitched::identity;
use crate::study::survey::{Common, Found, Todo, common};
use crate::study::timing::stage;
use crate::study::work::CellWork;
use crate::study::{Pair, Plan, Share, StudyError};
use scramble::scrambled;

/// A kind with the plan that it changes and the pairs that are still to do.
pub(super) struct Changed {
    kind: Control,
    plan: Plan,
}

impl Changed {
    /// As what shares passes with others.
    pub(super) fn todo(&self) -> Todo<'_> {
        Todo { control: Some(self.kind), plan: &self.plan, pairs: self.plan.pairs.clone() }
    }

    /// The kind, in the recipe's word.
    pub(super) fn word(&self) -> String {
        self.kind.to_string()
    }

    /// Cut down to the pairs that are still to do; gives what was found of these, from what was found of all.
    pub(super) fn narrowed(&mut self, study: &Plan, ledger: &Ledger<'_>, all: Found) -> Found {
        let open: Vec<bool> =
            self.plan.pairs.iter().map(|pair| known(study, ledger, self.kind, *pair).is_none()).collect();
        let mut own = open.iter();
        self.plan.pairs.retain(|_| own.next().is_some_and(|open| *open));
        let fits = all.fits.into_iter().zip(&open).filter(|(_, open)| **open).map(|(fit, _)| fit).collect();
        let seen = all.seen.into_iter().zip(&open).filter(|(_, open)| **open).map(|(seen, _)| seen).collect();
        Found { fits, seen }
    }
}

/// The kinds that share passes and are still to do somewhere; all of them without a ledger.
pub(super) async fn open(
    engine: &dyn Engine,
    plan: &Plan,
    ledger: Option<&Ledger<'_>>,
) -> Result<Vec<Changed>, StudyError> {
    let is_open = |kind: Control, pair: Pair| ledger.is_none_or(|ledger| known(plan, ledger, kind, pair).is_none());
    let mut all = Vec::new();
    // Passes are shared by what has the same end.
    for (kind, pairs) in wanted(plan).into_iter().filter(|(kind, _)| *kind != Control::RandomEnd) {
        let pairs: Vec<Pair> = pairs.into_iter().filter(|p| is_open(kind, *p)).collect();
        if !pairs.is_empty() {
            all.push(Changed { kind, plan: changed((engine, plan), kind, &pairs).await? });
        }
    }
    Ok(all)
}

/// The controls of a study, kind by kind; of those in `shared` the passes have been made.
pub(super) async fn controls(
    work: &CellWork<'_>,
    (shared, found): (&[Changed], Vec<Found>),
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<ControlCell>, StudyError> {
    let mut of_shared: Vec<(Control, Found)> = shared.iter().map(|changed| changed.kind).zip(found).collect();
    let mut all = Vec::new();
    for (kind, pairs) in wanted(work.plan) {
        let known = |pair: Pair| known(work.plan, ledger, kind, pair);
        let open: Vec<Pair> = pairs.iter().copied().filter(|p| known(*p).is_none()).collect();
        let before: Vec<_> = pairs.iter().map(|pair| known(*pair)).collect();
        let mut fresh = Vec::new();
        if !open.is_empty() {
            let place = of_shared.iter().position(|(shared, _)| *shared == kind);
            fresh = match place.map(|place| of_shared.swap_remove(place).1) {
                Some(found) => {
                    let changed = shared.iter().find(|changed| changed.kind == kind);
                    let changed = changed.ok_or(StudyError::Fault("a control without its plan"))?;
                    made(work, (kind, &changed.plan), &found, ledger, observer).await?
                }
                None => alone(work, kind, &open, ledger, observer).await?,
            };
        }
        let mut fresh = fresh.into_iter();
        all.extend(before.into_iter().filter_map(|known| known.or_else(|| fresh.next())));
    }
    Ok(all)
}

/// A kind with passes of its own.
async fn alone(
    work: &CellWork<'_>,
    kind: Control,
    pairs: &[Pair],
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<ControlCell>, StudyError> {
    let (engine, watch) = (work.engine, work.watch);
    let plan = watch.time(stage::SCRAMBLING, changed((engine, work.plan), kind, pairs)).await?;
    let todo = [Todo { control: Some(kind), plan: &plan, pairs: pairs.to_vec() }];
    let Common { found, .. } = common((engine, watch), (&plan, false), &todo, observer).await?;
    let found = found.into_iter().next().unwrap_or_default();
    made(work, (kind, &plan), &found, ledger, observer).await
}

/// Whether some control is not in the journal.
pub(super) fn unfinished(plan: &Plan, ledger: &Ledger<'_>) -> bool {
    wanted(plan).iter().any(|(kind, pairs)| pairs.iter().any(|pair| known(plan, ledger, *kind, *pair).is_none()))
}

/// The recipe's kinds that say something here, each with the pairs it is made for.
fn wanted(plan: &Plan) -> Vec<(Control, Vec<Pair>)> {
    let kinds = plan.recipe.controls.kinds.iter().copied();
    let kinds = kinds.filter(|kind| *kind != Control::ShuffledLabels || learns_labels(&plan.recipe));
    kinds.map(|kind| (kind, pairs(plan, kind))).filter(|(_, pairs)| !pairs.is_empty()).collect()
}

const fn learns_labels(recipe: &Recipe) -> bool {
    matches!(recipe.stitch.train, Train::Task | Train::Adversarial | Train::Trades)
}

fn pairs(plan: &Plan, kind: Control) -> Vec<Pair> {
    match kind {
        Control::Identity => plan.pairs.iter().copied().filter(|pair| identity(plan, *pair).is_some()).collect(),
        Control::SelfStitch => {
            let alone = |pair: &Pair| {
                let joint = joint(&plan.recipe.stitch, (&plan.end, &plan.end), (pair.end, pair.end)).ok()?;
                Some(Pair { front: pair.end, end: pair.end, joint })
            };
            let mut pairs: Vec<Pair> = plan.pairs.iter().filter_map(alone).collect();
            pairs.sort_unstable_by_key(|pair| pair.end);
            pairs.dedup_by_key(|pair| pair.end);
            pairs
        }
        Control::RandomFront | Control::ShuffledLabels | Control::RandomEnd => plan.pairs.clone(),
    }
}

fn names(plan: &Plan, kind: Control, pair: Pair) -> (String, String) {
    let front = if kind == Control::SelfStitch { &plan.end } else { &plan.front };
    (front.taps[pair.front].name.clone(), plan.end.taps[pair.end].name.clone())
}

fn known(plan: &Plan, ledger: &Ledger<'_>, kind: Control, pair: Pair) -> Option<ControlCell> {
    let (front, end) = names(plan, kind, pair);
    ledger.control(kind.to_string().as_str(), &front, &end)
}

/// Measures one kind at the pairs of its plan, each into the journal.
async fn made(
    work: &CellWork<'_>,
    (kind, plan): (Control, &Plan),
    found: &Found,
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<ControlCell>, StudyError> {
    let work = CellWork { plan, front: None, crafted: None, own: None, control: Some(kind), ..*work };
    let seed = plan.recipe.stitch.seeds.first().copied().unwrap_or_default();
    let mut all = Vec::with_capacity(plan.pairs.len());
    for (index, pair) in plan.pairs.iter().enumerate() {
        let seen = found.seen.get(index).ok_or(StudyError::Fault("a control's pair was not measured"))?;
        let (clean, agreement, direct) = match (kind, found.fits.get(index)) {
            (Control::Identity, _) => {
                (seen.predictions.counts(&plan.test.labels), seen.predictions.agreement(work.end), None)
            }
            (_, None) => return Err(StudyError::Fault("a control's pair was not matched")),
            (_, Some(fit)) => {
                let direct = direct(&work, (fit, seen), observer).await?;
                let cell = measured(&work, &direct, (seed, 0.0), observer).await?.cell;
                (cell.clean, cell.agreement, Some(direct.direct.clean))
            }
        };
        let control = cell(plan, kind, *pair, seed, (clean, agreement, direct));
        ledger.keep(&Entry::Control(Box::new(control.clone())))?;
        tell(observer, &Event::Control { control: Box::new(control.clone()) })?;
        all.push(control);
    }
    Ok(all)
}

fn cell(
    plan: &Plan,
    kind: Control,
    pair: Pair,
    seed: u64,
    (clean, agreement, direct): (Counts, Agreement, Option<Counts>),
) -> ControlCell {
    let (front_tap, end_tap) = names(plan, kind, pair);
    ControlCell { kind: kind.to_string(), front_tap, end_tap, seed, clean, agreement, direct }
}

/// The study's plan with one thing changed.
async fn changed((engine, plan): (&dyn Engine, &Plan), kind: Control, pairs: &[Pair]) -> Result<Plan, StudyError> {
    let mut recipe = plan.recipe.clone();
    // What attacks the training is what it would be with the attack of the evaluation, which is left out.
    let craft = recipe.train_attack();
    recipe.stitch.attack =
        Some(craft.map_err(|e| StudyError::Misfit(format!("the attack of the training: alpha {e}")))?);
    recipe.attack = None;
    recipe.probe = ProbeRecipe { ood: false, shift: 0, ranks: Vec::new(), linear: false };
    let seed = recipe.stitch.seeds.first().copied().unwrap_or_default();
    let front = match kind {
        Control::SelfStitch => plan.end.clone(),
        Control::RandomFront => scrambled(&plan.front, &plan.train, engine, seed).await?,
        Control::Identity | Control::ShuffledLabels | Control::RandomEnd => plan.front.clone(),
    };
    let mut train = plan.train.clone();
    if kind == Control::ShuffledLabels {
        Stream::new(seed, Purpose::Labels, 0, 0).shuffle(&mut train.labels);
    }
    let end = match kind {
        Control::RandomEnd => scrambled(&plan.end, &plan.train, engine, seed).await?,
        _ => plan.end.clone(),
    };
    let test = plan.test.clone();
    let (pairs, notes) = (pairs.to_vec(), Vec::new());
    Ok(Plan { recipe, front, end, train, test, also: None, pairs, notes, share: Share::Whole })
}
