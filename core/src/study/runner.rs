//! The study itself: donors, then cells, each into the journal before the next begins.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use super::attacked::Target;
use super::cell::{CellWork, DirectCell, measure, on_others};
use super::controls::{self, controls};
use super::events::{Event, Observer, progress, tell};
use super::journal::{Entry, Header, Journal};
use super::lessons::{may_cache, teachers};
use super::matching::{Matching, match_pairs};
use super::ood::own_models;
use super::probes::probes;
use super::report::{Cell, ControlCell, Donor, Environment, ProbeCount, Report, Role, SCHEMA};
use super::transfer::Crafted;
use super::{Network, Pair, Plan, Predictions, Store, StudyError, self_check};
use crate::data::Images;
use crate::engine::Engine;
use crate::rewrite;
use crate::stitch;

/// The journal's file name within a study.
const JOURNAL: &str = "journal.jsonl";

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
    let mut ledger = Ledger::open(plan, store)?;
    let finished = ledger.count(plan);
    tell(observer, &planned(plan, finished))?;
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
    let mut hear = |done| progress(observer, "the teachers' outputs", done, plan.train.len());
    let unfinished = finished < plan.cells() || controls::unfinished(plan, &ledger);
    let teachers = if unfinished { teachers(engine, plan, &mut hear).await? } else { None };
    let mut crafted = crafted.into_iter();
    let crafted = crafted.next().zip(crafted.next()).map(|(front, end)| Crafted { front, end });
    let work = CellWork { engine, plan, end: &end, teachers: teachers.as_ref(), crafted: crafted.as_ref(), own: None };
    let cells = cells(&work, &mut ledger, observer).await?;
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
    Ok(Report { schema: SCHEMA, recipe: plan.recipe.to_toml(), environment, donors, cells, controls, probes })
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

/// The journal and what it held at the start.
pub(super) struct Ledger<'a> {
    store: &'a dyn Store,
    found: Option<Journal>,
}

impl<'a> Ledger<'a> {
    /// Opens the journal of this recipe, or begins one; a torn last line is cut off.
    fn open(plan: &Plan, store: &'a dyn Store) -> Result<Self, StudyError> {
        let wrap = |source| StudyError::Journal { file: store.place(JOURNAL), source };
        let fingerprint = plan.recipe.fingerprint();
        let bytes = store.get(JOURNAL)?.unwrap_or_default();
        let found = Journal::resume(&bytes, &fingerprint).map_err(wrap)?;
        match &found {
            None => {
                let header = Header::new(fingerprint).to_line().map_err(wrap)?;
                store.put(JOURNAL, header.as_bytes())?;
            }
            Some(journal) if journal.whole_bytes < bytes.len() => {
                store.put(JOURNAL, bytes.get(..journal.whole_bytes).unwrap_or_default())?;
            }
            Some(_) => {}
        }
        Ok(Self { store, found })
    }

    pub(super) fn keep(&mut self, entry: &Entry) -> Result<(), StudyError> {
        let wrap = |source| StudyError::Journal { file: self.store.place(JOURNAL), source };
        let line = entry.to_line().map_err(wrap)?;
        Ok(self.store.append(JOURNAL, line.as_bytes())?)
    }

    /// The finished control of that kind at these taps.
    pub(super) fn control(&self, kind: &str, front_tap: &str, end_tap: &str) -> Option<ControlCell> {
        let entries = &self.found.as_ref()?.entries;
        entries.iter().rev().find_map(|entry| match entry {
            Entry::Control(c) if c.kind == kind && c.front_tap == front_tap && c.end_tap == end_tap => {
                Some(c.as_ref().clone())
            }
            Entry::Control(_) | Entry::Donor(_) | Entry::Cell { .. } | Entry::Probes(_) => None,
        })
    }

    fn donor(&self, role: Role) -> Option<Donor> {
        let entries = &self.found.as_ref()?.entries;
        entries.iter().rev().find_map(|entry| match entry {
            Entry::Donor(donor) if donor.role == role => Some(donor.clone()),
            Entry::Donor(_) | Entry::Cell { .. } | Entry::Control(_) | Entry::Probes(_) => None,
        })
    }

    fn probes(&self) -> Option<Vec<ProbeCount>> {
        let entries = &self.found.as_ref()?.entries;
        entries.iter().rev().find_map(|entry| match entry {
            Entry::Probes(found) => Some(found.clone()),
            Entry::Donor(_) | Entry::Cell { .. } | Entry::Control(_) => None,
        })
    }

    /// The finished cell, if its stitch is still there too.
    fn cell(&self, plan: &Plan, pair: Pair, seed: u64) -> Option<Cell> {
        let (front, end) = plan.names(pair);
        let (cell, file) = self.found.as_ref()?.cell(front, end, seed)?;
        let kept = self.store.get(file).ok().flatten().is_some();
        kept.then(|| cell.clone())
    }

    fn count(&self, plan: &Plan) -> usize {
        let seeds = &plan.recipe.stitch.seeds;
        let all = plan.pairs.iter().flat_map(|pair| seeds.iter().map(move |seed| (*pair, *seed)));
        all.filter(|(pair, seed)| self.cell(plan, *pair, *seed).is_some()).count()
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
    let known = ledger.donor(role);
    let keep = plan.recipe.attack.as_ref().is_some_and(|a| a.transfer) && ledger.count(plan) < plan.cells();
    // Its predictions are needed for the agreement in any case; only the attack is worth remembering.
    let mut quiet = plan.recipe.clone();
    if known.is_some() && !keep {
        quiet.attack = None;
    }
    let word = if role == Role::Front { "front" } else { "end" };
    let label = format!("{word} donor {}", network.reference);
    let target = Target { network: &graph, label: &label, keep };
    let (predictions, mut attacked) = measure(engine, plan, &quiet, target, observer).await?;
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
        also: on_others(engine, plan, &graph).await?,
        robust: attacked.as_ref().map(|a| a.robust),
        attacks: attacked.as_ref().map(|a| a.stages.clone()).unwrap_or_default(),
        change: attacked.as_ref().and_then(|a| a.change),
        badges: attacked.map(|a| a.doubts).unwrap_or_default(),
    };
    ledger.keep(&Entry::Donor(donor.clone()))?;
    Ok((donor, predictions, images))
}

/// All cells in the plan's order.
async fn cells(
    work: &CellWork<'_>,
    ledger: &mut Ledger<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<Cell>, StudyError> {
    let plan = work.plan;
    let seeds = &plan.recipe.stitch.seeds;
    let open = |pair: &Pair| seeds.iter().any(|seed| ledger.cell(plan, *pair, *seed).is_none());
    let todo: Vec<Pair> = plan.pairs.iter().copied().filter(open).collect();
    let matching = match todo.is_empty() {
        true => None,
        false => Some(matched(work, &todo, observer).await?),
    };
    let own = match plan.recipe.probe.ood && !todo.is_empty() {
        true => Some(own_models(work.engine, plan, &todo, observer).await?),
        false => None,
    };
    let work = &CellWork { own: own.as_ref(), ..*work };
    let mut directs: BTreeMap<(usize, usize), DirectCell> = BTreeMap::new();
    let mut cells = Vec::with_capacity(plan.cells());
    for pair in &plan.pairs {
        for seed in seeds {
            let index = cells.len();
            if let Some(cell) = ledger.cell(plan, *pair, *seed) {
                cells.push(cell);
                continue;
            }
            let Some(matching) = &matching else { continue };
            let direct = match directs.entry((pair.front, pair.end)) {
                Slot::Occupied(found) => found.into_mut(),
                Slot::Vacant(slot) => {
                    let at = todo.iter().position(|p| p == pair).unwrap_or(0);
                    slot.insert(work.direct(*pair, matching, at, observer).await?)
                }
            };
            let (cell, weights, adapted) = work
                .cell(*pair, *seed, direct, matching.caches.get(&(pair.front, pair.joint.entry())), observer)
                .await?;
            let stitch_file = format!("stitches/cell-{index}.safetensors");
            ledger.store.put(&stitch_file, &stitch::write_adapted(&weights, &adapted)?)?;
            ledger.keep(&Entry::Cell { cell: Box::new(cell.clone()), stitch_file })?;
            let event = Event::Cell { index, cells: plan.cells(), cell: Box::new(cell.clone()) };
            cells.push(cell);
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
async fn matched(work: &CellWork<'_>, todo: &[Pair], observer: &mut Observer<'_>) -> Result<Matching, StudyError> {
    let plan = work.plan;
    let total = plan.train.len() + plan.test.len();
    let keep = may_cache(&plan.recipe);
    let mut step = |done: usize| progress(observer, "direct matching and CKA of all pairs", done, total);
    match_pairs(work.engine, plan, todo, keep, &mut step).await
}
