//! The files of a page: in memory, given by a person, fetched from the page's own host or by a link, kept in the browser.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use stitchscope_core::platform::files;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::study::{FileSources, Folder, JOURNAL, REPORT, Sources, Store, StudyError};
use stitchscope_ui::work::{Answer, Ground, Later, Request, Subject};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::Tell;
use super::kept::Kept;
use super::zoo::{self, Zoo};
use crate::browser::{fetch, read, sleep};
use crate::wire::Note;

/// Where studies lie among the files.
const STUDIES: &str = "kept/studies";
/// Changes are written to the browser's storage at most so often, in milliseconds.
const PAUSE: u32 = 300;

/// The page's files as desks see them.
pub struct Memory {
    sources: FileSources<'static>,
    /// Where the zoo's files are: address by path.
    addresses: BTreeMap<String, String>,
    /// Files that were given and not yet read.
    given: RefCell<Vec<(String, File)>>,
    /// Why some of them could not be read: told to whoever names them.
    refused: RefCell<BTreeMap<String, String>>,
    kept: Kept,
    keeping: Cell<bool>,
    /// It was said that the browser keeps no more.
    full: Cell<bool>,
    /// Requests whose files are being brought.
    bringing: Cell<usize>,
    tell: Tell,
}

impl Memory {
    /// No files yet.
    pub fn new(addresses: &str, tell: Tell) -> Self {
        Self {
            sources: FileSources { shelf: &Zoo },
            addresses: serde_json::from_str(addresses).unwrap_or_default(),
            given: RefCell::default(),
            refused: RefCell::default(),
            kept: Kept::default(),
            keeping: Cell::new(false),
            full: Cell::new(false),
            bringing: Cell::new(0),
            tell,
        }
    }

    /// A person gave a file; it is read when a request names it.
    pub fn given(&self, place: String, file: File) {
        self.given.borrow_mut().push((place, file));
    }

    /// Finished and half-finished studies from the browser's storage.
    pub async fn recall(&self) {
        self.kept.open().await;
        self.kept.recall(|path| path.starts_with("kept")).await;
        (self.tell)(Note::Kept(self.kept.bytes()));
    }

    /// Forgets what is kept, here and in the browser.
    pub async fn clear(&self) {
        files::forget(Path::new("kept"));
        files::forget(Path::new("given"));
        self.kept.clear().await;
        self.full.set(false);
        (self.tell)(Note::Kept(self.kept.bytes()));
    }

    /// Writes what changed to the browser's storage, a moment from now.
    pub fn keep_soon(self: &Rc<Self>) {
        if self.keeping.replace(true) {
            return;
        }
        let this = Rc::clone(self);
        spawn_local(async move {
            sleep(PAUSE).await;
            this.keeping.set(false);
            let changed = files::changed();
            let outcome = this.kept.keep(&changed).await;
            if outcome.changed {
                (this.tell)(Note::Kept(this.kept.bytes()));
            }
            this.complain(outcome.lost);
            this.release(&changed);
        });
    }

    /// Says once that the browser keeps no more.
    fn complain(&self, lost: Option<(PathBuf, String)>) {
        let Some((path, why)) = lost.filter(|_| !self.full.replace(true)) else { return };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = format!(
            "This browser does not keep {name} ({why}). The page works on, but what it computes now is gone after a reload: export it, or              delete what is kept in Settings"
        );
        (self.tell)(Note::Answer(Answer::Unkept(text)));
    }

    /// Lets go of the bytes of networks that have been read and are kept in the browser: a request that names one brings it back.
    fn release(&self, changed: &[PathBuf]) {
        let is_network =
            |path: &&PathBuf| path.starts_with("given") && path.extension().is_some_and(|end| end == "onnx");
        for path in changed.iter().filter(is_network) {
            // What a request is about to read must stay until it has.
            if self.bringing.get() == 0 && self.kept.holds(path) {
                files::forget(path);
            }
        }
    }

    async fn bring_all(&self, request: &Request) -> Result<(), String> {
        loop {
            // Not popped in the loop's head: the borrow would last through the reading.
            let next = self.given.borrow_mut().pop();
            let Some((place, file)) = next else { break };
            let taken = read(&place, &file).await.and_then(|bytes| put(Path::new(&place), &bytes));
            match taken {
                Ok(()) => self.refused.borrow_mut().remove(&place),
                Err(why) => self.refused.borrow_mut().insert(place, why),
            };
        }
        for name in named(request) {
            self.bring_one(&name).await?;
        }
        Ok(())
    }

    async fn bring_one(&self, name: &str) -> Result<(), String> {
        if let Some(name) = name.strip_prefix("zoo:") {
            for path in zoo::paths(name).iter().filter(|path| !files::exists(path)) {
                let shown = path.display().to_string();
                let address = self.addresses.get(&shown).map_or(shown.as_str(), String::as_str);
                put(path, &fetch(address).await?)?;
            }
            return Ok(());
        }
        let path = Path::new(name);
        if files::exists(path) {
            return Ok(());
        }
        self.kept.recall(|kept| kept.starts_with(path)).await;
        if files::exists(path) {
            return Ok(());
        }
        if let Some(why) = self.refused.borrow().get(name) {
            return Err(why.clone());
        }
        if name.starts_with("given/") {
            let name = name.trim_start_matches("given/");
            return Err(format!("{name} is not on this page any more: drop the file again"));
        }
        put(path, &fetch(name).await?)
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), String> {
    files::write_atomic(path, bytes).map_err(|error| error.to_string())
}

/// What a request needs: references of recipes.
fn named(request: &Request) -> Vec<String> {
    let of_recipe = |text: &str| {
        // A recipe that is none is refused where it is read.
        let Ok(recipe) = Recipe::parse(text, "recipe") else { return Vec::new() };
        recipe.references()
    };
    match request {
        Request::Inspect { model, .. } => vec![model.clone()],
        Request::Images { set, .. } => vec![set.clone()],
        Request::Study { recipe, .. } => of_recipe(recipe),
        Request::Ladder(question) => of_recipe(&question.recipe),
        Request::Take { place } | Request::Picture { place, .. } => vec![place.clone()],
        Request::Chart(question) => question.models.clone(),
        Request::Samples(question) => of_recipe(&question.recipe),
        Request::Export(export) => match &export.subject {
            Subject::Network { recipe, .. } => of_recipe(recipe),
            _ => Vec::new(),
        },
        Request::Survey
        | Request::Copy(_)
        | Request::Delete { .. }
        | Request::Weights { .. }
        | Request::Record { .. }
        | Request::Recall { .. } => Vec::new(),
    }
}

impl Ground for Memory {
    fn bring<'a>(&'a self, request: &'a Request) -> Later<'a, Result<(), String>> {
        Box::pin(async move {
            self.bringing.set(self.bringing.get() + 1);
            let brought = self.bring_all(request).await;
            self.bringing.set(self.bringing.get() - 1);
            brought
        })
    }

    fn sources(&self) -> &dyn Sources {
        &self.sources
    }

    fn store(&self, study: &str) -> Result<Box<dyn Store>, StudyError> {
        Ok(Box::new(Folder::create(&Path::new(STUDIES).join(study))?))
    }

    fn studies(&self) -> Vec<String> {
        let folders = files::list(Path::new(STUDIES)).unwrap_or_default();
        let mut names: Vec<_> = folders
            .into_iter()
            .filter_map(|folder| {
                // The report of a finished study, the journal of an unfinished one.
                let last =
                    [REPORT, JOURNAL].map(|name| folder.join(name)).into_iter().find(|path| files::exists(path))?;
                Some((self.kept.order(&last), folder.file_name()?.to_str()?.to_owned()))
            })
            .collect();
        names.sort();
        names.into_iter().map(|(_, name)| name).collect()
    }

    fn delete<'a>(&'a self, study: &'a str) -> Later<'a, Result<(), String>> {
        Box::pin(async move {
            let folder = Path::new(STUDIES).join(study);
            files::forget(&folder);
            self.kept.forget_all(&folder).await;
            (self.tell)(Note::Kept(self.kept.bytes()));
            Ok(())
        })
    }

    fn read(&self, place: &str, largest: u64) -> Result<Vec<u8>, StudyError> {
        let path = Path::new(place);
        let size = files::size(path)?;
        if size > largest {
            let why = format!("{place} has {size} bytes, at most {largest} are read; check that this is the file");
            return Err(StudyError::Misfit(why));
        }
        Ok(files::read(path)?.into())
    }

    fn write(&self, place: &str, bytes: &[u8]) -> Result<String, StudyError> {
        let name = place.rsplit(['/', '\\']).next().unwrap_or(place);
        let name = if name.trim().is_empty() { "stitchscope" } else { name };
        (self.tell)(Note::Save(name.to_owned(), bytes.to_vec()));
        Ok(format!("{name} among your downloads"))
    }
}
