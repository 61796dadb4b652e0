//! One study as the window knows it: how it stands, what is known so far, how much of its work is done.

use std::collections::BTreeMap;

use stitchscope_core::platform::clock::{self, Instant};
use stitchscope_core::recipe::{Control, Pairs, Recipe, Train};
use stitchscope_core::report::{Environment, Report, SCHEMA};
use stitchscope_core::study::{Event, Progress};

use crate::work::{KeptStudy, StudyId};

/// Before so many seconds, and so large a share of the whole, nobody can tell how long a study takes.
const LEAST_SPENT: f32 = 3.0;
const LEAST_DONE: f32 = 0.02;

/// How a study stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Waits for its turn.
    Queued,
    /// At work.
    Running,
    /// Held in the middle of what it does.
    Paused,
    /// Finished.
    Done,
    /// Stopped by a person; can go on.
    Stopped,
    /// Cannot go on.
    Failed(String),
}

/// A study, from its order to its report.
#[derive(Clone, Debug)]
pub struct Study {
    /// Its name.
    pub id: StudyId,
    /// How it stands.
    pub standing: Standing,
    /// What is known so far.
    pub report: Report,
    /// Taps of its cells, pair by pair; empty until planned.
    pub pairs: Vec<(String, String)>,
    /// Cells in all.
    pub cells: usize,
    /// The cells' places in the plan, rising, one for each cell that came while the study was at work.
    places: Vec<usize>,
    /// Controls in all, at most; 0 until planned.
    controls_planned: usize,
    /// The largest share of the work that was reached.
    furthest: f32,
    /// What is being done, with units done and in all.
    pub stage: Option<(String, usize, usize)>,
    /// Losses of each stitch that was trained while the window watched, by the names of its front's and its end's tap.
    pub curves: BTreeMap<(String, String), Vec<f32>>,
    /// Since when it is at work without a break, and the share that was done then.
    pub since: Option<(Instant, f32)>,
    /// Sentences worth knowing.
    pub notes: Vec<String>,
    /// When it was begun, in seconds since 1970; absent where nothing tells.
    pub made: Option<u64>,
    /// Where its files are.
    pub place: Option<String>,
    /// It is not what was measured last, but what a slide showed when it was made.
    pub recorded: bool,
    /// Grows with every change of `report` or `pairs`: a figure of it is drawn anew only then.
    pub edition: u64,
}

impl Study {
    pub(super) fn new(id: &str, recipe: &str, standing: Standing) -> Self {
        let report = Report {
            schema: SCHEMA,
            recipe: recipe.to_owned(),
            environment: Environment {
                engine: String::new(),
                device: String::new(),
                threads: 0,
                version: String::new(),
                self_check: None,
            },
            donors: Vec::new(),
            cells: Vec::new(),
            controls: Vec::new(),
            probes: Vec::new(),
            inputs: None,
            stitches: Vec::new(),
            measures: Vec::new(),
            timings: Vec::new(),
        };
        Self {
            id: id.to_owned(),
            standing,
            report,
            pairs: Vec::new(),
            cells: 0,
            places: Vec::new(),
            controls_planned: 0,
            furthest: 0.0,
            stage: None,
            curves: BTreeMap::new(),
            since: None,
            notes: Vec::new(),
            made: None,
            place: None,
            recorded: false,
            edition: 0,
        }
    }

    /// Whether it is waited for.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.standing, Standing::Queued | Standing::Running | Standing::Paused)
    }

    /// Whether it waits or computes, so that the screen will change; a paused study stands still.
    #[must_use]
    pub fn is_advancing(&self) -> bool {
        matches!(self.standing, Standing::Queued | Standing::Running)
    }

    /// Whether some cut of the front was joined to another cut of the end: then a map says more than curves.
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        let fronts: std::collections::BTreeSet<&String> = self.pairs.iter().map(|(front, _)| front).collect();
        self.pairs.len() > fronts.len() && self.pairs.iter().any(|(front, end)| front != end)
    }

    /// Share of its work that is done, in [0, 1]: donors, cells, controls and probes, a piece each. It never falls while the
    /// study is at work, and is 1 only when the study is finished.
    #[must_use]
    pub fn share(&self) -> f32 {
        if self.standing == Standing::Done { 1.0 } else { self.furthest.min(0.99) }
    }

    /// The share by what has come so far; a piece under way counts half at most, as it has several stages.
    fn share_now(&self) -> f32 {
        let share = |done: usize, all: usize| if all == 0 { 0.0 } else { done as f32 / all as f32 };
        let within = self.stage.as_ref().map_or(0.0, |(_, done, total)| share(*done, *total));
        let pieces = 2 + self.cells + self.controls_planned;
        let done = self.report.donors.len() + self.report.cells.len() + self.report.controls.len();
        (share(done, pieces) + within.min(1.0) * share(1, pieces) * 0.5).min(1.0)
    }

    /// How many controls the recipe asks for, at most: each kind once for each pair of taps.
    fn controls_wanted(&self) -> usize {
        let Some(recipe) = self.recipe() else { return 0 };
        let labels = matches!(recipe.stitch.train, Train::Task | Train::Adversarial | Train::Trades);
        let kinds = recipe.controls.kinds.iter().filter(|kind| **kind != Control::ShuffledLabels || labels);
        kinds.count() * self.pairs.len()
    }

    /// Seconds that are left if it goes on as it went; absent where too little is done to tell.
    #[must_use]
    pub fn seconds_left(&self) -> Option<f32> {
        let (began, before) = self.since.filter(|_| self.standing == Standing::Running)?;
        let (spent, done) = (clock::now().duration_since(began).as_secs_f32(), self.share() - before);
        let known = spent > LEAST_SPENT && done > LEAST_DONE;
        known.then(|| spent * (1.0 - self.share()) / done)
    }

    /// The learning curve of the stitch between two taps.
    #[must_use]
    pub fn curve(&self, front: &str, end: &str) -> Option<&[f32]> {
        self.curves.get(&(front.to_owned(), end.to_owned())).map(Vec::as_slice)
    }

    /// Cells in all of an unfinished study whose recipe names its pairs; those of other recipes are known when it goes on.
    fn cells_planned(&self) -> Option<usize> {
        let recipe = self.recipe()?;
        match &recipe.taps.pairs {
            Pairs::List(list) => Some(list.len() * recipe.stitch.seeds.len()),
            Pairs::Same | Pairs::All => None,
        }
    }

    /// The recipe, when its text is one.
    #[must_use]
    pub fn recipe(&self) -> Option<Recipe> {
        Recipe::parse(&self.report.recipe, "recipe").ok()
    }

    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::Planned { cells, pairs, .. } => {
                self.cells = cells;
                self.pairs = pairs;
                self.controls_planned = self.controls_wanted();
                self.furthest = 0.0;
                self.report.donors.clear();
                self.report.cells.clear();
                self.places.clear();
                self.report.controls.clear();
                self.edition += 1;
            }
            Event::Progress(work) => self.advance(work),
            Event::Donor { donor } => {
                self.report.donors.push(donor);
                self.edition += 1;
            }
            Event::Cell { cell, index, .. } => {
                // Cells come in the plan's order, but those of the journal may come late.
                let at = self.places.partition_point(|place| *place < index);
                // A cell whose stitch was lost is measured again.
                let again = self.places.get(at) == Some(&index);
                match self.report.cells.get_mut(at).filter(|_| again) {
                    Some(known) => *known = *cell,
                    None => {
                        self.places.insert(at, index);
                        self.report.cells.insert(at.min(self.report.cells.len()), *cell);
                    }
                }
                self.edition += 1;
            }
            Event::Control { control } => {
                self.report.controls.push(*control);
                self.edition += 1;
            }
            Event::Note { text } => self.notes.push(text),
        }
        self.furthest = self.furthest.max(self.share_now());
    }

    fn advance(&mut self, work: Progress) {
        self.stage = Some((work.to_string(), work.step, work.of));
        // A control trains at the same taps as a cell; the curve is the cell's.
        if let (Some(loss), Some(pair), None) = (work.loss, work.pair, work.control) {
            let curve = self.curves.entry(pair).or_default();
            // The next seed's training begins anew.
            if work.step <= 1 {
                curve.clear();
            }
            curve.push(loss);
        }
        // What was in the journal has been told by now: it took no time.
        if self.since.is_none() {
            self.since = Some((clock::now(), self.share()));
        }
    }
}

/// A study from its report.
pub(crate) fn finished(id: &str, report: Report) -> Study {
    let mut study = Study::new(id, &report.recipe, Standing::Done);
    study.cells = report.cells.len();
    for cell in &report.cells {
        let pair = (cell.front_tap.clone(), cell.end_tap.clone());
        if !study.pairs.contains(&pair) {
            study.pairs.push(pair);
        }
    }
    study.report = report;
    study
}

/// A study from its folder; an unfinished one can go on.
pub(super) fn known(found: KeptStudy) -> Study {
    let mut study = Study { made: found.made, ..finished(&found.study, found.report) };
    if !found.finished {
        study.standing = Standing::Stopped;
        study.cells = study.cells_planned().unwrap_or(study.cells);
    }
    study
}
