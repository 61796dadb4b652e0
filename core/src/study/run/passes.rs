//! What cells and controls have in common before they are made one by one: computed here, or found where another share has kept it.

use crate::engine::Engine;
use crate::metrics::Predictions;
use crate::study::books::Ledger;
use crate::study::controls::{self, Changed};
use crate::study::events::{Observer, Progress, Stage, progress};
use crate::study::plan::asked::may_cache;
use crate::study::pool::{Kind, Passes, What, found, kept};
use crate::study::signals::OwnModels;
use crate::study::survey::{Common, Found, Todo, activations, common};
use crate::study::timing::{Watch, stage};
use crate::study::train;
use crate::study::{Pair, Plan, Pool, Share, StudyError, Teachers};

/// What the passes over the images give.
pub(super) struct Shared {
    /// Answers of front and end on the test images.
    pub answers: [Predictions; 2],
    /// Of the pairs.
    pub cells: Found,
    /// Controls that share the passes, as far as they are still to do.
    pub changed: Vec<Changed>,
    /// What was found of each of these.
    pub controls: Vec<Found>,
    /// What the end's own activations are like.
    pub own: OwnModels,
}

/// Makes the passes, or takes what another share has found.
pub(super) async fn passes(
    of: (&dyn Engine, &Watch),
    (plan, pool): (&Plan, Option<&dyn Pool>),
    ledger: &Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Shared, StudyError> {
    let pairs = open(plan, ledger);
    let Some(pool) = pool.filter(|_| !pairs.is_empty()) else {
        let changed = changed(of, plan, Some(ledger)).await?;
        let Passes { answers, cells, controls, own } = computed(of, (plan, pairs), &changed, observer).await?;
        let controls = controls.into_iter().map(|(_, found)| found).collect();
        return Ok(Shared { answers, cells, changed, controls, own });
    };
    let key = (What::Passes, of.0);
    let (mut passes, mut changed) = match found(pool, key, observer)? {
        Some(Kind::Passes(passes)) => {
            let mut passes = *passes;
            if may_cache(&plan.recipe) && plan.share.cells(plan) > 0 {
                activations(of, plan, &mut passes.cells, observer).await?;
            }
            let own = if plan.share.has_rest() { changed(of, plan, None).await? } else { Vec::new() };
            (passes, own)
        }
        _ => {
            // For all shares, whatever of it is ours.
            let all = changed(of, plan, None).await?;
            let made = Kind::Passes(Box::new(computed(of, (plan, pairs), &all, observer).await?));
            match kept(pool, key, made, observer)? {
                Kind::Passes(passes) => (*passes, all),
                _ => return Err(StudyError::Fault("a piece that is of another kind")),
            }
        }
    };
    let of_kind = |changed: &mut Changed| {
        let at = passes.controls.iter().position(|(kind, _)| *kind == changed.word());
        let all = at.map(|at| passes.controls.swap_remove(at).1).unwrap_or_default();
        changed.narrowed(plan, ledger, all)
    };
    let controls = changed.iter_mut().map(of_kind).collect();
    Ok(Shared { answers: passes.answers, cells: passes.cells, changed, controls, own: passes.own })
}

/// Pairs of the cells' passes over the images: all of them, unless there is nothing to be computed.
///
/// Also those that are finished, where any is not: engines add up in an order that depends on all that a pass computes, and a study that
/// goes on shall give the bits of an undisturbed one. So shall a share: donors and controls are asked in the passes of all cells.
fn open(plan: &Plan, ledger: &Ledger<'_>) -> Vec<Pair> {
    let open = match plan.share {
        Share::Whole => plan.pairs.iter().any(|pair| ledger.is_open(plan, *pair)),
        Share::Shared | Share::Rest => true,
        Share::Cells(_) => ledger.count(plan) < plan.share.cells(plan),
    };
    if open { plan.pairs.clone() } else { Vec::new() }
}

/// Controls that share the passes of the cells, which is where no activations are kept for training: those of all would not fit. Without a
/// ledger all of them, else those that are still to do.
async fn changed(
    (engine, watch): (&dyn Engine, &Watch),
    plan: &Plan,
    ledger: Option<&Ledger<'_>>,
) -> Result<Vec<Changed>, StudyError> {
    if may_cache(&plan.recipe) {
        return Ok(Vec::new());
    }
    watch.time(stage::SCRAMBLING, controls::open(engine, plan, ledger)).await
}

async fn computed(
    of: (&dyn Engine, &Watch),
    (plan, pairs): (&Plan, Vec<Pair>),
    changed: &[Changed],
    observer: &mut Observer<'_>,
) -> Result<Passes, StudyError> {
    let mut todo = vec![Todo { control: None, plan, pairs }];
    todo.extend(changed.iter().map(Changed::todo));
    let Common { donors, found, own } = common(of, (plan, true), &todo, observer).await?;
    let answers = donors.ok_or(StudyError::Fault("the donors were not asked"))?;
    let mut found = found.into_iter();
    let cells = found.next().unwrap_or_default();
    let controls = changed.iter().map(Changed::word).zip(found).collect();
    Ok(Passes { answers, cells, controls, own })
}

/// Whose outputs stitches learn, where they learn outputs.
pub(super) async fn teachers(
    (plan, pool): (&Plan, Option<&dyn Pool>),
    engine: &dyn Engine,
    observer: &mut Observer<'_>,
) -> Result<Option<Teachers>, StudyError> {
    let Some((mut teachers, ask)) = train::teachers(engine, plan).await? else { return Ok(None) };
    if !ask {
        return Ok(Some(teachers));
    }
    let key = (What::Teachers, engine);
    let known = pool.map(|pool| found(pool, key, observer)).transpose()?.flatten();
    if let Some(Kind::Teachers(answers)) = known {
        teachers.recall(answers);
        return Ok(Some(teachers));
    }
    let work = Progress::of(Stage::Teachers);
    let mut hear = |done| progress(observer, work.at(Stage::Teachers, done, plan.train.len()));
    let answers = teachers.all(engine, &plan.train, plan.recipe.run.batch, &mut hear).await?;
    let answers = match pool {
        Some(pool) => kept(pool, key, Kind::Teachers(answers), observer)?,
        None => Kind::Teachers(answers),
    };
    if let Kind::Teachers(answers) = answers {
        teachers.recall(answers);
    }
    Ok(Some(teachers))
}
