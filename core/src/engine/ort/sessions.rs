//! One program, several sessions: one for any batch size, and specialised ones for the sizes that keep coming.
//!
//! With a known batch size ONNX Runtime plans memory once and sees that tensors of two chains have equal shapes, which its
//! layout optimiser needs (see `lowering`).

use std::cell::RefCell;
use std::collections::HashMap;

use ort::session::Session;

/// Runs of a batch size before it gets a session of its own: below, preparing one costs more than it saves.
const PATIENCE: usize = 2;
/// Specialised sessions kept; each holds its own copy of the weights.
const MOST: usize = 2;

/// Makes a session, specialised to a batch size if one is given.
pub type Make = dyn Fn(Option<usize>) -> Result<Session, String>;

/// The sessions of a program.
pub struct Sessions {
    any: RefCell<Session>,
    special: RefCell<HashMap<usize, Session>>,
    asked: RefCell<HashMap<usize, usize>>,
    make: Option<Box<Make>>,
}

impl Sessions {
    /// A session for any batch size; with `make` others follow as they pay.
    pub fn new(any: Session, make: Option<Box<Make>>) -> Self {
        Self { any: RefCell::new(any), special: RefCell::default(), asked: RefCell::default(), make }
    }

    /// Calls `run` with the best session for this batch size.
    pub fn with<T>(&self, batch: usize, run: impl FnOnce(&mut Session) -> T) -> T {
        self.prepare(batch);
        if let Some(session) = self.special.borrow_mut().get_mut(&batch) {
            return run(session);
        }
        run(&mut self.any.borrow_mut())
    }

    /// Specialises when this size has been asked for often enough.
    fn prepare(&self, batch: usize) {
        let Some(make) = &self.make else { return };
        let mut special = self.special.borrow_mut();
        let mut asked = self.asked.borrow_mut();
        let count = asked.entry(batch).or_insert(0);
        *count += 1;
        if *count <= PATIENCE || special.len() >= MOST || special.contains_key(&batch) {
            return;
        }
        // A session that cannot be made is no loss: the general one runs the same graph.
        if let Ok(session) = make(Some(batch)) {
            special.insert(batch, session);
        }
    }
}
