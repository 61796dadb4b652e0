//! The study itself: donors, then cells, each into the journal before the next begins.

mod donors;
mod passes;
mod recovery;
mod self_check;

use crate::engine::Engine;
use crate::provenance::Inputs;
use crate::report::{Cell, ControlCell, Environment, ProbeCount, Report, SCHEMA, SelfCheck, readings};
use crate::stitch;
use crate::study::books::{Ledger, leave_recipe};
use crate::study::cell::{DirectCell, Made, cell, direct};
use crate::study::controls::{self, Changed, controls};
use crate::study::events::{Event, Observer, tell};
use crate::study::journal::Entry;
use crate::study::measure::probes;
use crate::study::plan::About;
use crate::study::survey::Found;
use crate::study::timing::{Watch, stage};
use crate::study::verdicts::verdicts_csv;
use crate::study::work::CellWork;
use crate::study::{Pair, Plan, Pool, Share, Store, StudyError};
use donors::{Donors, donors};
use passes::{passes, teachers};

pub use recovery::{run_recovering, run_share_recovering};
pub use self_check::self_check;

/// Runs a plan to its report. What the journal holds is taken from there; a study that was stopped or killed goes on
/// where it was and gives the same report.
///
/// # Errors
/// [`StudyError`]; what was finished before is in the journal.
pub async fn run(
    plan: &Plan,
    engine: &dyn Engine,
    store: &dyn Store,
    observer: &mut Observer<'_>,
) -> Result<Report, StudyError> {
    run_share(plan, engine, (store, None), observer).await
}

/// As [`run`], of a share that finds what it has in common with others in a pool, and leaves it there.
///
/// # Errors
/// As [`run`].
pub async fn run_share(
    plan: &Plan,
    engine: &dyn Engine,
    (store, pool): (&dyn Store, Option<&dyn Pool>),
    observer: &mut Observer<'_>,
) -> Result<Report, StudyError> {
    let inputs = Inputs::of(plan);
    let mut ledger = Ledger::open(plan, &inputs, store)?;
    leave_recipe(plan, store)?;
    let (finished, own) = (ledger.count(plan), plan.share.cells(plan));
    tell(observer, &planned(plan, finished))?;
    for note in ledger.notes() {
        tell(observer, &Event::Note { text: note.clone() })?;
    }
    for note in engine.info().notes.iter().chain(&plan.notes) {
        tell(observer, &Event::Note { text: note.clone() })?;
    }
    let watch = Watch::default();
    let checking = self_check(engine, [&plan.front, &plan.end], &plan.test);
    let checked = watch.time(stage::SELF_CHECK, checking).await?;
    if let Some(check) = checked {
        let text = format!(
            "Self-check: {} images through both donors on this engine and on the reference differ by {:.1e} at most.",
            check.images, check.difference
        );
        tell(observer, &Event::Note { text })?;
    }
    let shared = passes((engine, &watch), (plan, pool), &ledger, observer).await?;
    let of_donors = donors((plan, &watch, pool), engine, &shared.answers, &mut ledger, observer).await?;
    let Donors { measured: donors, crafted } = of_donors;
    let rest = plan.share.has_rest();
    let unfinished = finished < own || (rest && controls::unfinished(plan, &ledger)) || plan.share == Share::Shared;
    let teachers = match unfinished {
        true => watch.time(stage::TEACHERS, teachers((plan, pool), engine, observer)).await?,
        false => None,
    };
    let work = CellWork {
        engine,
        plan,
        front: (plan.front.classes == plan.end.classes).then_some(&shared.answers[0]),
        end: &shared.answers[1],
        teachers: teachers.as_ref(),
        crafted: crafted.as_ref(),
        own: Some(&shared.own),
        control: None,
        watch: &watch,
    };
    let (cells, stitches) = cells(&work, shared.cells, &mut ledger, observer).await?.into_iter().unzip();
    let (controls, probes) = rest_of(&work, (&shared.changed, shared.controls), &mut ledger, observer).await?;
    let environment = environment(engine, checked);
    let (recipe, inputs) = (plan.recipe.to_toml(), Some(inputs));
    let timings = watch.timings();
    let measures = readings();
    Ok(Report {
        schema: SCHEMA,
        recipe,
        environment,
        donors,
        cells,
        controls,
        probes,
        inputs,
        stitches,
        measures,
        timings,
    })
}

fn environment(engine: &dyn Engine, self_check: Option<SelfCheck>) -> Environment {
    let info = engine.info();
    Environment {
        engine: info.engine.to_owned(),
        device: info.device.clone(),
        threads: info.threads,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        self_check,
    }
}

/// What the observer hears first.
fn planned(plan: &Plan, finished: usize) -> Event {
    let names = |pair: &Pair| {
        let (front, end) = plan.names(*pair);
        (front.to_owned(), end.to_owned())
    };
    Event::Planned {
        cells: plan.share.cells(plan),
        finished,
        train_images: plan.train.len(),
        test_images: plan.test.len(),
        pairs: plan.pairs.iter().map(names).collect(),
    }
}

/// All cells in the plan's order, each with the hash of its stitch's file; `found` has those that are still to do.
async fn cells(
    work: &CellWork<'_>,
    found: Found,
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<(Cell, String)>, StudyError> {
    let plan = work.plan;
    let seeds = &plan.recipe.stitch.seeds;
    // What the passes over the images took, in equal shares.
    let passes = work.watch.seconds(stage::MATCHING) + work.watch.seconds(stage::SURVEY);
    #[expect(clippy::cast_precision_loss, reason = "counts of cells and seeds")]
    let share = passes / (plan.share.cells(plan) - ledger.count(plan)).max(1) as f64;
    let mut cells = Vec::with_capacity(plan.cells());
    let mut places = 0..;
    for pair in &plan.pairs {
        let mut made: Option<DirectCell<'_>> = None;
        let open = seeds.iter().filter(|seed| ledger.cell(plan, *pair, **seed).is_none()).count();
        for (seed, index) in seeds.iter().zip(&mut places) {
            if !plan.share.has_cell(index) {
                continue;
            }
            if let Some(cell) = ledger.cell(plan, *pair, *seed) {
                cells.push(cell);
                continue;
            }
            let of_pair = match &made {
                Some(known) => known,
                None => {
                    let mut both = found.fits.iter().zip(&found.seen);
                    let both = both.find(|(fit, _)| fit.pair == *pair);
                    let both = both.ok_or(StudyError::Fault("a pair that is still to do was not matched"))?;
                    &*made.insert(direct(work, both, observer).await?)
                }
            };
            #[expect(clippy::cast_precision_loss, reason = "a count of seeds")]
            let before = share + of_pair.seconds / open.max(1) as f64;
            let Made { cell, weights, adapted, verdicts } = cell(work, of_pair, (*seed, before), observer).await?;
            let about = About::of(plan, ledger.inputs(), &cell).to_json()?;
            let stitch = stitch::write_adapted(&weights, &adapted, Some(about))?;
            let stitch = ledger.keep_cell(index, &cell, &stitch, &verdicts_csv(&verdicts, &plan.test)?)?;
            let event = Event::Cell { index, cells: plan.cells(), cell: Box::new(cell.clone()) };
            cells.push((cell, stitch));
            tell(observer, &event)?;
        }
    }
    Ok(cells)
}

/// What is neither donor nor cell, where that is to be measured here: controls and probes.
async fn rest_of(
    work: &CellWork<'_>,
    shared: (&[Changed], Vec<Found>),
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<(Vec<ControlCell>, Vec<ProbeCount>), StudyError> {
    if !work.plan.share.has_rest() {
        return Ok((Vec::new(), Vec::new()));
    }
    let controls = controls(work, shared, ledger, observer).await?;
    let probes = work.watch.time(stage::PROBES, probed(work.plan, work.engine, ledger, observer)).await?;
    Ok((controls, probes))
}

/// The linear probes, if the recipe asks for them.
async fn probed(
    plan: &Plan,
    engine: &dyn Engine,
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<ProbeCount>, StudyError> {
    if !plan.recipe.probe.linear {
        return Ok(Vec::new());
    }
    if let Some(known) = ledger.probes() {
        return Ok(known);
    }
    let found = probes(engine, plan, observer).await?;
    ledger.keep(&Entry::Probes(found.clone()))?;
    Ok(found)
}
