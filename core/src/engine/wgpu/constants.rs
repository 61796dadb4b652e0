//! Weights on the device, each uploaded once however many programs use it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;

use super::device::{Device, Storage};
use super::plan::Weights;
use crate::engine::EngineError;
use crate::tensor::{Data, Tensor};

/// Where a tensor's elements lie in memory, and how they are rearranged.
type Key = (usize, String);

/// What was uploaded and is still in use. The tensors are kept, so that no other can take their place in memory.
#[derive(Default)]
pub(super) struct Constants {
    known: RefCell<HashMap<Key, (Weak<Storage>, Tensor)>>,
}

impl Constants {
    /// The words of `weights` on `device`.
    ///
    /// # Errors
    /// [`EngineError::Range`] for integers beyond 32 bits, or what the device reports.
    pub(super) fn of(&self, device: &Rc<Device>, weights: &Weights) -> Result<Rc<Storage>, EngineError> {
        let key = (address(&weights.source), weights.form.clone());
        if let Some(storage) = self.known.borrow().get(&key).and_then(|(weak, _)| weak.upgrade()) {
            return Ok(storage);
        }
        let words = (weights.words)(&weights.source)?;
        let storage = Rc::new(device.buffer_with(&words)?);
        let mut known = self.known.borrow_mut();
        known.retain(|_, (weak, _)| weak.strong_count() > 0);
        known.insert(key, (Rc::downgrade(&storage), weights.source.clone()));
        Ok(storage)
    }
}

fn address(tensor: &Tensor) -> usize {
    match tensor.data() {
        Data::F32(values) => Arc::as_ptr(values).addr(),
        Data::F64(values) => Arc::as_ptr(values).addr(),
        Data::I64(values) => Arc::as_ptr(values).addr(),
        Data::Bool(values) => Arc::as_ptr(values).addr(),
    }
}
