//! What a shell gives a worker: messages and files.

use std::future::Future;
use std::pin::Pin;

use stitchscope_core::study::{Sources, Store, StudyError};

use stitchscope_figures::{Sheet, TalkLeaf};

use super::{Answer, Message, Request};
use crate::theme::Theme;

/// Something that comes later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// What can become a PDF.
#[derive(Clone, Copy, Debug)]
pub enum Printed<'a> {
    /// A figure.
    Figure(&'a Sheet),
    /// A talk in its colours.
    Talk(Theme, &'a [TalkLeaf]),
}

/// The worker's end of the line.
pub trait Port {
    /// The next message, when there is one; `None` when the window is gone.
    fn next(&self) -> Later<'_, Option<Message>>;

    /// A message that is already here.
    fn poll(&self) -> Option<Message>;

    /// Waits for the next message where the worker may stand still, as a thread may: then a study can be held in the middle of
    /// a step. `None` where it may not, or when the window is gone.
    fn wait(&self) -> Option<Message> {
        None
    }

    /// Whether the window is still there, as far as [`Port::poll`] has seen.
    fn is_open(&self) -> bool {
        true
    }

    /// Tells the window.
    fn tell(&self, answer: Answer);
}

/// Files, as far as there are any.
pub trait Ground {
    /// Brings near what a request names, so that reading it need not wait. A disk has everything near.
    ///
    /// # Errors
    /// A sentence about what cannot be had.
    fn bring<'a>(&'a self, request: &'a Request) -> Later<'a, Result<(), String>> {
        let _ = request;
        Box::pin(async { Ok(()) })
    }

    /// What recipes name.
    fn sources(&self) -> &dyn Sources;

    /// Where a study keeps its files.
    ///
    /// # Errors
    /// When the place cannot be made.
    fn store(&self, study: &str) -> Result<Box<dyn Store>, StudyError>;

    /// Names of the studies that are kept, oldest first.
    fn studies(&self) -> Vec<String>;

    /// Deletes a kept study with all its files; one that is not there is deleted already.
    ///
    /// # Errors
    /// A sentence about what cannot be deleted, as when another program is at work on it.
    fn delete<'a>(&'a self, study: &'a str) -> Later<'a, Result<(), String>>;

    /// When the files of a kept study were written last, in seconds since 1970, where the ground knows.
    fn dated(&self, study: &str) -> Option<u64> {
        let _ = study;
        None
    }

    /// The file at `place`, at most `largest` bytes.
    ///
    /// # Errors
    /// When it cannot be read or is larger.
    fn read(&self, place: &str, largest: u64) -> Result<Vec<u8>, StudyError>;

    /// Whether writing to `place` would replace a file.
    fn is_taken(&self, place: &str) -> bool {
        let _ = place;
        false
    }

    /// A result as PDF, where files of that kind are written; a page in a browser prints instead.
    ///
    /// # Errors
    /// A sentence about why not.
    fn pdf(&self, what: Printed<'_>) -> Result<Vec<u8>, String> {
        let _ = what;
        Err("this page writes no PDF: export HTML or SVG, and print that".to_owned())
    }

    /// Writes the file at `place` whole or not at all; says where it is.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&self, place: &str, bytes: &[u8]) -> Result<String, StudyError>;
}
