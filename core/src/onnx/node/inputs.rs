//! Inputs of a node, as tensors or as numbers known while reading.

use super::computed::computed;
use super::{NodeContext, NodeInput, SymbolicInt};
use crate::graph::ValueId;
use crate::onnx::OnnxError;
use crate::tensor::{Dim, Shape, Tensor};

impl<'a> NodeContext<'a> {
    /// Input `index` as the file has it. From now on it counts as read.
    #[must_use]
    pub fn given(&self, index: usize) -> Option<&'a NodeInput> {
        self.info.inputs_read.borrow_mut().insert(index);
        self.inputs.get(index)
    }

    /// Whether input `index` is there at all.
    #[must_use]
    pub fn has(&self, index: usize) -> bool {
        !matches!(self.inputs.get(index), None | Some(NodeInput::Absent))
    }

    /// Input `index` as a tensor of the graph; integers of the shape arithmetic become a constant when they are fixed.
    ///
    /// # Errors
    /// When the input is missing or depends on the batch.
    pub fn input(&mut self, index: usize) -> Result<ValueId, OnnxError> {
        match self.given(index) {
            Some(NodeInput::Value(value)) => Ok(*value),
            Some(NodeInput::Symbolic(_)) => {
                let ints = self.ints_input(index)?.unwrap_or_default();
                Ok(self.b.constant(Tensor::indices(&ints)))
            }
            Some(NodeInput::Absent) | None => Err(self.error(format!("input {index} is missing"))),
        }
    }

    /// Input `index`, if it is there.
    ///
    /// # Errors
    /// See [`NodeContext::input`].
    pub(crate) fn maybe(&mut self, index: usize) -> Result<Option<ValueId>, OnnxError> {
        match self.given(index) {
            Some(NodeInput::Absent) | None => Ok(None),
            Some(_) => self.input(index).map(Some),
        }
    }

    /// The integers of input `index`, if it is there: shape arithmetic or a constant.
    ///
    /// # Errors
    /// When they are known only at run time, or depend on the batch.
    pub(crate) fn ints_input(&self, index: usize) -> Result<Option<Vec<i64>>, OnnxError> {
        let Some(symbols) = self.symbols_input(index)? else {
            return Ok(None);
        };
        let fixed = symbols.iter().map(|s| (s.batch == 0).then_some(s.fixed)).collect::<Option<Vec<i64>>>();
        fixed
            .map(Some)
            .ok_or_else(|| self.error(format!("input {index} depends on the batch; export with a fixed one")))
    }

    /// The integers of input `index`, possibly depending on the batch, if it is there.
    ///
    /// # Errors
    /// When they are known only at run time.
    pub(crate) fn symbols_input(&self, index: usize) -> Result<Option<Vec<SymbolicInt>>, OnnxError> {
        match self.given(index) {
            Some(NodeInput::Absent) | None => Ok(None),
            Some(NodeInput::Symbolic(symbols)) => Ok(Some(symbols.clone())),
            Some(NodeInput::Value(value)) => {
                let tensor = computed(self.b.graph(), *value);
                let ints = tensor.as_ref().and_then(|tensor| tensor.as_i64().ok()).ok_or_else(|| {
                    self.error(format!("input {index} is known only at run time; export with constant shapes"))
                })?;
                Ok(Some(ints.iter().map(|i| SymbolicInt { batch: 0, fixed: *i }).collect()))
            }
        }
    }

    /// The numbers of input `index`, if it is there, which must be constant.
    ///
    /// # Errors
    /// When they are known only at run time.
    pub(crate) fn numbers_input(&self, index: usize) -> Result<Option<Vec<f64>>, OnnxError> {
        match self.given(index) {
            Some(NodeInput::Value(value)) => {
                let constant = computed(self.b.graph(), *value).map(|tensor| tensor.to_f64());
                constant.map(Some).ok_or_else(|| self.error(format!("input {index} must be constant")))
            }
            Some(NodeInput::Absent) | None => Ok(None),
            Some(NodeInput::Symbolic(_)) => Err(self.error(format!("input {index} must be numbers, is a shape"))),
        }
    }

    /// The dimensions of input `index`, all zero or larger.
    ///
    /// # Errors
    /// When they are missing, negative or known only at run time.
    pub(crate) fn dims_input(&self, index: usize) -> Result<Shape, OnnxError> {
        let symbols = self.symbols_input(index)?.ok_or_else(|| self.error(format!("input {index} is missing")))?;
        symbols.into_iter().map(|s| self.dim(s)).collect()
    }

    pub(super) fn dim(&self, symbol: SymbolicInt) -> Result<Dim, OnnxError> {
        match (usize::try_from(symbol.batch), usize::try_from(symbol.fixed)) {
            (Ok(batch), Ok(fixed)) => Ok(Dim { batch, fixed }),
            _ => Err(self.error(format!("{symbol} is not a size; a size is zero or larger"))),
        }
    }
}
