//! The study itself: donors, then cells, each into the journal before the next begins.

use super::attacked::Target;
use super::cell::{CellWork, DirectCell, measure, on_others};
use super::controls::{self, controls};
use super::events::{Event, Observer, Progress, Stage, progress, tell};
use super::inputs::About;
use super::journal::Entry;
use super::kept::leave_recipe;
use super::ledger::Ledger;
use super::matching::{PairFit, match_pairs};
use super::measure::ood::own_models;
use super::measure::probes::probes;
use super::train::{may_cache, teachers};
use super::transfer::Crafted;
use super::{Network, Pair, Plan, Store, StudyError, self_check};
use crate::data::Images;
use crate::engine::Engine;
use crate::metrics::Predictions;
use crate::provenance::Inputs;
use crate::report::{Cell, Donor, Environment, ProbeCount, Report, Role, SCHEMA};
use crate::rewrite;
use crate::stitch;

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
    let finished = ledger.count(plan);
    tell(observer, &planned(plan, finished))?;
    for note in ledger.notes() {
        tell(observer, &Event::Note { text: note.clone() })?;
    }
    for note in engine.info().notes.iter().chain(&plan.notes) {
        tell(observer, &Event::Note { text: note.clone() })?;
    }
    let checked = self_check(engine, [&plan.front, &plan.end], &plan.test).await?;
    if let Some(check) = checked {
        let text = format!(
            "Self-check: {} images through both donors on this engine and on the reference differ by {:.1e} at most.",
            check.images, check.difference
        );
        tell(observer, &Event::Note { text })?;
    }
    let mut donors = Vec::new();
    let mut end = Predictions(Vec::new());
    let mut crafted = Vec::new();
    for (role, network) in [(Role::Front, &plan.front), (Role::End, &plan.end)] {
        let (donor, predictions, images) = donor(plan, engine, (role, network), &mut ledger, observer).await?;
        crafted.extend(images);
        tell(observer, &Event::Donor { donor: donor.clone() })?;
        donors.push(donor);
        end = predictions;
    }
    let work = Progress::of(Stage::Teachers);
    let mut hear = |done| progress(observer, work.at(Stage::Teachers, done, plan.train.len()));
    let unfinished = finished < plan.cells() || controls::unfinished(plan, &ledger);
    let teachers = if unfinished { teachers(engine, plan, &mut hear).await? } else { None };
    let mut crafted = crafted.into_iter();
    let crafted = crafted.next().zip(crafted.next()).map(|(front, end)| Crafted { front, end });
    let work = CellWork {
        engine,
        plan,
        end: &end,
        teachers: teachers.as_ref(),
        crafted: crafted.as_ref(),
        own: None,
        control: None,
    };
    let (cells, stitches) = cells(&work, &mut ledger, observer).await?.into_iter().unzip();
    let controls = controls(&work, &mut ledger, observer).await?;
    let probes = probed(plan, engine, &mut ledger, observer).await?;
    let info = engine.info();
    let environment = Environment {
        engine: info.engine.to_owned(),
        device: info.device.clone(),
        threads: info.threads,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        self_check: checked,
    };
    let (recipe, inputs) = (plan.recipe.to_toml(), Some(inputs));
    Ok(Report { schema: SCHEMA, recipe, environment, donors, cells, controls, probes, inputs, stitches })
}

/// What the observer hears first.
fn planned(plan: &Plan, finished: usize) -> Event {
    let names = |pair: &Pair| {
        let (front, end) = plan.names(*pair);
        (front.to_owned(), end.to_owned())
    };
    Event::Planned {
        cells: plan.cells(),
        finished,
        train_images: plan.train.len(),
        test_images: plan.test.len(),
        pairs: plan.pairs.iter().map(names).collect(),
    }
}

/// A donor measured whole, its predictions, and where cells that are still to do want them its attacked images.
async fn donor(
    plan: &Plan,
    engine: &dyn Engine,
    (role, network): (Role, &Network),
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<(Donor, Predictions, Option<Images>), StudyError> {
    let graph = rewrite::simplify(&network.graph)?;
    let program = engine.compile(&graph).await?;
    let known = ledger.donor(role);
    let keep = plan.recipe.attack.as_ref().is_some_and(|a| a.transfer) && ledger.count(plan) < plan.cells();
    // Its predictions are needed for the agreement in any case; only the attack is worth remembering.
    let mut quiet = plan.recipe.clone();
    if known.is_some() && !keep {
        quiet.attack = None;
    }
    let word = if role == Role::Front { "front" } else { "end" };
    let label = format!("{word} donor {}", network.reference);
    let about = Progress { network: Some(label.clone()), ..Progress::of(Stage::Images) };
    let target = Target { network: &graph, about: &about, keep };
    let (predictions, mut attacked) = measure(engine, plan, &quiet, (target, &program), observer).await?;
    let images = attacked.as_mut().and_then(|a| a.crafted.take());
    if let Some(donor) = known {
        return Ok((donor, predictions, images));
    }
    let clean = predictions.counts(&plan.test.labels);
    for doubt in attacked.iter().flat_map(|a| &a.doubts) {
        tell(observer, &Event::Note { text: format!("{label}: {doubt}") })?;
    }
    let donor = Donor {
        role,
        model: network.reference.clone(),
        clean,
        also: on_others(engine, plan, &program).await?,
        robust: attacked.as_ref().map(|a| a.robust),
        attacks: attacked.as_ref().map(|a| a.stages.clone()).unwrap_or_default(),
        change: attacked.as_ref().and_then(|a| a.change),
        badges: attacked.map(|a| a.doubts).unwrap_or_default(),
    };
    ledger.keep(&Entry::Donor(donor.clone()))?;
    Ok((donor, predictions, images))
}

/// All cells in the plan's order, each with the hash of its stitch's file.
async fn cells(
    work: &CellWork<'_>,
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<(Cell, String)>, StudyError> {
    let plan = work.plan;
    let seeds = &plan.recipe.stitch.seeds;
    let open = |pair: &Pair| seeds.iter().any(|seed| ledger.cell(plan, *pair, *seed).is_none());
    let todo: Vec<Pair> = plan.pairs.iter().copied().filter(open).collect();
    let fits = if todo.is_empty() { Vec::new() } else { matched(work, &todo, observer).await? };
    let own = match plan.recipe.probe.ood && !todo.is_empty() {
        true => Some(own_models(work.engine, plan, &todo, observer).await?),
        false => None,
    };
    let work = &CellWork { own: own.as_ref(), ..*work };
    let mut cells = Vec::with_capacity(plan.cells());
    for pair in &plan.pairs {
        let mut direct: Option<DirectCell<'_>> = None;
        for seed in seeds {
            let index = cells.len();
            if let Some(cell) = ledger.cell(plan, *pair, *seed) {
                cells.push(cell);
                continue;
            }
            let direct = match &direct {
                Some(known) => known,
                None => {
                    let fit = fits.iter().find(|fit| fit.pair == *pair);
                    let fit = fit.ok_or(StudyError::Fault("a pair that is still to do was not matched"))?;
                    &*direct.insert(work.direct(fit, observer).await?)
                }
            };
            let (cell, weights, adapted) = work.cell(direct, *seed, observer).await?;
            let about = About::of(plan, ledger.inputs(), &cell).to_json()?;
            let stitch = ledger.keep_cell(index, &cell, &stitch::write_adapted(&weights, &adapted, Some(about))?)?;
            let event = Event::Cell { index, cells: plan.cells(), cell: Box::new(cell.clone()) };
            cells.push((cell, stitch));
            tell(observer, &event)?;
        }
    }
    Ok(cells)
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

/// The passes over the images for the pairs that are still to do.
async fn matched(work: &CellWork<'_>, todo: &[Pair], observer: &mut Observer<'_>) -> Result<Vec<PairFit>, StudyError> {
    let plan = work.plan;
    let total = plan.train.len() + plan.test.len();
    let keep = may_cache(&plan.recipe);
    let stage = Progress::of(Stage::Matching);
    let mut step = |done: usize| progress(observer, stage.at(Stage::Matching, done, total));
    match_pairs(work.engine, plan, todo, keep, &mut step).await
}
