//! In a browser messages are heard only between two turns of the event loop: long work pauses for them.

use std::cell::Cell;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::platform::clock::{self, Duration, Instant};

/// How long work may go on without hearing.
const LONGEST: Duration = Duration::from_millis(40);

thread_local! {
    static LAST: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Lets the event loop turn once, if it has not for a while.
pub async fn breathe() {
    let now = clock::now();
    let last = LAST.get();
    if last.is_some_and(|last| now.duration_since(last) < LONGEST) {
        return;
    }
    LAST.set(Some(now));
    if last.is_some() {
        turn().await;
        LAST.set(Some(clock::now()));
    }
}

/// Lets the event loop turn until something was heard, or for so long.
pub async fn listen(patience: Duration, heard: impl Fn() -> bool) {
    let start = clock::now();
    while !heard() && clock::now().duration_since(start) < patience {
        turn().await;
    }
}

/// A turn of the event loop, in a page and in a Worker alike.
async fn turn() {
    let promise = Promise::new(&mut |resolve, _| {
        let global = js_sys::global();
        let timer = Reflect::get(&global, &JsValue::from_str("setTimeout")).ok();
        match timer.and_then(|timer| timer.dyn_into::<Function>().ok()) {
            Some(timer) => drop(timer.call2(&global, &resolve, &JsValue::from(0))),
            None => drop(resolve.call0(&JsValue::UNDEFINED)),
        }
    });
    // A turn that fails is a turn all the same.
    let _ = JsFuture::from(promise).await;
}
