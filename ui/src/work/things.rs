//! What the worker found, as plain data: engines, networks, images, attacks, studies.

use serde::{Deserialize, Serialize};
use stitchscope_core::inspect::Inspection;
use stitchscope_core::report::Report;

use super::messages::StudyId;

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
    /// When it was begun, in seconds since 1970; absent where nothing tells.
    #[serde(default)]
    pub made: Option<u64>,
}

/// What a dropped file is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Taken {
    /// A network; [`super::Answer::Model`] follows.
    Model,
    /// A recipe, checked, as its own TOML.
    Recipe(String),
    /// A study, finished or not; it lies among the window's own now.
    Study(Box<KeptStudy>),
    /// Images; [`super::Answer::Images`] follows.
    Images,
}
