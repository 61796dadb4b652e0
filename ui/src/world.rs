//! What has come back from the workers: everything that is shown and was not chosen. Never saved; the worker can tell it again.

use std::collections::BTreeMap;

use stitchscope_core::platform::clock::{self, Instant};
use stitchscope_core::recipe::{Control, Pairs, Recipe, Train};
use stitchscope_core::report::{Environment, Report, SCHEMA};
use stitchscope_core::study::{Event, Progress};

use crate::work::{
    Answer, Device, KeptStudy, Ladder, LadderQuestion, ModelView, SampleQuestion, Samples, StudyId, Taken, Twin, Wall,
    WeightsView,
};

/// Something that was asked for.
#[derive(Clone, Debug)]
pub enum Found<T> {
    /// On its way.
    Asked,
    /// Here.
    Here(Box<T>),
    /// Not to be had, with the reason.
    Failed(String),
}

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
    /// Where its files are.
    pub place: Option<String>,
    /// It is not what was measured last, but what a slide showed when it was made.
    pub recorded: bool,
    /// Grows with every change of `report` or `pairs`: a figure of it is drawn anew only then.
    pub edition: u64,
}

impl Study {
    fn new(id: &str, recipe: &str, standing: Standing) -> Self {
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

    fn hear(&mut self, event: Event) {
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

/// A sentence to be read, with how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Something went wrong: it stays until it is taken away.
    pub bad: bool,
}

/// What is known.
#[derive(Debug, Default)]
pub struct World {
    /// What computes.
    pub device: Option<Device>,
    /// Networks by reference.
    pub models: BTreeMap<String, Found<ModelView>>,
    /// Image sets by reference.
    pub walls: BTreeMap<String, Found<Wall>>,
    /// Studies, in the order in which they were asked for.
    pub studies: Vec<Study>,
    /// The last ladder and what it answers; the last good one stays while the next is made.
    pub ladder: Option<(LadderQuestion, Ladder)>,
    /// The ladder that is being made.
    pub ladder_asked: Option<LadderQuestion>,
    /// Steps of it that are done, and in all.
    pub ladder_at: Option<(usize, usize)>,
    /// Why the last ladder could not be made.
    pub ladder_failed: Option<String>,
    /// Stitches of cells, by study and cell.
    pub weights: BTreeMap<(StudyId, usize), Found<WeightsView>>,
    /// The last samples and what they answer.
    pub samples: Option<(SampleQuestion, Result<Samples, String>)>,
    /// The samples that are being computed.
    pub samples_asked: Option<SampleQuestion>,
    /// What slides showed when they were made, by their numbers.
    pub twins: BTreeMap<u64, Twin>,
    /// The last event, in words.
    pub line: String,
    /// What somebody should read.
    pub notices: Vec<Notice>,
}

/// What the window should do about an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Follow {
    /// Nothing more.
    Nothing,
    /// Open this network.
    Model(String),
    /// Open these images.
    Images(String),
    /// Take this recipe.
    Recipe(String),
    /// Show this study.
    Study(StudyId),
}

impl World {
    /// The study of that name.
    #[must_use]
    pub fn study(&self, id: &str) -> Option<&Study> {
        self.studies.iter().find(|study| study.id == id)
    }

    /// The study at work, else the first that waits.
    #[must_use]
    pub fn at_work(&self) -> Option<&Study> {
        let at_work = |study: &&Study| matches!(study.standing, Standing::Running | Standing::Paused);
        let running = self.studies.iter().find(at_work);
        running.or_else(|| self.studies.iter().find(|study| study.standing == Standing::Queued))
    }

    /// Studies that are waited for.
    #[must_use]
    pub fn open_studies(&self) -> usize {
        self.studies.iter().filter(|study| study.is_open()).count()
    }

    /// Notes that a study was asked for; one that is known is begun again and keeps what was found until it is told anew.
    pub fn order(&mut self, id: &str, recipe: &str) {
        self.weights.retain(|(study, _), _| study != id);
        let edition = self.study(id).map_or(0, |study| study.edition + 1);
        let mut study = match self.studies.iter().position(|study| study.id == id) {
            Some(index) => self.studies.remove(index),
            None => Study::new(id, recipe, Standing::Queued),
        };
        study.standing = Standing::Queued;
        study.edition = edition;
        study.notes.clear();
        self.studies.push(study);
    }

    /// Says something that went well.
    pub fn say(&mut self, text: impl Into<String>) {
        self.line = text.into();
    }

    /// Says something that went wrong; it stays until it is taken away.
    pub fn complain(&mut self, text: impl Into<String>) {
        let notice = Notice { text: text.into(), bad: true };
        self.line.clone_from(&notice.text);
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// Says something that is no fault and should be read; it stays until it is taken away.
    pub fn remark(&mut self, text: impl Into<String>) {
        let notice = Notice { text: text.into(), bad: false };
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
    }

    /// Takes an answer in.
    pub fn hear(&mut self, answer: Answer) -> Follow {
        match answer {
            Answer::Survey { device, kept, damaged } => self.survey(device, kept, damaged),
            Answer::Model { model, found } => {
                self.models.insert(model, found.into());
            }
            Answer::Images { set, found } => {
                self.walls.insert(set, found.into());
            }
            Answer::Ladder { question, found } => self.climbed(*question, found),
            Answer::Climbing { done, total } => self.ladder_at = Some((done, total)),
            Answer::Note(text) => self.remark(text),
            Answer::Taken { place, found } => return self.taken(place, found),
            Answer::Exported { found: Ok(place) } => self.say(format!("Written: {place}")),
            Answer::Exported { found: Err(why) } | Answer::Unkept(why) => self.complain(why),
            Answer::Weights { study, cell, found } => {
                self.weights.insert((study, cell), found.into());
            }
            Answer::Samples { question, found } => {
                if self.samples_asked.as_ref() == Some(&*question) {
                    self.samples_asked = None;
                }
                self.samples = Some((*question, found.map(|samples| *samples)));
            }
            Answer::Recalled { slide, twin } => {
                self.twins.entry(slide).or_insert(*twin);
            }
            Answer::Started(_)
            | Answer::Event { .. }
            | Answer::Finished { .. }
            | Answer::Stopped(_)
            | Answer::Paused(_)
            | Answer::Resumed(_)
            | Answer::Failed { .. } => self.of_study(answer),
        }
        Follow::Nothing
    }

    fn survey(&mut self, device: Device, kept: Vec<KeptStudy>, damaged: Vec<String>) {
        self.line = format!("Ready on {}", device.device);
        self.device = Some(device);
        for found in kept {
            if self.study(&found.study).is_none() {
                self.studies.push(known(found));
            }
        }
        damaged.into_iter().for_each(|why| self.complain(why));
    }

    fn climbed(&mut self, question: LadderQuestion, found: Result<Box<Ladder>, String>) {
        let wanted = self.ladder_asked.as_ref() == Some(&question);
        self.ladder_at = None;
        if wanted {
            self.ladder_asked = None;
        }
        match found {
            Ok(ladder) => {
                self.ladder_failed = None;
                self.ladder = Some((question, *ladder));
            }
            // One that made way for another has nothing to say.
            Err(why) if wanted => self.ladder_failed = Some(why),
            Err(_) => {}
        }
    }

    fn taken(&mut self, place: String, found: Result<Taken, String>) -> Follow {
        match found {
            Ok(Taken::Model) => Follow::Model(place),
            Ok(Taken::Images) => Follow::Images(place),
            Ok(Taken::Recipe(text)) => {
                self.say(format!("Recipe opened: {place}"));
                Follow::Recipe(text)
            }
            Ok(Taken::Study(found)) => {
                self.say(format!("Study opened: {place}"));
                let id = found.study.clone();
                // A study at work knows more than its folder.
                if !self.study(&id).is_some_and(Study::is_open) {
                    self.studies.retain(|study| study.id != id);
                    self.studies.push(known(*found));
                }
                Follow::Study(id)
            }
            Err(why) => {
                self.complain(why);
                Follow::Nothing
            }
        }
    }

    fn of_study(&mut self, answer: Answer) {
        let id = match &answer {
            Answer::Started(id) | Answer::Stopped(id) | Answer::Paused(id) | Answer::Resumed(id) => id,
            Answer::Event { study, .. } | Answer::Finished { study, .. } | Answer::Failed { study, .. } => study,
            _ => return,
        };
        let Some(study) = self.studies.iter_mut().find(|study| study.id == *id) else { return };
        match answer {
            Answer::Started(_) | Answer::Resumed(_) => {
                study.standing = Standing::Running;
                study.since = None;
            }
            Answer::Paused(_) => {
                study.standing = Standing::Paused;
                self.line = "Paused in the middle of its work; it goes on where it is as long as this window is open"
                    .to_owned();
            }
            Answer::Event { event, .. } => {
                match &event {
                    Event::Cell { cell, index, cells } => {
                        self.line = format!("Cell {} of {cells} measured: {}", index + 1, cell.front_tap);
                    }
                    Event::Control { control } => {
                        self.line = format!("Control measured: {} at {}", control.kind, control.end_tap);
                    }
                    Event::Note { text } => self.line.clone_from(text),
                    _ => {}
                }
                study.hear(event);
            }
            Answer::Finished { report, place, .. } => {
                study.report = *report;
                study.standing = Standing::Done;
                study.place = Some(place);
                study.stage = None;
                study.edition += 1;
                self.line = "Study finished".to_owned();
            }
            Answer::Stopped(_) => {
                study.standing = Standing::Stopped;
                study.stage = None;
                self.line = "Stopped; what is finished is kept".to_owned();
            }
            Answer::Failed { why, .. } => {
                study.standing = Standing::Failed(why.clone());
                study.stage = None;
                self.complain(why);
            }
            _ => {}
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
fn known(found: KeptStudy) -> Study {
    let mut study = finished(&found.study, found.report);
    if !found.finished {
        study.standing = Standing::Stopped;
        study.cells = study.cells_planned().unwrap_or(study.cells);
    }
    study
}

impl<T> From<Result<Box<T>, String>> for Found<T> {
    fn from(found: Result<Box<T>, String>) -> Self {
        match found {
            Ok(here) => Self::Here(here),
            Err(why) => Self::Failed(why),
        }
    }
}
