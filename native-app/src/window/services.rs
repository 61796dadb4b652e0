//! What the desktop does for the window: two workers, a file for its state, file dialogs.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Result;
use eframe::egui::Context;
use stitchscope_core::platform::files;
use stitchscope_ui::work::{Answer, Message};
use stitchscope_ui::{Choice, Desk, Services};

use super::seat::Seat;
use super::workers::Worker;

/// A dialog that nobody chose anything in was closed by a person only if it was there for so long.
const BLINK: Duration = Duration::from_millis(300);
const NO_DIALOG: &str = "This system shows no file dialogs: neither a desktop portal nor zenity is there. Drop files and folders on the window instead; exports take a path that is typed";

/// What a dialog was for, and the paths that were chosen in it.
type Chosen = (Choice, Vec<String>);

/// The desktop.
pub struct Desktop {
    studies: Worker,
    looks: Worker,
    answers: (Sender<Answer>, Receiver<Answer>),
    chosen: (Sender<Chosen>, Receiver<Chosen>),
    window: Context,
    seat: Seat,
    home: PathBuf,
    /// Why the state could not be kept, until it is told; and whether it was.
    unkept: (Option<String>, bool),
}

impl Desktop {
    /// Starts both workers.
    pub fn start(window: &Context, home: &Path, seat: Seat) -> Result<Self> {
        let (sender, answers) = channel();
        let studies = Worker::start("studies", window, home.to_path_buf(), sender.clone())?;
        let looks = Worker::start("looks", window, home.to_path_buf(), sender.clone())?;
        if let Some(text) = seat.remark() {
            // The other end of this line is held below.
            let _ = sender.send(Answer::Note(text));
        }
        Ok(Self {
            studies,
            looks,
            answers: (sender, answers),
            chosen: channel(),
            window: window.clone(),
            seat,
            home: home.to_path_buf(),
            unkept: (None, false),
        })
    }
}

impl Services for Desktop {
    fn send(&mut self, desk: Desk, message: Message) {
        match desk {
            Desk::Studies => self.studies.send(message),
            Desk::Looks => self.looks.send(message),
        }
    }

    fn hear(&mut self) -> Option<Answer> {
        self.unkept.0.take().map(Answer::Unkept).or_else(|| self.answers.1.try_recv().ok())
    }

    fn keep(&mut self, state: &str) {
        // Without a place to keep it the window works all the same, but people should know; once is enough.
        let kept =
            files::create_dir_all(&self.home).and_then(|()| files::write_atomic(&self.seat.file(), state.as_bytes()));
        match kept {
            Err(why) if !self.unkept.1 => {
                let remedy = "The window works, but forgets its settings, slides and studies at its end. STITCHSCOPE_HOME names another folder for them";
                self.unkept = (Some(format!("{why}. {remedy}")), true);
                self.window.request_repaint();
            }
            Err(_) => {}
            Ok(()) => self.unkept.1 = false,
        }
    }

    fn choose(&mut self, choice: Choice) {
        let (sender, window) = (self.chosen.0.clone(), self.window.clone());
        let (answers, results) = (self.answers.0.clone(), PathBuf::from(self.results()));
        let dialog = std::thread::Builder::new().name("dialog".to_owned());
        let ask = move || {
            let asked = Instant::now();
            let mut paths = dialogue(&choice);
            if paths.is_empty() && asked.elapsed() < BLINK {
                match &choice {
                    // Nobody was asked whether a file may be replaced.
                    Choice::Save(name) => paths.extend(free(&results, name)),
                    Choice::Open | Choice::OpenFolder | Choice::Picture => {
                        drop(answers.send(Answer::Note(NO_DIALOG.to_owned())));
                    }
                }
            }
            let paths = paths.into_iter().map(|path| path.display().to_string()).collect();
            if sender.send((choice, paths)).is_ok() {
                window.request_repaint();
            }
        };
        // No thread, no dialog: as if it had been closed.
        let _ = dialog.spawn(ask);
    }

    fn chosen(&mut self) -> Option<(Choice, Vec<String>)> {
        self.chosen.1.try_recv().ok()
    }

    fn writes_pdf(&self) -> bool {
        true
    }

    fn results(&self) -> String {
        let folder = std::env::current_dir().unwrap_or_else(|_| self.home.clone()).join("results");
        format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR)
    }
}

impl Drop for Desktop {
    /// Both are told before one is waited for.
    fn drop(&mut self) {
        self.studies.dismiss();
        self.looks.dismiss();
    }
}

/// The first of `name`, `name-2`, ... in `folder` that is not there yet.
fn free(folder: &Path, name: &str) -> Option<PathBuf> {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let numbered = (2..).map(|number| folder.join(format!("{stem}-{number}.{ending}")));
    std::iter::once(folder.join(name)).chain(numbered).find(|path| !path.exists())
}

/// The system's dialog; nothing when it was closed.
fn dialogue(choice: &Choice) -> Vec<PathBuf> {
    let dialog = rfd::FileDialog::new();
    match choice {
        Choice::Open => {
            let known = ["onnx", "toml", "json", "zip", "npz", "gz", "bin"];
            dialog
                .set_title("Open")
                .add_filter("Networks, recipes, reports, studies, images", &known)
                .add_filter("All", &["*"])
                .pick_files()
                .unwrap_or_default()
        }
        Choice::Picture => {
            let dialog = dialog.set_title("Pictures for slides").add_filter("Pictures", &["png", "jpg", "jpeg"]);
            dialog.pick_files().unwrap_or_default()
        }
        Choice::OpenFolder => dialog.set_title("Open an image folder").pick_folder().into_iter().collect(),
        Choice::Save(name) => dialog.set_title("Save").set_file_name(name).save_file().into_iter().collect(),
    }
}
