//! The browser's file dialog and its downloads.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Blob, File, HtmlAnchorElement, HtmlInputElement, Url};

use super::window;

/// Asks for files, or for a folder with all its files; gives each with its path within what was chosen.
pub fn pick(folder: bool, chosen: impl FnOnce(Vec<(String, File)>) + 'static) {
    let Some(input) = input() else { return };
    input.set_type("file");
    input.set_multiple(true);
    if folder {
        let _ = input.set_attribute("webkitdirectory", "");
    }
    let theirs = input.clone();
    let changed = Closure::once_into_js(move || {
        let files = theirs.files().map(|list| (0..list.length()).filter_map(|i| list.get(i)).collect::<Vec<_>>());
        chosen(files.unwrap_or_default().into_iter().map(|file| (path(&file), file)).collect());
    });
    input.set_onchange(Some(changed.unchecked_ref()));
    input.click();
}

fn input() -> Option<HtmlInputElement> {
    window()?.document()?.create_element("input").ok()?.dyn_into().ok()
}

/// The path within the chosen folder, or the name.
fn path(file: &File) -> String {
    let relative = js_sys::Reflect::get(file, &JsValue::from_str("webkitRelativePath")).ok();
    relative.and_then(|path| path.as_string()).filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
}

/// Gives the person a file.
pub fn save(name: &str, bytes: &[u8]) -> Option<()> {
    let parts: Array = [Uint8Array::from(bytes)].iter().collect();
    let blob = Blob::new_with_u8_array_sequence(&parts).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let anchor: HtmlAnchorElement = window()?.document()?.create_element("a").ok()?.dyn_into().ok()?;
    anchor.set_href(&address);
    anchor.set_download(name);
    anchor.click();
    // The download has its own hold on the bytes.
    Url::revoke_object_url(&address).ok()
}
