//! What the window and its worker tell each other: plain data.

use serde::{Deserialize, Serialize};
use stitchscope_core::inspect::Inspection;
use stitchscope_core::report::Report;
use stitchscope_core::study::Event;

use super::views::{SampleQuestion, Samples, Twin, WeightsView};
use crate::theme::Theme;
use stitchscope_figures::map::Shade;

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
    },
    /// Open images.
    Images {
        /// `zoo:NAME` or a path.
        set: String,
        /// At most so many, from the first on.
        most: usize,
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
    /// Keep what a slide shows.
    Record {
        /// Number of the slide.
        slide: u64,
        /// What it shows.
        twin: Box<Twin>,
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
            Self::Inspect { model } => Answer::Model { model, found: Err(why) },
            Self::Images { set, .. } => Answer::Images { set, found: Err(why) },
            Self::Study { study, .. } => Answer::Failed { study, why },
            Self::Ladder(question) => Answer::Ladder { question, found: Err(why) },
            Self::Take { place } => Answer::Taken { place, found: Err(why) },
            Self::Export(_) | Self::Record { .. } | Self::Recall { .. } => Answer::Exported { found: Err(why) },
            Self::Weights { study, cell } => Answer::Weights { study, cell, found: Err(why) },
            Self::Samples(question) => Answer::Samples { question, found: Err(why) },
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
    /// To [`Request::Recall`], slide by slide; a slide without a record is not answered.
    Recalled {
        /// Number of the slide.
        slide: u64,
        /// What it showed.
        twin: Box<Twin>,
    },
    /// Something that the window wanted to keep cannot be kept; why, with the remedy.
    Unkept(String),
    /// Something to be read that is no fault.
    Note(String),
}

/// What computes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The engine that `auto` takes.
    pub engine: String,
    /// Its device in its own words.
    pub device: String,
    /// Threads it uses.
    pub threads: usize,
    /// Whether a graphics processor computes, rather than a processor in its place.
    pub accelerated: bool,
    /// Every engine, ready or not.
    pub engines: Vec<EngineFound>,
}

impl Device {
    /// Whether examples are cut short on it: neither a graphics processor nor ONNX Runtime computes.
    #[must_use]
    pub fn is_slow(&self) -> bool {
        !self.accelerated && self.engine != "ort"
    }
}

/// An engine that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineFound {
    /// The recipe's word.
    pub engine: String,
    /// Its device, or why it is not here.
    pub found: Result<String, String>,
}

/// A network, looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelView {
    /// Ports and taps.
    pub inspection: Inspection,
    /// Channels, height, width of its images; absent when it is no image classifier.
    pub image: Option<[usize; 3]>,
    /// Its classes.
    pub classes: Option<usize>,
    /// Can it run, be cut, be attacked here?
    pub checks: Vec<Check>,
}

/// An answer to "can it ...?".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The question, as a short sentence about the network.
    pub what: String,
    /// How it was found to work, or why it does not.
    pub found: Result<String, String>,
}

/// Images as bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wall {
    /// How many the set has.
    pub total: usize,
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// The images that were asked for, one after the other, as [C, H, W] bytes.
    pub pixels: Vec<u8>,
    /// Their classes.
    pub labels: Vec<u32>,
    /// The classes' names.
    pub classes: Vec<String>,
    /// How many images of the whole set each class has.
    pub counts: Vec<usize>,
    /// Smallest, largest and mean pixel of the images here.
    pub range: [f32; 3],
}

/// What a ladder is asked of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LadderQuestion {
    /// The recipe as TOML: donors, test images, norm and steps.
    pub recipe: String,
    /// A finished cell, for the stitched network: study and place in its report.
    pub cell: Option<(StudyId, usize)>,
    /// Taps of that cell, front and end.
    pub taps: Option<(String, String)>,
    /// Which test image.
    pub image: usize,
}

/// One image under attack at rising strengths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ladder {
    /// Front, end and, where there is one, stitched network.
    pub networks: Vec<String>,
    /// The classes' names.
    pub classes: Vec<String>,
    /// The true class.
    pub label: u32,
    /// Channels, height, width.
    pub shape: [usize; 3],
    /// The image itself, in [0, 1].
    pub clean: Vec<f32>,
    /// The norm's word.
    pub norm: String,
    /// The balls' radii, rising from 0.
    pub strengths: Vec<f32>,
    /// The attack made against each network.
    pub climbs: Vec<Climb>,
    /// Why the stitched network is missing, where it was asked for.
    #[serde(default)]
    pub note: Option<String>,
}

/// The attack made against one network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Climb {
    /// By strength: the attacked image.
    pub images: Vec<Vec<f32>>,
    /// By strength: the loss before and after each step.
    pub losses: Vec<Vec<f32>>,
    /// By strength and network: the classes' shares (softmax).
    pub shares: Vec<Vec<Vec<f32>>>,
}

/// A study that lies in a folder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptStudy {
    /// Its name.
    pub study: StudyId,
    /// What it found, as far as it came.
    pub report: Report,
    /// Whether it came to its end; if not, it can go on.
    pub finished: bool,
}

/// What a dropped file is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Taken {
    /// A network; [`Answer::Model`] follows.
    Model,
    /// A recipe, checked, as its own TOML.
    Recipe(String),
    /// A study, finished or not; it lies among the window's own now.
    Study(Box<KeptStudy>),
    /// Images; [`Answer::Images`] follows.
    Images,
}

/// A result to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// What.
    pub subject: Subject,
    /// Where: a path, or a file's name on a page.
    pub place: String,
    /// A file that is there is replaced, as a person said in a dialog; otherwise the new one gets a number.
    pub replace: bool,
}

/// What can be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Subject {
    /// A figure of reports.
    Figure {
        /// Which figure.
        drawing: Drawing,
        /// The reports; for a difference the one it is measured from comes last.
        reports: Vec<Report>,
        /// The kind of file.
        format: Format,
        /// Colours.
        theme: Theme,
        /// Width in millimetres.
        width_mm: f64,
    },
    /// The cells as CSV.
    Table(Box<Report>),
    /// The cells as a LaTeX table.
    Latex(Box<Report>),
    /// The stitched network of a cell as ONNX.
    Network {
        /// The study, for its stitch.
        study: StudyId,
        /// The study's recipe, for its donors.
        recipe: String,
        /// The cell.
        cell: usize,
        /// Front and end tap of the cell.
        taps: (String, String),
    },
    /// A whole study as a zip.
    Archive {
        /// The study, for its stitches.
        study: StudyId,
        /// What it found.
        report: Box<Report>,
    },
    /// An image as PNG.
    Picture {
        /// Channels, height, width.
        shape: [usize; 3],
        /// [C, H, W] bytes.
        pixels: Vec<u8>,
        /// Every pixel becomes a square of so many.
        magnify: usize,
    },
    /// Text as it is.
    Text(String),
}

/// A kind of picture file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// Lines and letters.
    #[default]
    Svg,
    /// Pixels.
    Png,
}

/// A kind of figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Drawing {
    /// Curves over taps, reports side by side.
    #[default]
    Curves,
    /// Maps of pairs of taps, reports side by side.
    Map(Shade),
    /// What the first report has more than the last, tap by tap.
    Difference,
    /// The same as a map.
    DifferenceMap(Shade),
}
