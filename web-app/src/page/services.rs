//! What the browser does for the window: a Worker, a text that is kept, dialogs, downloads.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use eframe::egui::{Context, DroppedFileHandle};
use js_sys::Function;
use stitchscope_ui::state::State;
use stitchscope_ui::work::{Answer, Message};
use stitchscope_ui::{Choice, Desk, Services};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{File, MessageEvent, Worker};

use super::{dialogs, link, window};
use crate::office::{Office, Tell};
use crate::wire::{Note, Word};

/// The state in the page's storage.
const STATE: &str = "stitchscope.window";

/// The state that was kept at the last visit.
pub fn kept() -> Option<String> {
    window()?.local_storage().ok()??.get_item(STATE).ok()?
}

/// Where work is done.
enum Work {
    Worker(Worker),
    Here(Office),
}

/// What has come in.
#[derive(Default)]
struct Post {
    answers: RefCell<VecDeque<Answer>>,
    chosen: RefCell<VecDeque<(Choice, Vec<String>)>>,
    kept: Cell<Option<u64>>,
}

/// Where files of a person come in, and where they go.
pub struct Inbox {
    work: Rc<Work>,
    post: Rc<Post>,
    given: Given,
    window: Context,
}

impl Inbox {
    /// Hands over files that were chosen, each with its path within what was chosen; a folder counts as one thing.
    pub fn take(&self, choice: Choice, files: Vec<(String, File)>) {
        let folder = choice == Choice::OpenFolder;
        let root = files.first().and_then(|(path, _)| path.split('/').next()).map(|root| format!("given/{root}"));
        let give = |(path, file): (String, File)| {
            let path = if folder { path } else { self.given.path(&path, &file) };
            self.work.give(&path, file)
        };
        let places: Vec<String> = files.into_iter().map(give).collect();
        let places = if folder { root.into_iter().collect() } else { places };
        self.post.chosen.borrow_mut().push_back((choice, places));
        self.window.request_repaint();
    }
}

/// The browser.
pub struct Browser {
    inbox: Rc<Inbox>,
    /// Lives as long as the Worker may call it.
    _hear: Option<Closure<dyn FnMut(MessageEvent)>>,
}

impl Browser {
    /// Listens to the Worker, or opens the office in the page.
    pub fn start(window: &Context, worker: Option<Worker>, files: &str, crashed: &Function) -> Self {
        let post = Rc::<Post>::default();
        let (theirs, ctx) = (Rc::clone(&post), window.clone());
        let take = move |note: Note| {
            match note {
                Note::Answer(answer) => theirs.answers.borrow_mut().push_back(answer),
                Note::Save(name, bytes) => drop(dialogs::save(&name, &bytes)),
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of bytes")]
                Note::Kept(bytes) => theirs.kept.set(Some(bytes as u64)),
            }
            ctx.request_repaint();
        };
        let Some(worker) = worker else {
            let tell: Tell = Rc::new(take);
            let work = Rc::new(Work::Here(Office::open(files, &tell)));
            return Self { inbox: inbox(work, post, window), _hear: None };
        };
        let crashed = crashed.clone();
        let hear = Closure::wrap(Box::new(move |event: MessageEvent| match Note::unpack(&event.data()) {
            Ok(note) => take(note),
            Err(why) => drop(crashed.call1(&JsValue::UNDEFINED, &why.into())),
        }) as Box<dyn FnMut(MessageEvent)>);
        worker.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        Self { inbox: inbox(Rc::new(Work::Worker(worker)), post, window), _hear: Some(hear) }
    }

    /// Where files come in, for the page's own scripts.
    pub fn inbox(&self) -> Rc<Inbox> {
        Rc::clone(&self.inbox)
    }
}

fn inbox(work: Rc<Work>, post: Rc<Post>, window: &Context) -> Rc<Inbox> {
    Rc::new(Inbox { work, post, given: Given::default(), window: window.clone() })
}

impl Work {
    fn send(&self, word: Word) {
        match self {
            Self::Here(office) => office.take(word),
            Self::Worker(worker) => {
                if let Ok(parcel) = word.pack() {
                    // A Worker that is gone has told of its end.
                    let _ = worker.post_message_with_transfer(&parcel.data, &parcel.transfer);
                }
            }
        }
    }

    /// Hands a file over under `path`; gives the place by which messages name it.
    fn give(&self, path: &str, file: File) -> String {
        let place = format!("given/{path}");
        self.send(Word::Given(place.clone(), file));
        place
    }
}

/// The files that a person gave to this page: two of one name both live.
#[derive(Default)]
struct Given(RefCell<HashMap<String, (f64, f64)>>);

impl Given {
    /// The path under which a file is handed over: its own, or with a number where another file has that already. Two files are
    /// taken for the same when name, size and time of change agree.
    fn path(&self, own: &str, file: &File) -> String {
        let mut known = self.0.borrow_mut();
        let what = (file.size(), file.last_modified());
        let mut path = own.to_owned();
        for number in 2.. {
            match known.get(&path) {
                Some(other) if *other != what => path = numbered(own, number),
                _ => break,
            }
        }
        known.insert(path.clone(), what);
        path
    }
}

/// `model.onnx` with 2 is `model-2.onnx`.
fn numbered(path: &str, number: usize) -> String {
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    match path[name..].split_once('.') {
        Some((stem, ending)) => format!("{}{stem}-{number}.{ending}", &path[..name]),
        None => format!("{path}-{number}"),
    }
}

impl Services for Browser {
    fn send(&mut self, desk: Desk, message: Message) {
        self.inbox.work.send(Word::Message(desk, message));
    }

    fn hear(&mut self) -> Option<Answer> {
        self.inbox.post.answers.borrow_mut().pop_front()
    }

    fn keep(&mut self, state: &str) {
        if let Some(Ok(Some(storage))) = window().map(|window| window.local_storage()) {
            // A full or forbidden storage keeps nothing; the page works all the same.
            let _ = storage.set_item(STATE, state);
        }
        if let Ok(state) = State::parse(state) {
            link::write(&state);
        }
    }

    fn choose(&mut self, choice: Choice) {
        if let Choice::Save(name) = &choice {
            // A browser asks for the place itself, or has one for all downloads.
            let name = name.clone();
            self.inbox.post.chosen.borrow_mut().push_back((choice, vec![name]));
            return;
        }
        let inbox = self.inbox();
        dialogs::pick(choice == Choice::OpenFolder, move |files| inbox.take(choice, files));
    }

    fn chosen(&mut self) -> Option<(Choice, Vec<String>)> {
        self.inbox.post.chosen.borrow_mut().pop_front()
    }

    fn dropped(&mut self, files: &[DroppedFileHandle]) -> Vec<String> {
        let file = |handle: &DroppedFileHandle| handle.web_file().cloned();
        let give = |file: File| self.inbox.work.give(&self.inbox.given.path(&file.name(), &file), file);
        files.iter().filter_map(file).map(give).collect()
    }

    fn results(&self) -> String {
        String::new()
    }

    fn kept_bytes(&self) -> Option<u64> {
        self.inbox.post.kept.get()
    }

    fn forget_kept(&mut self) {
        self.inbox.work.send(Word::Clear);
    }
}
