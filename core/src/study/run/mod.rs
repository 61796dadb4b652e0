//! The study itself: donors, then cells, each into the journal before the next begins.

mod recovery;
mod self_check;

use crate::data::Images;
use crate::engine::Engine;
use crate::metrics::Predictions;
use crate::provenance::Inputs;
use crate::report::{Cell, ControlCell, Donor, Environment, ProbeCount, Report, Role, SCHEMA, SelfCheck, readings};
use crate::rewrite;
use crate::stitch;
use crate::study::attacked::{Attacked, Crafted, Target};
use crate::study::books::{Ledger, leave_recipe};
use crate::study::cell::{DirectCell, Made, attacked_if, cell, direct, verdicts};
use crate::study::controls::{self, Changed, controls};
use crate::study::events::{Event, Observer, Progress, Stage, progress, tell};
use crate::study::journal::Entry;
use crate::study::measure::{of_donor, probes};
use crate::study::plan::About;
use crate::study::plan::asked::may_cache;
use crate::study::survey::{Common, Found, Todo, common};
use crate::study::timing::{Watch, stage};
use crate::study::train::teachers;
use crate::study::verdicts::verdicts_csv;
use crate::study::work::CellWork;
use crate::study::{Network, Pair, Plan, Share, Store, StudyError};

pub use recovery::run_recovering;
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
    let open = open(plan, &ledger);
    // Controls share the passes of the cells, but where activations are kept for training: those of all would not fit.
    let together = !may_cache(&plan.recipe);
    let changed = match together {
        true => watch.time(stage::SCRAMBLING, controls::open(engine, plan, &ledger)).await?,
        false => Vec::new(),
    };
    let mut todo = vec![Todo { control: None, plan, pairs: open }];
    todo.extend(changed.iter().map(Changed::todo));
    let Common { donors: answers, found, own: models } =
        common((engine, &watch), (plan, true), &todo, observer).await?;
    let answers = answers.ok_or(StudyError::Fault("the donors were not asked"))?;
    let mut found = found.into_iter();
    let of_cells = found.next().unwrap_or_default();
    let of_controls: Vec<Found> = found.collect();
    let (donors, crafted) = donors((plan, &watch), engine, &answers, &mut ledger, observer).await?;
    let work = Progress::of(Stage::Teachers);
    let mut hear = |done| progress(observer, work.at(Stage::Teachers, done, plan.train.len()));
    let rest = plan.share.has_rest();
    let unfinished = finished < own || (rest && controls::unfinished(plan, &ledger));
    let teachers = match unfinished {
        true => watch.time(stage::TEACHERS, teachers(engine, plan, &mut hear)).await?,
        false => None,
    };
    let mut crafted = crafted.into_iter();
    let crafted = crafted.next().zip(crafted.next()).map(|(front, end)| Crafted { front, end });
    let work = CellWork {
        engine,
        plan,
        front: (plan.front.classes == plan.end.classes).then_some(&answers[0]),
        end: &answers[1],
        teachers: teachers.as_ref(),
        crafted: crafted.as_ref(),
        own: Some(&models),
        control: None,
        watch: &watch,
    };
    let (cells, stitches) = cells(&work, of_cells, &mut ledger, observer).await?.into_iter().unzip();
    let (controls, probes) = rest_of(&work, (&changed, of_controls), &mut ledger, observer).await?;
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

/// Pairs of the cells' passes over the images: all of them, unless there is nothing to be computed.
///
/// Also those that are finished, where any is not: engines add up in an order that depends on all that a pass computes, and a study that
/// goes on shall give the bits of an undisturbed one. So shall a share: donors and controls are asked in the passes of all cells.
fn open(plan: &Plan, ledger: &Ledger<'_>) -> Vec<Pair> {
    let open = match plan.share {
        Share::Whole => plan.pairs.iter().any(|pair| ledger.is_open(plan, *pair)),
        Share::Rest => true,
        Share::Cells(_) => ledger.count(plan) < plan.share.cells(plan),
    };
    if open { plan.pairs.clone() } else { Vec::new() }
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

/// Donors that are to be measured here, and images that fool each of them, where cells want them.
async fn donors(
    of: (&Plan, &Watch),
    engine: &dyn Engine,
    answers: &[Predictions; 2],
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<(Vec<Donor>, Vec<Images>), StudyError> {
    let (mut donors, mut crafted, mut made) = (Vec::new(), Vec::new(), None);
    for (place, network) in [(Role::Front, &of.0.front), (Role::End, &of.0.end)].into_iter().zip(answers) {
        let (donor, images) = donor(of, engine, place, network, &mut made, ledger, observer).await?;
        crafted.extend(images);
        if let Some(donor) = donor {
            tell(observer, &Event::Donor { donor: donor.clone() })?;
            donors.push(donor);
        }
    }
    Ok((donors, crafted))
}

/// A donor measured whole from its answers, where that is to be done here, and where cells that are still to do want them its attacked
/// images.
async fn donor(
    (plan, watch): (&Plan, &Watch),
    engine: &dyn Engine,
    (role, network): (Role, &Network),
    predictions: &Predictions,
    made: &mut Option<Attacked>,
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<(Option<Donor>, Option<Images>), StudyError> {
    let known = ledger.donor(role);
    let known_or_not_ours = known.is_some() || !plan.share.has_rest();
    let keep = plan.recipe.attack.as_ref().is_some_and(|a| a.transfer) && ledger.count(plan) < plan.share.cells(plan);
    if known_or_not_ours && !keep {
        return Ok((known, None));
    }
    let graph = rewrite::simplify(&network.graph)?;
    let word = if role == Role::Front { "front" } else { "end" };
    let label = format!("{word} donor {}", network.reference);
    let about = Progress { network: Some(label.clone()), ..Progress::of(Stage::Images) };
    let target = Target { network: &graph, about: &about, keep };
    let attack = (plan.recipe.attack.as_ref(), predictions);
    let mut attacked = match made.take() {
        Some(made) => Some(made),
        None => watch.time(stage::ATTACKS, attacked_if(engine, plan, target, attack, observer)).await?,
    };
    // A network joined with itself is attacked once.
    *made = attacked.clone().filter(|_| plan.front.is(&plan.end, (&plan.recipe.front, &plan.recipe.end)));
    let images = attacked.as_mut().and_then(|a| a.crafted.take());
    if known_or_not_ours {
        return Ok((known, images));
    }
    let program = match plan.also {
        Some(_) => Some(engine.compile(&graph).await?),
        None => None,
    };
    let clean = predictions.counts(&plan.test.labels);
    let table = verdicts_csv(&verdicts(predictions, attacked.as_ref()), &plan.test)?;
    for doubt in attacked.iter().flat_map(|a| &a.doubts) {
        tell(observer, &Event::Note { text: format!("{label}: {doubt}") })?;
    }
    let donor = Donor {
        role,
        model: network.reference.clone(),
        clean,
        also: of_donor((engine, plan), (program.as_ref(), &about), observer).await?,
        robust: attacked.as_ref().map(|a| a.robust),
        attacks: attacked.as_ref().map(|a| a.stages.clone()).unwrap_or_default(),
        change: attacked.as_ref().and_then(|a| a.change.clone()),
        badges: attacked.map(|a| a.doubts).unwrap_or_default(),
    };
    ledger.keep_donor(&donor, &table)?;
    Ok((Some(donor), images))
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
