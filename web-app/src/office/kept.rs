//! What the browser keeps: contents by their hash, and for each path one small record that names its content.
//!
//! Every path has a record of its own, so that two tabs never overwrite each other's: a tab writes and deletes the records of the paths
//! that it changed, and reads all of them when it opens. The same content is kept once.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use stitchscope_core::platform::files;

use super::cache::Store;

/// Earlier versions kept all records in this one file.
const OLD_INDEX: &str = "kept/index.json";
/// Where records lie: `kept/path/` and the hash of the path.
const RECORDS: &str = "kept/path/";
/// Larger files are given again rather than kept.
const LARGEST: usize = 256 << 20;

/// What is kept of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    hash: String,
    bytes: usize,
    /// Rises with every file that is written.
    order: u64,
}

/// An entry with its path, as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    path: PathBuf,
    #[serde(flatten)]
    entry: Entry,
}

/// What came of keeping files.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Something that is kept has changed.
    pub changed: bool,
    /// Files that could not be kept, the first with the browser's reason.
    pub lost: Option<(PathBuf, String)>,
}

/// The browser's storage, where it has one; otherwise nothing is kept and nothing fails.
#[derive(Default)]
pub struct Kept {
    store: Store,
    index: RefCell<BTreeMap<PathBuf, Entry>>,
    next: Cell<u64>,
}

/// Whether a file is of the kind that is kept.
fn is_kept(path: &Path) -> bool {
    path.starts_with("kept") || path.starts_with("given")
}

fn content(hash: &str) -> String {
    format!("kept/{hash}")
}

fn record(path: &Path) -> String {
    format!("{RECORDS}{}", blake3::hash(path.to_string_lossy().as_bytes()).to_hex())
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Kept {
    /// Opens the storage and reads its records.
    pub async fn open(&self) {
        self.store.open().await;
        self.take_old_index().await;
        let index = self.records().await;
        self.next.set(index.values().map(|entry| entry.order + 1).max().unwrap_or_default());
        self.index.replace(index);
    }

    /// Brings the files that `wanted` takes into memory.
    pub async fn recall(&self, wanted: impl Fn(&Path) -> bool) {
        let entries: Vec<(PathBuf, String)> = {
            let index = self.index.borrow();
            let chosen = index.iter().filter(|(path, _)| wanted(path) && !files::exists(path));
            chosen.map(|(path, entry)| (path.clone(), entry.hash.clone())).collect()
        };
        for (path, expected) in entries {
            // What another tab or the browser has deleted is gone.
            match self.store.get(&content(&expected)).await.filter(|bytes| hash(bytes) == expected) {
                Some(bytes) => drop(files::write_atomic(&path, &bytes)),
                None => drop(self.index.borrow_mut().remove(&path)),
            }
        }
    }

    /// Writes the files of `changed` that are to be kept.
    ///
    /// A file that cannot be kept takes the record of its path with it: the content of before must not come back in its place.
    pub async fn keep(&self, changed: &[PathBuf]) -> Outcome {
        let mut outcome = Outcome::default();
        for path in changed.iter().filter(|path| is_kept(path)) {
            let Ok(bytes) = files::read(path) else { continue };
            match self.keep_one(path, &bytes).await {
                Ok(any) => outcome.changed |= any,
                Err(why) => {
                    outcome.changed |= self.forget(path).await;
                    if self.store.is_open() && outcome.lost.is_none() {
                        outcome.lost = Some((path.clone(), why));
                    }
                }
            }
        }
        outcome
    }

    async fn keep_one(&self, path: &Path, bytes: &[u8]) -> Result<bool, String> {
        if bytes.len() > LARGEST {
            return Err(format!("it has more than {} MiB", LARGEST >> 20));
        }
        let hash = hash(bytes);
        if self.index.borrow().get(path).is_some_and(|entry| entry.hash == hash) {
            return Ok(false);
        }
        let known = self.index.borrow().values().any(|entry| entry.hash == hash);
        if !known {
            self.store.put(&content(&hash), bytes).await?;
        }
        let entry = Entry { hash, bytes: bytes.len(), order: self.next.replace(self.next.get() + 1) };
        let text = serde_json::to_vec(&Record { path: path.to_path_buf(), entry: entry.clone() });
        self.store.put(&record(path), &text.map_err(|error| error.to_string())?).await?;
        let old = self.index.borrow_mut().insert(path.to_path_buf(), entry);
        if let Some(old) = old {
            self.drop_unused(&old.hash).await;
        }
        Ok(true)
    }

    /// Whether the file that lies in memory is the one that is kept, by its content.
    pub fn holds(&self, path: &Path) -> bool {
        let Ok(bytes) = files::read(path) else { return false };
        let index = self.index.borrow();
        self.store.is_open()
            && index.get(path).is_some_and(|entry| entry.bytes == bytes.len() && entry.hash == hash(&bytes))
    }

    /// Forgets everything.
    pub async fn clear(&self) {
        self.index.borrow_mut().clear();
        self.store.clear().await;
    }

    /// Bytes that are kept, also for other tabs as far as this one has seen.
    pub fn bytes(&self) -> f64 {
        let index = self.index.borrow();
        let contents: BTreeMap<&str, usize> = index.values().map(|entry| (entry.hash.as_str(), entry.bytes)).collect();
        #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
        let sum = contents.values().sum::<usize>() as f64;
        sum
    }

    /// Where a file stands in the order in which they were written; new ones are last.
    pub fn order(&self, path: &Path) -> u64 {
        self.index.borrow().get(path).map_or(u64::MAX, |entry| entry.order)
    }

    /// Forgets a folder with all that is in it.
    pub async fn forget_all(&self, folder: &Path) {
        let inside: Vec<PathBuf> =
            self.index.borrow().keys().filter(|path| path.starts_with(folder)).cloned().collect();
        for path in inside {
            self.forget(&path).await;
        }
    }

    /// Forgets what is kept of a path; says whether there was something.
    async fn forget(&self, path: &Path) -> bool {
        let old = self.index.borrow_mut().remove(path);
        let Some(old) = old else { return false };
        self.store.delete(&record(path)).await;
        self.drop_unused(&old.hash).await;
        true
    }

    /// Deletes a content that no path names any more, in no tab.
    async fn drop_unused(&self, hash: &str) {
        let stored = self.records().await;
        let used = self.index.borrow().values().chain(stored.values()).any(|entry| entry.hash == hash);
        if !used {
            self.store.delete(&content(hash)).await;
        }
    }

    /// All records as they are stored now, those of other tabs among them.
    async fn records(&self) -> BTreeMap<PathBuf, Entry> {
        let mut index = BTreeMap::new();
        for address in self.store.addresses().await.iter().filter(|address| address.contains(RECORDS)) {
            // A record that cannot be read is as good as none: what it names can be computed or given again.
            let bytes = self.store.get(address).await.unwrap_or_default();
            if let Ok(Record { path, entry }) = serde_json::from_slice(&bytes) {
                index.insert(path, entry);
            }
        }
        index
    }

    /// Turns the one index of earlier versions into records.
    async fn take_old_index(&self) {
        let Some(bytes) = self.store.get(OLD_INDEX).await else { return };
        let index: BTreeMap<PathBuf, Entry> = serde_json::from_slice(&bytes).unwrap_or_default();
        for (path, entry) in index {
            let address = record(&path);
            let written = match serde_json::to_vec(&Record { path, entry }) {
                Ok(text) => self.store.put(&address, &text).await,
                Err(error) => Err(error.to_string()),
            };
            // The old index stays until all of it is taken.
            if written.is_err() {
                return;
            }
        }
        self.store.delete(OLD_INDEX).await;
    }
}
