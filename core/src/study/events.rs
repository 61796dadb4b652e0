//! What a running study tells its observer: a terminal, a window, a program.

use serde::{Deserialize, Serialize};

use super::StudyError;
use crate::report::{Cell, ControlCell, Donor};

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
    Progress {
        /// What is being done, in words.
        stage: String,
        /// Units done.
        done: usize,
        /// Units in all.
        total: usize,
        /// Mean loss of the batch, where the work is training and the loss is a number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        loss: Option<f32>,
    },
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
pub(super) fn progress(observer: &mut Observer<'_>, stage: &str, done: usize, total: usize) -> Result<(), StudyError> {
    tell(observer, &Event::Progress { stage: stage.to_owned(), done, total, loss: None })
}

/// Tells the observer; an answer of "stop" becomes an error that unwinds the study.
pub(super) fn tell(observer: &mut Observer<'_>, event: &Event) -> Result<(), StudyError> {
    match observer(event) {
        Flow::Continue => Ok(()),
        Flow::Stop => Err(StudyError::Stopped),
    }
}
