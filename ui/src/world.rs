//! What has come back from the workers: everything that is shown and was not chosen. Never saved; the worker can tell it again.

mod study;

use std::collections::BTreeMap;

use stitchscope_core::platform::clock;
use stitchscope_core::study::Event;

pub(crate) use study::finished;
use study::known;
pub use study::{Standing, Study};

use crate::work::{
    Answer, Chart, ChartQuestion, Device, KeptStudy, Ladder, LadderQuestion, ModelView, Photo, Pixels, SampleQuestion,
    Samples, StudyId, Taken, Twin, Wall, WeightsView,
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
    /// The last drawing of networks and what it answers; the last good one stays while the next is made.
    pub chart: Option<(ChartQuestion, Result<Chart, String>)>,
    /// The drawing that is being made.
    pub chart_asked: Option<ChartQuestion>,
    /// A picture that is to be put into the clipboard.
    pub copied: Option<Box<Pixels>>,
    /// What slides showed when they were made, by their numbers.
    pub twins: BTreeMap<u64, Twin>,
    /// Pictures of slides, by their numbers.
    pub pictures: BTreeMap<u64, Photo>,
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
    /// This picture is a slide now: number and file.
    Slide(u64, String),
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
        // One that was begun on another day has the date of that day.
        if study.report.donors.is_empty() && study.made.is_none() {
            study.made = Some(clock::since_1970());
        }
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
            Answer::Deleted { study, found: Ok(()) } => {
                self.studies.retain(|known| known.id != study);
                self.weights.retain(|(known, _), _| *known != study);
                self.say(format!("Deleted: {study}"));
            }
            Answer::Deleted { study, found: Err(why) } => self.complain(format!("{study} was not deleted: {why}")),
            Answer::Ladder { question, found } => self.climbed(*question, found),
            Answer::Climbing { done, total } => self.ladder_at = Some((done, total)),
            Answer::Note(text) => self.remark(text),
            Answer::Taken { place, found } => return self.taken(place, found),
            Answer::Exported { found: Ok(place) } => self.say(format!("Written: {place}")),
            Answer::Copied { found: Ok(picture) } => self.copied = Some(picture),
            Answer::Exported { found: Err(why) } | Answer::Copied { found: Err(why) } | Answer::Unkept(why) => {
                self.complain(why);
            }
            Answer::Picture { slide, place, found } => match found {
                Ok(photo) => {
                    self.pictures.insert(slide, *photo);
                    return place.map_or(Follow::Nothing, |place| Follow::Slide(slide, place));
                }
                Err(why) => self.complain(why),
            },
            Answer::Weights { study, cell, found } => {
                self.weights.insert((study, cell), found.into());
            }
            Answer::Samples { question, found } => {
                if self.samples_asked.as_ref() == Some(&*question) {
                    self.samples_asked = None;
                }
                self.samples = Some((*question, found.map(|samples| *samples)));
            }
            Answer::Chart { question, found } => {
                if self.chart_asked.as_ref() == Some(&*question) {
                    self.chart_asked = None;
                }
                self.chart = Some((*question, found.map(|chart| *chart)));
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

impl<T> From<Result<Box<T>, String>> for Found<T> {
    fn from(found: Result<Box<T>, String>) -> Self {
        match found {
            Ok(here) => Self::Here(here),
            Err(why) => Self::Failed(why),
        }
    }
}
