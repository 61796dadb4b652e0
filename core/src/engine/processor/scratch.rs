//! Memory that is used again within a run: what was read last is written next, while it is still in the cache.

use std::sync::Arc;

use super::value::Value;
use crate::tensor::Data;

/// Cells behind a field, which a tile's last vector may look at.
const SLACK: usize = 16;
/// Lists kept at most.
const KEPT: usize = 32;
/// Lists shorter than this are not worth the search.
const SHORT: usize = 256;

/// What one lane has at hand.
#[derive(Default)]
pub(super) struct Scratch {
    free: Vec<Vec<f32>>,
    field: Vec<f32>,
}

impl Scratch {
    /// So many numbers, whatever they are.
    pub(super) fn take(&mut self, len: usize) -> Vec<f32> {
        let fits = |list: &Vec<f32>| list.capacity() >= len && list.capacity() / 2 <= len;
        if len >= SHORT
            && let Some(place) = self.free.iter().rposition(fits)
        {
            let mut list = self.free.remove(place);
            list.resize(len, 0.0);
            return list;
        }
        vec![0.0; len]
    }

    /// Takes back what nobody else holds.
    pub(super) fn give(&mut self, value: Value) {
        if let Value::Single(tensor) = value
            && let Data::F32(list) = tensor.into_data()
            && let Ok(list) = Arc::try_unwrap(list)
            && list.len() >= SHORT
        {
            if self.free.len() >= KEPT {
                self.free.remove(0);
            }
            self.free.push(list);
        }
    }

    /// A field of so many cells, whatever they are, and more behind it.
    pub(super) fn field(&mut self, len: usize) -> &mut [f32] {
        let len = len + SLACK;
        if self.field.len() < len {
            self.field.resize(len, 0.0);
        }
        &mut self.field[..len]
    }
}
