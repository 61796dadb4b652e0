//! One graph, several sessions: one for any batch size, and specialised ones for the sizes that keep coming.
//!
//! With a known batch size ONNX Runtime plans memory once and sees that tensors of two chains have equal shapes, which its
//! layout optimiser needs (see `lowering`).

use std::collections::HashMap;
use std::sync::Arc;

use ort::session::Session;

use super::device_error;
use crate::engine::EngineError;

/// Runs of a batch size before it gets a session of its own: below, preparing one costs more than it saves.
const PATIENCE: usize = 2;
/// Specialised sessions kept beside the general one.
const MOST: usize = 2;
/// Copies of the weights that the sessions of a graph hold at most: each has its own.
pub(super) const COPIES: usize = MOST + 1;

/// Bytes of weights from which a graph has one specialised session at most, and while one size comes no other: each holds its own copy,
/// and one more in the layout of its kernels.
const HEAVY: usize = 64 << 20;

/// Makes a session, specialised to a batch size if one is given.
pub(super) type Make = dyn Fn(Option<usize>) -> Result<Session, String> + Send + Sync;

/// The sessions of a graph, made as they are needed.
pub(super) struct Sessions {
    any: Option<Session>,
    special: HashMap<usize, Session>,
    asked: HashMap<usize, usize>,
    make: Arc<Make>,
    /// Whether sessions for one batch size are of use: the graph depends on it.
    depends: bool,
    /// Whether the weights are too large for many sessions.
    heavy: bool,
}

impl Sessions {
    /// No session yet of a graph with so many bytes of weights.
    pub(super) fn new(make: Arc<Make>, depends: bool, weights: usize) -> Self {
        Self { any: None, special: HashMap::new(), asked: HashMap::new(), make, depends, heavy: weights >= HEAVY }
    }

    /// The session for any batch size.
    ///
    /// # Errors
    /// [`EngineError::Device`] when ONNX Runtime refuses the graph.
    pub(super) fn any(&mut self) -> Result<&mut Session, EngineError> {
        general(&mut self.any, &self.make)
    }

    /// The best session for this batch size.
    ///
    /// # Errors
    /// As [`Self::any`].
    pub(super) fn best(&mut self, batch: usize) -> Result<&mut Session, EngineError> {
        self.prepare(batch);
        match self.special.get_mut(&batch) {
            Some(session) => Ok(session),
            None => general(&mut self.any, &self.make),
        }
    }

    /// Specialises when this size has been asked for often enough.
    fn prepare(&mut self, batch: usize) {
        let count = self.asked.entry(batch).or_insert(0);
        *count += 1;
        let most = if self.heavy { 1 } else { MOST };
        if !self.depends || *count <= PATIENCE || self.special.len() >= most || self.special.contains_key(&batch) {
            return;
        }
        if self.heavy {
            // Made again should another size come.
            self.any = None;
        }
        // A session that cannot be made is no loss: the general one runs the same graph.
        if let Ok(session) = (self.make)(Some(batch)) {
            self.special.insert(batch, session);
        }
    }
}

/// The session in `place`, made if there is none yet.
fn general<'a>(place: &'a mut Option<Session>, make: &Arc<Make>) -> Result<&'a mut Session, EngineError> {
    let session = match place.take() {
        Some(session) => session,
        None => make(None).map_err(|why| device_error("preparing a program", why))?,
    };
    Ok(place.insert(session))
}
