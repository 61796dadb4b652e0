//! What the browser keeps: contents by their hash in its cache, and one index of paths. The same content is kept once.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use js_sys::{Array, Uint8Array};
use serde::{Deserialize, Serialize};
use stitchscope_core::platform::files;
use wasm_bindgen::JsCast as _;
use web_sys::{Cache, CacheStorage, Response};

use crate::browser::{global, wait};

/// The name of the cache; another version of its layout gets another name.
const CACHE: &str = "stitchscope-kept-1";
const INDEX: &str = "kept/index.json";
/// Larger files are given again rather than kept.
const LARGEST: usize = 256 << 20;

/// One file.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    hash: String,
    bytes: usize,
    /// Rises with every file that is written.
    order: u64,
}

/// The browser's storage, where it has one; otherwise nothing is kept and nothing fails.
#[derive(Default)]
pub struct Kept {
    cache: RefCell<Option<Cache>>,
    index: RefCell<BTreeMap<PathBuf, Entry>>,
    next: Cell<u64>,
}

/// Whether a file is of the kind that is kept.
fn is_kept(path: &Path) -> bool {
    path.starts_with("kept") || path.starts_with("given")
}

fn address(hash: &str) -> String {
    format!("kept/{hash}")
}

impl Kept {
    /// Opens the storage and reads its index.
    pub async fn open(&self) {
        let Some(caches) = global::<CacheStorage>("caches") else { return };
        let Ok(cache) = wait(Ok(caches.open(CACHE))).await else { return };
        let Ok(cache) = cache.dyn_into::<Cache>() else { return };
        self.cache.replace(Some(cache));
        if let Some(bytes) = self.load(INDEX).await {
            // An index that cannot be read is an empty one: everything in it can be computed again.
            let index: BTreeMap<PathBuf, Entry> = serde_json::from_slice(&bytes).unwrap_or_default();
            self.next.set(index.values().map(|entry| entry.order + 1).max().unwrap_or_default());
            self.index.replace(index);
        }
    }

    /// Brings the files that `wanted` takes into memory.
    pub async fn recall(&self, wanted: impl Fn(&Path) -> bool) {
        let entries: Vec<(PathBuf, String)> = {
            let index = self.index.borrow();
            let chosen = index.iter().filter(|(path, _)| wanted(path) && !files::exists(path));
            chosen.map(|(path, entry)| (path.clone(), entry.hash.clone())).collect()
        };
        for (path, hash) in entries {
            // What another tab or the browser has deleted is gone.
            match self.load(&address(&hash)).await.filter(|bytes| blake3::hash(bytes).to_hex().as_str() == hash) {
                Some(bytes) => drop(files::write_atomic(&path, &bytes)),
                None => drop(self.index.borrow_mut().remove(&path)),
            }
        }
    }

    /// Writes the files of `changed` that are to be kept; says whether there were any.
    pub async fn keep(&self, changed: &[PathBuf]) -> bool {
        let mut any = false;
        for path in changed.iter().filter(|path| is_kept(path)) {
            let Ok(bytes) = files::read(path) else { continue };
            if bytes.len() > LARGEST {
                continue;
            }
            let hash = blake3::hash(&bytes).to_hex().to_string();
            if self.index.borrow().get(path).is_some_and(|entry| entry.hash == hash) {
                continue;
            }
            let known = self.index.borrow().values().any(|entry| entry.hash == hash);
            if !known && !self.store(&address(&hash), &bytes).await {
                continue;
            }
            let order = self.next.replace(self.next.get() + 1);
            let old = self.index.borrow_mut().insert(path.clone(), Entry { hash, bytes: bytes.len(), order });
            if let Some(old) = old {
                self.drop_unused(&old.hash).await;
            }
            any = true;
        }
        if any {
            self.write_index().await;
        }
        any
    }

    /// Whether the file that lies in memory is the one that is kept.
    pub fn holds(&self, path: &Path) -> bool {
        let Ok(size) = files::size(path) else { return false };
        self.cache.borrow().is_some()
            && self.index.borrow().get(path).is_some_and(|entry| u64::try_from(entry.bytes) == Ok(size))
    }

    /// Forgets everything.
    pub async fn clear(&self) {
        self.index.borrow_mut().clear();
        self.cache.replace(None);
        if let Some(caches) = global::<CacheStorage>("caches") {
            let _ = wait(Ok(caches.delete(CACHE))).await;
        }
        self.open().await;
    }

    /// Bytes that are kept.
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

    async fn drop_unused(&self, hash: &str) {
        let used = self.index.borrow().values().any(|entry| entry.hash == hash);
        let cache = self.cache.borrow().clone();
        if let (false, Some(cache)) = (used, cache) {
            let _ = wait(Ok(cache.delete_with_str(&address(hash)))).await;
        }
    }

    async fn write_index(&self) {
        let text = serde_json::to_vec(&*self.index.borrow());
        if let Ok(bytes) = text {
            self.store(INDEX, &bytes).await;
        }
    }

    async fn load(&self, address: &str) -> Option<Vec<u8>> {
        let cache = self.cache.borrow().clone()?;
        let found = wait(Ok(cache.match_with_str(address))).await.ok()?;
        let response: Response = found.dyn_into().ok()?;
        let bytes = wait(response.array_buffer()).await.ok()?;
        Some(Uint8Array::new(&bytes).to_vec())
    }

    async fn store(&self, address: &str, bytes: &[u8]) -> bool {
        let cache = self.cache.borrow().clone();
        let Some(cache) = cache else { return false };
        let parts: Array = [Uint8Array::from(bytes)].iter().collect();
        let Ok(blob) = web_sys::Blob::new_with_u8_array_sequence(&parts) else { return false };
        let Ok(response) = Response::new_with_opt_blob(Some(&blob)) else { return false };
        wait(Ok(cache.put_with_str(address, &response))).await.is_ok()
    }
}
