//! The browser's cache as a store of bytes by address.

use std::cell::RefCell;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast as _;
use web_sys::{Cache, CacheStorage, Request, Response};

use crate::browser::{global, wait};

/// The name of the cache; another version of its layout gets another name.
const NAME: &str = "stitchscope-kept-1";

/// The browser's storage, where it has one; otherwise nothing is stored and every look-up finds nothing.
#[derive(Default)]
pub struct Store(RefCell<Option<Cache>>);

impl Store {
    /// Opens the storage.
    pub async fn open(&self) {
        let Some(caches) = global::<CacheStorage>("caches") else { return };
        let Ok(cache) = wait(Ok(caches.open(NAME))).await else { return };
        self.0.replace(cache.dyn_into::<Cache>().ok());
    }

    /// Whether there is a storage at all.
    pub fn is_open(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Deletes everything, and opens an empty storage.
    pub async fn clear(&self) {
        self.0.replace(None);
        if let Some(caches) = global::<CacheStorage>("caches") {
            let _ = wait(Ok(caches.delete(NAME))).await;
        }
        self.open().await;
    }

    /// The bytes at an address.
    pub async fn get(&self, address: &str) -> Option<Vec<u8>> {
        let cache = self.0.borrow().clone()?;
        let found = wait(Ok(cache.match_with_str(address))).await.ok()?;
        let response: Response = found.dyn_into().ok()?;
        let bytes = wait(response.array_buffer()).await.ok()?;
        Some(Uint8Array::new(&bytes).to_vec())
    }

    /// Writes bytes under an address.
    ///
    /// # Errors
    /// The browser's words, such as that its quota is used up.
    pub async fn put(&self, address: &str, bytes: &[u8]) -> Result<(), String> {
        let Some(cache) = self.0.borrow().clone() else {
            return Err("this browser gives the page no storage".to_owned());
        };
        let parts: Array = [Uint8Array::from(bytes)].iter().collect();
        let words = |error: wasm_bindgen::JsValue| crate::browser::words(&error);
        let blob = web_sys::Blob::new_with_u8_array_sequence(&parts).map_err(words)?;
        let response = Response::new_with_opt_blob(Some(&blob)).map_err(words)?;
        wait(Ok(cache.put_with_str(address, &response))).await.map(drop)
    }

    /// Deletes what lies under an address.
    pub async fn delete(&self, address: &str) {
        let cache = self.0.borrow().clone();
        if let Some(cache) = cache {
            // What is not there need not be deleted.
            let _ = wait(Ok(cache.delete_with_str(address))).await;
        }
    }

    /// The absolute addresses that hold something.
    pub async fn addresses(&self) -> Vec<String> {
        let Some(cache) = self.0.borrow().clone() else { return Vec::new() };
        let Ok(found) = wait(Ok(cache.keys())).await else { return Vec::new() };
        let Ok(requests) = found.dyn_into::<Array>() else { return Vec::new() };
        requests.iter().filter_map(|request| Some(request.dyn_into::<Request>().ok()?.url())).collect()
    }
}
