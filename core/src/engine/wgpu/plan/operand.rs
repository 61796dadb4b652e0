//! What a value is before anything is computed: a stored tensor seen through a view, with functions applied to each element.

use super::view::View;
use crate::engine::wgpu::pointwise::expression;
use crate::ops::Op;
use crate::tensor::{DType, Tensor};

/// A tensor that exists as a whole: given, constant, or made by a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RootId(pub usize);

/// Where a root comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Argument of the run.
    Input(usize),
    /// Part of the graph.
    Constant(Tensor),
    /// Result of that group.
    Group(usize),
}

/// A stored tensor.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// Where it comes from.
    pub origin: Origin,
    /// Type of its elements as stored.
    pub dtype: DType,
    /// Number of its elements.
    pub count: usize,
}

/// A function of one element with everything else known.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    op: Op,
    /// Literals; `None` is the element.
    args: Vec<Option<String>>,
    types: Vec<DType>,
}

impl Function {
    /// `op` on literals and, where there is `None`, the element.
    pub(crate) fn new(op: &Op, args: Vec<Option<String>>, types: Vec<DType>) -> Self {
        Self { op: op.clone(), args, types }
    }

    /// The expression on a variable.
    pub(crate) fn of(&self, variable: &str) -> String {
        let args: Vec<String> = self.args.iter().map(|a| a.clone().unwrap_or_else(|| variable.to_owned())).collect();
        expression(&self.op, &args, &self.types).unwrap_or_default()
    }
}

/// A value: elements of a root, rearranged, each through some functions.
#[derive(Clone, Debug)]
pub(crate) struct Operand {
    /// The stored tensor.
    pub root: RootId,
    /// Where each element lies.
    pub view: View,
    /// Applied in order after loading.
    pub then: Vec<Function>,
}

impl Operand {
    /// A root as it is.
    pub(crate) fn plain(root: RootId, shape: &[usize]) -> Self {
        Self { root, view: View::dense(shape), then: Vec::new() }
    }

    /// The same through another view.
    pub(crate) fn through(&self, view: View) -> Self {
        Self { root: self.root, view, then: self.then.clone() }
    }

    /// Whether it is the stored tensor itself.
    pub(crate) fn is_plain(&self) -> bool {
        self.then.is_empty() && self.view.is_dense()
    }
}

/// An argument of a statement.
#[derive(Clone, Debug)]
pub(super) enum Term {
    /// A number written into the code.
    Literal(String),
    /// An element of a stored tensor.
    Operand(Operand),
}
