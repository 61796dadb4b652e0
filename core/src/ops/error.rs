//! An operator's complaint about its arguments; the graph adds which node it was.

use crate::tensor::DType;

/// Why an operator cannot take its arguments.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpError {
    /// Wrong number of arguments.
    #[error("takes {expected} inputs, was given {found}")]
    Arity {
        /// What it takes, in words.
        expected: String,
        /// What it got.
        found: usize,
    },
    /// Wrong element type.
    #[error("input {index} must hold {expected} elements, holds {found}")]
    Elements {
        /// Which argument, from 0.
        index: usize,
        /// Allowed types, in words.
        expected: &'static str,
        /// What it got.
        found: DType,
    },
    /// Shapes that do not fit the operator or each other.
    #[error("{0}")]
    Shape(String),
    /// A setting that is outside what we compute.
    #[error("{0}")]
    Unsupported(String),
}

impl OpError {
    /// A complaint about shapes.
    pub(crate) fn shape(message: impl Into<String>) -> Self {
        Self::Shape(message.into())
    }
}
