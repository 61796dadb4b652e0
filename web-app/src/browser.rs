//! What page and Worker both ask of the browser: fetch, wait, read a file.

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Response};

/// Larger files are not fetched and not read: the page's memory must hold them beside everything else.
pub const LARGEST: f64 = 512.0 * 1024.0 * 1024.0;

/// A function or object of the page's or the Worker's global scope.
pub fn global<T: wasm_bindgen::JsCast>(name: &str) -> Option<T> {
    Reflect::get(&js_sys::global(), &name.into()).ok()?.dyn_into().ok()
}

/// An exception's own words.
pub fn words(error: &JsValue) -> String {
    let message = Reflect::get(error, &"message".into()).ok().and_then(|message| message.as_string());
    message.or_else(|| error.as_string()).unwrap_or_else(|| format!("{error:?}"))
}

/// A promise's value.
///
/// # Errors
/// The browser's words.
pub async fn wait(promise: Result<Promise, JsValue>) -> Result<JsValue, String> {
    let promise = promise.map_err(|error| words(&error))?;
    JsFuture::from(promise).await.map_err(|error| words(&error))
}

/// Waits so many milliseconds.
pub async fn sleep(milliseconds: u32) {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(timer) = global::<Function>("setTimeout") {
            // Without a timer there is no waiting.
            let _ = timer.call2(&JsValue::UNDEFINED, &resolve, &milliseconds.into());
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Whether the page's content security policy (`connect-src 'self' https:`) lets it fetch an address. A policy in the document does
/// not bind the Worker, where files are fetched, so the rule is held here.
fn may_fetch(address: &str) -> bool {
    let Some(here) = global::<web_sys::WorkerLocation>("location").map(|at| at.href()).or_else(own_address) else {
        return false;
    };
    match (web_sys::Url::new_with_base(address, &here), web_sys::Url::new(&here)) {
        (Ok(wanted), Ok(here)) => wanted.protocol() == "https:" || wanted.origin() == here.origin(),
        _ => false,
    }
}

/// The document's address, outside a Worker.
fn own_address() -> Option<String> {
    global::<web_sys::Location>("location")?.href().ok()
}

/// The file at an address.
///
/// # Errors
/// A sentence with the address, the cause and the remedy.
pub async fn fetch(address: &str) -> Result<Vec<u8>, String> {
    if !may_fetch(address) {
        return Err(format!(
            "{address} is not fetched: a page takes files of its own host and of https addresses only; download the file and drop it onto the page"
        ));
    }
    let Some(fetch) = global::<Function>("fetch") else { return Err("this browser cannot fetch files".to_owned()) };
    let promise = fetch.call1(&JsValue::UNDEFINED, &address.into()).and_then(|promise| promise.dyn_into::<Promise>());
    let answer = wait(promise).await.map_err(|why| {
        format!(
            "{address} cannot be fetched ({why}): another site must allow it (CORS); else download the file and drop it onto the page"
        )
    })?;
    let response: Response = answer.dyn_into().map_err(|_| format!("{address} gave no answer"))?;
    if !response.ok() {
        return Err(format!("{address} cannot be fetched: the server answers {}", response.status()));
    }
    let length = response.headers().get("content-length").ok().flatten().and_then(|text| text.parse::<f64>().ok());
    if let Some(length) = length.filter(|length| *length > LARGEST) {
        return Err(format!(
            "{address} has {length:.0} bytes; a page takes at most {LARGEST:.0}: use the desktop program"
        ));
    }
    let bytes = wait(response.array_buffer()).await.map_err(|why| format!("{address} broke off: {why}"))?;
    Ok(Uint8Array::new(&bytes).to_vec())
}

/// A file's bytes, read in parts, so that they are in memory once.
///
/// # Errors
/// A sentence with the name.
pub async fn read(name: &str, file: &Blob) -> Result<Vec<u8>, String> {
    const PART: f64 = 16.0 * 1024.0 * 1024.0;
    let size = file.size();
    if size > LARGEST {
        return Err(format!("{name} has {size:.0} bytes; a page takes at most {LARGEST:.0}: use the desktop program"));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked against the limit above")]
    let mut bytes = Vec::with_capacity(size as usize);
    let mut start = 0.0;
    while start < size {
        let end = (start + PART).min(size);
        let part = file.slice_with_f64_and_f64(start, end).map_err(|error| words(&error))?;
        let part = wait(Ok(part.array_buffer())).await.map_err(|why| format!("{name} cannot be read: {why}"))?;
        let part = Uint8Array::new(&part);
        let filled = bytes.len();
        bytes.resize(filled + part.length() as usize, 0);
        part.copy_to(&mut bytes[filled..]);
        start = end;
    }
    Ok(bytes)
}
