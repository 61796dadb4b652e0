//! Short ways to write readers of operators that are others in disguise.

use crate::graph::{Builder, GraphError};
use crate::onnx::{NodeContext, OnnxError};

impl NodeContext<'_> {
    /// Builds some steps; what the graph refuses is refused at this node.
    ///
    /// # Errors
    /// [`OnnxError::Node`].
    pub fn build<T>(&mut self, steps: impl FnOnce(&mut Builder) -> Result<T, GraphError>) -> Result<T, OnnxError> {
        steps(self.b).map_err(|e| self.wrap(e))
    }

    /// Integer attribute that counts something; `None` where it is left out or 0.
    ///
    /// # Errors
    /// When it is negative or no integer.
    pub fn count(&self, name: &str) -> Result<Option<usize>, OnnxError> {
        let value = self.int(name, 0)?;
        match usize::try_from(value) {
            Ok(0) => Ok(None),
            Ok(count) => Ok(Some(count)),
            Err(_) => Err(self.error(format!("attribute {name} must be 0 or larger, is {value}"))),
        }
    }
}
