//! What the shares of one study have in common, made by the first that needs it and kept where all of them find it: what the passes over
//! the images find, the donors measured with their attacked images, the teachers' outputs.
//!
//! A piece is a function of the study and of engine, device and threads: it is asked for under all of them, and whoever reads one has the
//! bits that it would have computed.

use serde::{Deserialize, Serialize};

use crate::engine::{Engine, EngineInfo};
use crate::metrics::Predictions;
use crate::report::{Donor, Role};
use crate::study::StudyError;
use crate::study::events::{Event, Observer, Progress, Stage, progress, tell};
use crate::study::signals::OwnModels;
use crate::study::survey::Found;

/// What a piece is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// What the passes over the images find for all cells and controls.
    Passes,
    /// A donor, measured whole.
    Donor(Role),
    /// The outputs that stitches learn.
    Teachers,
}

/// A piece that shares have in common. Opaque: only studies read it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Piece(pub(in crate::study) Kind);

#[derive(Debug, Serialize, Deserialize)]
pub(in crate::study) enum Kind {
    Passes(Box<Passes>),
    Donor(Box<Measured>),
    /// Logits of all training images [images, K], teacher by teacher.
    Teachers(Vec<Vec<f32>>),
}

/// What the passes find.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::study) struct Passes {
    /// Answers of front and end on the test images.
    pub answers: [Predictions; 2],
    /// Of all pairs, without activations.
    pub cells: Found,
    /// Of the controls that share the passes, by the kind's word: all their pairs.
    pub controls: Vec<(String, Found)>,
    /// What the end's own activations are like.
    pub own: OwnModels,
}

/// A donor, measured.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::study) struct Measured {
    /// What the report holds.
    pub donor: Donor,
    /// Its table of verdicts.
    pub table: Vec<u8>,
    /// Pixels of the test images as the attack left them, where cells want them.
    pub crafted: Option<Vec<f32>>,
}

/// What is known of a piece.
#[derive(Debug)]
pub enum Look {
    /// It is there.
    There(Piece),
    /// It is not: whoever asked makes it and then keeps it. Others wait for that where they can be held.
    Missing,
    /// Somebody else makes it at this moment.
    InWork,
}

/// Where the shares of one study keep what they have in common.
pub trait Pool {
    /// Looks for a piece, without waiting. A piece that does not read is missing.
    ///
    /// # Errors
    /// [`StudyError::File`] when the place cannot be read.
    fn look(&self, what: What, on: &EngineInfo) -> Result<Look, StudyError>;

    /// Keeps a piece whole or not at all, and lets go of what holds others.
    ///
    /// # Errors
    /// [`StudyError::File`] when it cannot be written.
    fn keep(&self, what: What, on: &EngineInfo, piece: &Piece) -> Result<(), StudyError>;

    /// Spends a moment while somebody else makes a piece.
    fn pause(&self);
}

/// The piece, as soon as nobody else is at it; `None` where it is ours to make.
pub(in crate::study) fn found(
    pool: &dyn Pool,
    (what, engine): (What, &dyn Engine),
    observer: &mut Observer<'_>,
) -> Result<Option<Kind>, StudyError> {
    let mut waits = false;
    loop {
        match pool.look(what, engine.info())? {
            Look::There(piece) => return Ok(Some(piece.0)),
            Look::Missing => return Ok(None),
            Look::InWork if waits => {}
            Look::InWork => {
                waits = true;
                let text = "Another process makes what this job shares with it; waiting.".to_owned();
                tell(observer, &Event::Note { text })?;
            }
        }
        progress(observer, Progress::of(Stage::Matching).at(Stage::Matching, 0, 1))?;
        pool.pause();
    }
}

/// Keeps a piece for others. That it cannot be kept is said and hinders nobody: they make it themselves.
pub(in crate::study) fn kept(
    pool: &dyn Pool,
    (what, engine): (What, &dyn Engine),
    piece: Kind,
    observer: &mut Observer<'_>,
) -> Result<Kind, StudyError> {
    let piece = Piece(piece);
    if let Err(why) = pool.keep(what, engine.info(), &piece) {
        tell(observer, &Event::Note { text: format!("What others could use was not kept: {why}.") })?;
    }
    Ok(piece.0)
}
