//! What can be wrong with a graph, said with the place.

use crate::ops::OpError;

/// A graph that cannot be built, typed or differentiated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// An operator refuses its arguments.
    #[error("node `{node}` ({op}): {source}")]
    Op {
        /// Name of the node.
        node: String,
        /// Operator.
        op: &'static str,
        /// Its complaint.
        source: OpError,
    },
    /// A result that no machine holds.
    #[error(
        "node `{node}` ({op}): its result would be {result}, more than any machine holds; the file is damaged, or export it with other sizes"
    )]
    TooLarge {
        /// Name of the node.
        node: String,
        /// Operator.
        op: &'static str,
        /// Type of the result.
        result: String,
    },
    /// A gradient was asked through an operator that has none.
    #[error("node `{node}` ({op}) has no derivative: {why}")]
    NoDerivative {
        /// Name of the node.
        node: String,
        /// Operator.
        op: &'static str,
        /// The operator's own reason.
        why: &'static str,
    },
    /// A pass or caller named something that is not there.
    #[error("the graph has no {what} named `{name}`")]
    Missing {
        /// Input, output or value.
        what: &'static str,
        /// The name asked for.
        name: String,
    },
    /// Two types that must agree do not.
    #[error("{what}: expected {expected}, found {found}")]
    Mismatch {
        /// Where.
        what: String,
        /// The type that is needed.
        expected: String,
        /// The type that is there.
        found: String,
    },
}
