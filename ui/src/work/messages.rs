//! What the window and its worker tell each other: plain data.

use serde::{Deserialize, Serialize};
use stitchscope_core::report::Report;
use stitchscope_core::study::Event;

use super::chart::{Chart, ChartQuestion};
use super::subjects::{Export, Pixels, Subject};
use super::things::{Device, KeptStudy, Ladder, LadderQuestion, ModelView, Taken, Wall};
use super::views::{Photo, SampleQuestion, Samples, Twin, WeightsView};

/// Names a study and its folder: the donors and the start of the recipe's fingerprint.
pub type StudyId = String;

/// To the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// Do this, after what was asked before.
    Ask(Request),
    /// Stop this study, or do not begin it. What is finished is kept.
    Stop(StudyId),
    /// Hold this study where it is, in the middle of whatever it does.
    Pause(StudyId),
    /// Go on with a study that is held.
    Resume(StudyId),
    /// Give up the ladder at hand.
    GiveUp,
}

/// What the worker can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Which engines there are, and the studies that were kept.
    Survey,
    /// Open a network and look at it.
    Inspect {
        /// `zoo:NAME` or a path.
        model: String,
        /// A recipe as TOML, which may say how the file is to be read.
        recipe: String,
    },
    /// Open images.
    Images {
        /// `zoo:NAME` or a path.
        set: String,
        /// At most so many, from the first on.
        most: usize,
    },
    /// Delete a study that is kept, with all its files.
    Delete {
        /// Its name.
        study: StudyId,
    },
    /// Run a study; gone on with where it was stopped.
    Study {
        /// Its name.
        study: StudyId,
        /// The recipe as TOML.
        recipe: String,
    },
    /// One image attacked at rising strengths.
    Ladder(Box<LadderQuestion>),
    /// Open whatever a person dropped.
    Take {
        /// The file.
        place: String,
    },
    /// Draw a figure as pixels, for the clipboard.
    Copy(Box<Subject>),
    /// Write a result to a file.
    Export(Box<Export>),
    /// Look at the stitch of a finished cell.
    Weights {
        /// The study.
        study: StudyId,
        /// The cell's place in its report.
        cell: usize,
    },
    /// What networks say of a few images.
    Samples(Box<SampleQuestion>),
    /// Draw one network or two.
    Chart(Box<ChartQuestion>),
    /// Keep what a slide shows.
    Record {
        /// Number of the slide.
        slide: u64,
        /// What it shows.
        twin: Box<Twin>,
    },
    /// Keep a picture that somebody chose for a slide.
    Picture {
        /// Number of the slide.
        slide: u64,
        /// The file.
        place: String,
    },
    /// Give back what slides showed.
    Recall {
        /// Numbers of the slides.
        slides: Vec<u64>,
    },
}

impl Request {
    /// The answer that it cannot be done.
    #[must_use]
    pub fn refuse(self, why: String) -> Answer {
        match self {
            Self::Survey => Answer::Unkept(why),
            Self::Inspect { model, .. } => Answer::Model { model, found: Err(why) },
            Self::Images { set, .. } => Answer::Images { set, found: Err(why) },
            Self::Study { study, .. } => Answer::Failed { study, why },
            Self::Delete { study } => Answer::Deleted { study, found: Err(why) },
            Self::Ladder(question) => Answer::Ladder { question, found: Err(why) },
            Self::Take { place } => Answer::Taken { place, found: Err(why) },
            Self::Copy(_) => Answer::Copied { found: Err(why) },
            Self::Export(_) | Self::Record { .. } | Self::Recall { .. } => Answer::Exported { found: Err(why) },
            Self::Picture { slide, place } => Answer::Picture { slide, place: Some(place), found: Err(why) },
            Self::Weights { study, cell } => Answer::Weights { study, cell, found: Err(why) },
            Self::Samples(question) => Answer::Samples { question, found: Err(why) },
            Self::Chart(question) => Answer::Chart { question, found: Err(why) },
        }
    }
}

/// From the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Request::Survey`].
    Survey {
        /// What computes.
        device: Device,
        /// Studies that were kept, oldest first.
        kept: Vec<KeptStudy>,
        /// Sentences about kept studies that cannot be read.
        damaged: Vec<String>,
    },
    /// To [`Request::Inspect`].
    Model {
        /// As it was asked.
        model: String,
        /// The network, or why not, in a sentence.
        found: Result<Box<ModelView>, String>,
    },
    /// To [`Request::Images`].
    Images {
        /// As it was asked.
        set: String,
        /// The images, or why not.
        found: Result<Box<Wall>, String>,
    },
    /// To [`Request::Delete`].
    Deleted {
        /// As it was asked.
        study: StudyId,
        /// Nothing, or why it is still there.
        found: Result<(), String>,
    },
    /// A study begins.
    Started(StudyId),
    /// Something happened in a study.
    Event {
        /// Which.
        study: StudyId,
        /// What.
        event: Event,
    },
    /// A study is finished and its files are written.
    Finished {
        /// Which.
        study: StudyId,
        /// What it found.
        report: Box<Report>,
        /// Where its files are.
        place: String,
    },
    /// A study was stopped; what is finished is kept.
    Stopped(StudyId),
    /// A study is held; it keeps everything, the middle of a training too.
    Paused(StudyId),
    /// A study that was held goes on.
    Resumed(StudyId),
    /// A study cannot go on.
    Failed {
        /// Which.
        study: StudyId,
        /// Why, in a sentence with the remedy.
        why: String,
    },
    /// To [`Request::Ladder`].
    Ladder {
        /// As it was asked.
        question: Box<LadderQuestion>,
        /// What was found, or why not.
        found: Result<Box<Ladder>, String>,
    },
    /// How far the ladder at hand is.
    Climbing {
        /// Steps that are done.
        done: usize,
        /// Steps in all.
        total: usize,
    },
    /// To [`Request::Take`].
    Taken {
        /// The file.
        place: String,
        /// What it is, or why it is nothing we know.
        found: Result<Taken, String>,
    },
    /// To [`Request::Export`].
    Exported {
        /// Where it is, or why it is not.
        found: Result<String, String>,
    },
    /// To [`Request::Copy`].
    Copied {
        /// The picture, or why there is none.
        found: Result<Box<Pixels>, String>,
    },
    /// To [`Request::Weights`].
    Weights {
        /// The study.
        study: StudyId,
        /// The cell.
        cell: usize,
        /// Its stitch, or why there is none.
        found: Result<Box<WeightsView>, String>,
    },
    /// To [`Request::Samples`].
    Samples {
        /// As it was asked.
        question: Box<SampleQuestion>,
        /// What was found, or why not.
        found: Result<Box<Samples>, String>,
    },
    /// To [`Request::Chart`].
    Chart {
        /// As it was asked.
        question: Box<ChartQuestion>,
        /// The drawing, or why there is none.
        found: Result<Box<Chart>, String>,
    },
    /// To [`Request::Recall`], slide by slide; a slide without a record is not answered.
    Recalled {
        /// Number of the slide.
        slide: u64,
        /// What it showed.
        twin: Box<Twin>,
    },
    /// To [`Request::Picture`], and behind [`Answer::Recalled`] where the slide has a picture.
    Picture {
        /// Number of the slide.
        slide: u64,
        /// The file that was chosen just now.
        place: Option<String>,
        /// The picture, or why there is none.
        found: Result<Box<Photo>, String>,
    },
    /// Something that the window wanted to keep cannot be kept; why, with the remedy.
    Unkept(String),
    /// Something to be read that is no fault.
    Note(String),
}
