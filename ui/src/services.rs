//! What a shell does for the window: pass messages, keep a text, ask for files.

use crate::work::{Answer, Message};

/// Two workers, so that looking at things does not wait for a long study.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Desk {
    /// Runs studies.
    Studies,
    /// Everything else.
    Looks,
}

/// A file dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Open files of any kind we know.
    Open,
    /// Open a folder of images.
    OpenFolder,
    /// Open pictures for slides.
    Picture,
    /// Choose where to write; the suggestion is a file's name.
    Save(String),
}

/// The ground under a window. Nothing here may block.
pub trait Services {
    /// Sends a message to a worker.
    fn send(&mut self, desk: Desk, message: Message);

    /// The next answer that has come, from whichever worker.
    fn hear(&mut self) -> Option<Answer>;

    /// Keeps the window's state for the next start.
    fn keep(&mut self, state: &str);

    /// Opens a dialog; what was chosen comes through [`Services::chosen`].
    fn choose(&mut self, choice: Choice);

    /// Takes files that were dropped on the window; gives the places at which workers find them.
    fn dropped(&mut self, files: &[egui::DroppedFileHandle]) -> Vec<String> {
        files.iter().map(|file| file.path().display().to_string()).collect()
    }

    /// Paths that were chosen in a dialog, with the dialog.
    fn chosen(&mut self) -> Option<(Choice, Vec<String>)>;

    /// Where results go when nobody chose a place: a folder with a trailing separator, or nothing on a page.
    fn results(&self) -> String;

    /// Whether results can be written as PDF.
    fn writes_pdf(&self) -> bool {
        false
    }

    /// Bytes of studies and files that a browser keeps for the page; `None` where they lie in folders of their own.
    fn kept_bytes(&self) -> Option<u64> {
        None
    }

    /// Forgets them.
    fn forget_kept(&mut self) {}
}
