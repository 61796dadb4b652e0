//! Controls: cells with one thing changed on purpose. They tell what a stitch does by itself, so that a good number is not taken
//! for a likeness of networks. Each is a small study of its own with another plan: made after all cells, with the first seed,
//! without the attack.

mod scramble;

use super::cell::CellWork;
use super::events::{Event, Observer, Progress, Stage, progress, tell};
use super::halves::joint;
use super::journal::Entry;
use super::ledger::Ledger;
use super::matching::match_pairs;
use super::train::may_cache;
use super::{Pair, Plan, StudyError};
use crate::ops::stitch::channel_axis;
use crate::random::{Purpose, Stream};
use crate::recipe::{Control, ProbeRecipe, Recipe, Train};
use crate::report::{Agreement, ControlCell, Counts};
use crate::stitch::{Adapted, Weights};
use scramble::scrambled;

/// The controls of a study, kind by kind.
pub(super) async fn controls(
    work: &CellWork<'_>,
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<ControlCell>, StudyError> {
    let mut all = Vec::new();
    for (kind, pairs) in wanted(work.plan) {
        let open: Vec<Pair> = pairs.iter().copied().filter(|p| known(work.plan, ledger, kind, *p).is_none()).collect();
        let mut made = made(work, kind, &open, ledger, observer).await?.into_iter();
        for pair in pairs {
            all.extend(known(work.plan, ledger, kind, pair).or_else(|| made.next()));
        }
    }
    Ok(all)
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
        Control::RandomFront | Control::ShuffledLabels => plan.pairs.clone(),
    }
}

/// The identity between taps of one shape.
fn identity(plan: &Plan, pair: Pair) -> Option<Weights> {
    let (front, end) = (&plan.front.taps[pair.front].ty, &plan.end.taps[pair.end].ty);
    let channels = end.shape[channel_axis(end.rank())].known()?;
    (front.shape == end.shape && !pair.joint.changes()).then(|| Weights::identity(channels, channels))
}

fn names(plan: &Plan, kind: Control, pair: Pair) -> (String, String) {
    let front = if kind == Control::SelfStitch { &plan.end } else { &plan.front };
    (front.taps[pair.front].name.clone(), plan.end.taps[pair.end].name.clone())
}

fn known(plan: &Plan, ledger: &Ledger<'_>, kind: Control, pair: Pair) -> Option<ControlCell> {
    let (front, end) = names(plan, kind, pair);
    ledger.control(kind.to_string().as_str(), &front, &end)
}

/// Measures one kind at some pairs, each into the journal.
async fn made(
    work: &CellWork<'_>,
    kind: Control,
    pairs: &[Pair],
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<ControlCell>, StudyError> {
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let plan = changed(work, kind, pairs).await?;
    let work = CellWork { plan: &plan, crafted: None, own: None, control: Some(kind), ..*work };
    let seed = plan.recipe.stitch.seeds.first().copied().unwrap_or_default();
    let fits = match kind {
        Control::Identity => Vec::new(),
        _ => {
            let total = plan.train.len() + plan.test.len();
            let stage = Progress { control: Some(kind.to_string()), ..Progress::of(Stage::Matching) };
            let mut step = |done: usize| progress(observer, stage.at(Stage::Matching, done, total));
            match_pairs(work.engine, &plan, pairs, may_cache(&plan.recipe), &mut step).await?
        }
    };
    let mut all = Vec::with_capacity(pairs.len());
    for (index, pair) in pairs.iter().enumerate() {
        let (clean, agreement, direct) = match (kind, fits.get(index)) {
            (Control::Identity, _) => {
                let weights = identity(&plan, *pair);
                let weights = weights.ok_or(StudyError::Fault("an identity control between taps of unequal shapes"))?;
                let network = work.network(*pair, (&weights, &Adapted::default()), "identity").await?;
                let predictions = work.measure(&network, observer).await?.predictions;
                (predictions.counts(&plan.test.labels), predictions.agreement(work.end), None)
            }
            (_, None) => return Err(StudyError::Fault("a control's pair was not matched")),
            (_, Some(fit)) => {
                let direct = work.direct(fit, observer).await?;
                let cell = work.cell(&direct, seed, observer).await?.0;
                (cell.clean, cell.agreement, Some(direct.direct.clean))
            }
        };
        let control = cell(&plan, kind, *pair, seed, (clean, agreement, direct));
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
async fn changed(work: &CellWork<'_>, kind: Control, pairs: &[Pair]) -> Result<Plan, StudyError> {
    let CellWork { engine, plan, .. } = *work;
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
        Control::Identity | Control::ShuffledLabels => plan.front.clone(),
    };
    let mut train = plan.train.clone();
    if kind == Control::ShuffledLabels {
        Stream::new(seed, Purpose::Labels, 0, 0).shuffle(&mut train.labels);
    }
    let (end, test) = (plan.end.clone(), plan.test.clone());
    Ok(Plan { recipe, front, end, train, test, also: None, pairs: pairs.to_vec(), notes: Vec::new() })
}
