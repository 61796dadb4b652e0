//! What a running study tells its observer: a terminal, a window, a program.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::report::{Cell, ControlCell, Donor};
use crate::study::StudyError;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The plan stands.
    Planned {
        /// Cells in all.
        cells: usize,
        /// Cells found finished in the journal.
        finished: usize,
        /// Training images.
        train_images: usize,
        /// Test images.
        test_images: usize,
        /// Names of the front's and the end's tap, pair by pair, in the order of the cells.
        pairs: Vec<(String, String)>,
    },
    /// Work on something that takes a while.
    Progress(Progress),
    /// A donor is measured.
    Donor {
        /// Its measurements.
        donor: Donor,
    },
    /// A cell is measured and in the journal.
    Cell {
        /// Its place in the report, from 0.
        index: usize,
        /// Cells in all.
        cells: usize,
        /// Its measurements.
        cell: Box<Cell>,
    },
    /// A control is measured and in the journal.
    Control {
        /// Its measurements.
        control: Box<ControlCell>,
    },
    /// Something worth knowing, in a sentence.
    Note {
        /// The sentence.
        text: String,
    },
}

/// How far a piece of work is. Its text (`Display`) is one line without the numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// The attack's name, where the stage is an attack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attack: Option<String>,
    /// Names of the front's and the end's tap, where the work belongs to a pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair: Option<(String, String)>,
    /// The network at work, in words: a donor with its reference, or a stitch by its training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// The kind of control, where the work belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// Units done: images, steps of a training or ranks.
    pub step: usize,
    /// Units in all.
    pub of: usize,
    /// Mean loss of the batch, where the work is training and the loss is a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f32>,
}

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// A network classifies the test images.
    Images,
    /// A network classifies the recipe's other images.
    OtherImages,
    /// A network is attacked.
    Attack,
    /// A stitched network classifies the images that fool the donors.
    DonorsAttacks,
    /// The outputs that stitches learn are computed.
    Teachers,
    /// Direct matching and similarities of all pairs.
    Matching,
    /// A stitch is trained.
    Training,
    /// The end's own activations on the training images, for models of what it is used to.
    OwnActivations,
    /// Activations of a stitch are compared with the end's own.
    Activations,
    /// Stitches of several ranks.
    Ranks,
    /// How an attack moves representations.
    Shift,
    /// Linear probes are fitted.
    ProbesFit,
    /// Linear probes classify the test images.
    ProbesTest,
}

impl Stage {
    const fn text(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::OtherImages => "other images",
            Self::Attack => "attack",
            Self::DonorsAttacks => "donors' attacks",
            Self::Teachers => "the teachers' outputs",
            Self::Matching => "direct matching and CKA of all pairs",
            Self::Training => "training the stitch",
            Self::OwnActivations => "the end's own activations",
            Self::Activations => "activations",
            Self::Ranks => "ranks",
            Self::Shift => "shift under attack",
            Self::ProbesFit => "linear probes, training images",
            Self::ProbesTest => "linear probes, test images",
        }
    }
}

impl Progress {
    /// Nothing done of `stage` yet.
    #[must_use]
    pub const fn of(stage: Stage) -> Self {
        Self { stage, attack: None, pair: None, network: None, control: None, step: 0, of: 0, loss: None }
    }

    /// Another stage of the same work, so far.
    #[must_use]
    pub fn at(&self, stage: Stage, step: usize, of: usize) -> Self {
        Self { stage, step, of, ..self.clone() }
    }

    /// An attack on the same network, so far.
    #[must_use]
    pub fn attack(&self, name: &str, step: usize, of: usize) -> Self {
        Self { attack: Some(name.to_owned()), ..self.at(Stage::Attack, step, of) }
    }

    /// Which network it is about, in words.
    #[must_use]
    pub fn label(&self) -> String {
        let control = self.control.as_ref().map(|kind| format!("control {kind}"));
        let pair = self.pair.as_ref().map(|(front, end)| match front == end {
            true => front.clone(),
            false => format!("{front} -> {end}"),
        });
        let parts: Vec<String> = control.into_iter().chain(pair).chain(self.network.clone()).collect();
        parts.join(": ")
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.label();
        match &self.network {
            _ if label.is_empty() => {}
            Some(_) => write!(f, "{label}, ")?,
            None => write!(f, "{label}: ")?,
        }
        f.write_str(self.stage.text())?;
        self.attack.as_ref().map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

/// What the observer wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// More.
    Continue,
    /// No more: the study stops at the next step and keeps what is finished.
    Stop,
}

/// Hears events and may stop the study.
pub type Observer<'a> = dyn FnMut(&Event) -> Flow + 'a;

/// Tells the observer of progress.
pub(super) fn progress(observer: &mut Observer<'_>, work: Progress) -> Result<(), StudyError> {
    tell(observer, &Event::Progress(work))
}

/// Tells the observer; an answer of "stop" becomes an error that unwinds the study.
pub(super) fn tell(observer: &mut Observer<'_>, event: &Event) -> Result<(), StudyError> {
    match observer(event) {
        Flow::Continue => Ok(()),
        Flow::Stop => Err(StudyError::Stopped),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_reads_as_a_line_and_travels_as_fields() {
        let pair = Some(("layer1".to_owned(), "layer2".to_owned()));
        let attack = Progress {
            attack: Some("APGD".to_owned()),
            pair,
            network: Some("task stitch".to_owned()),
            ..Progress::of(Stage::Attack).at(Stage::Attack, 3, 60)
        };
        assert_eq!(attack.to_string(), "layer1 -> layer2: task stitch, attack APGD");
        let json = serde_json::to_value(Event::Progress(attack.clone())).unwrap();
        let expected = serde_json::json!({
            "event": "progress", "stage": "attack", "attack": "APGD", "pair": ["layer1", "layer2"],
            "network": "task stitch", "step": 3, "of": 60,
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), Event::Progress(attack));
        assert_eq!(Progress::of(Stage::Matching).to_string(), "direct matching and CKA of all pairs");
    }
}
