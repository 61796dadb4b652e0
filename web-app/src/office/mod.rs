//! The computing side: two desks that share files and a device, each answering its messages in order, so that looking at something
//! does not wait for a study.

mod cache;
mod ground;
mod kept;
mod line;
mod zoo;

use std::cell::RefCell;
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedSender, unbounded};
use js_sys::{Array, Function};
use stitchscope_ui::Desk;
use stitchscope_ui::work::{Message, serve};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

use crate::browser::global;
use crate::wire::{Note, Word};
use ground::Memory;
use line::Line;

/// How notes leave.
pub type Tell = Rc<dyn Fn(Note)>;

/// Both desks.
pub struct Office {
    desks: [UnboundedSender<Message>; 2],
    ground: Rc<Memory>,
}

impl Office {
    /// Opens them. `files` names what is fetched of the zoo, as JSON: an address for each path.
    pub fn open(files: &str, tell: &Tell) -> Self {
        let ground = Rc::new(Memory::new(files, Rc::clone(tell)));
        let (senders, lines): (Vec<_>, Vec<_>) = (0..2)
            .map(|_| {
                let (sender, messages) = unbounded();
                (sender, Line::new(messages, Rc::clone(tell), Rc::clone(&ground)))
            })
            .unzip();
        let shared = Rc::clone(&ground);
        spawn_local(async move {
            // What was kept must be there before the first question about it.
            shared.recall().await;
            for line in lines {
                let ground = Rc::clone(&shared);
                spawn_local(async move { serve(&line, ground.as_ref()).await });
            }
        });
        let mut senders = senders.into_iter();
        let mut next = || senders.next().unwrap_or_else(|| unbounded().0);
        Self { desks: [next(), next()], ground }
    }

    /// Takes what the page says.
    pub fn take(&self, word: Word) {
        match word {
            Word::Message(desk, message) => {
                // A desk that is gone has ended with a panic, of which the page was told.
                let _ = self.desks[usize::from(desk == Desk::Looks)].unbounded_send(message);
            }
            Word::Given(place, file) => self.ground.given(place, file),
            Word::Clear => {
                let ground = Rc::clone(&self.ground);
                spawn_local(async move { ground.clear().await });
            }
        }
    }
}

thread_local! {
    static OFFICE: RefCell<Option<Office>> = const { RefCell::new(None) };
}

/// Starts the Worker. `files` as for [`Office::open`].
#[wasm_bindgen]
pub fn worker(files: &str) {
    std::panic::set_hook(Box::new(|info| crashed(&info.to_string())));
    let tell: Tell = Rc::new(|note: Note| match note.pack() {
        Ok(parcel) => post(&parcel.data, Some(&parcel.transfer)),
        Err(why) => crashed(&why),
    });
    OFFICE.set(Some(Office::open(files, &tell)));
}

/// Takes what the page posted to the Worker.
///
/// # Errors
/// What is wrong with it.
#[wasm_bindgen]
pub fn take(data: &JsValue) -> Result<(), JsValue> {
    let word = Word::unpack(data)?;
    OFFICE.with_borrow(|office| office.as_ref().map(|office| office.take(word)));
    Ok(())
}

fn crashed(why: &str) {
    post(&["crashed", why].into_iter().map(JsValue::from).collect::<Array>(), None);
}

fn post(data: &JsValue, transfer: Option<&JsValue>) {
    let nothing = Array::new();
    if let Some(post) = global::<Function>("postMessage") {
        // A page that is gone hears nothing.
        let _ = post.call2(&js_sys::global(), data, transfer.unwrap_or(&nothing));
    }
}
