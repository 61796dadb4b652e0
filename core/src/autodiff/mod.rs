//! Reverse-mode differentiation, graph to graph.
//!
//! [`gradients`] appends to a builder the nodes that compute the derivative of one value by others. Operators bring their
//! own rules ([`OpRules::backward`](crate::ops::OpRules::backward)); none is named here. The rules are written in ordinary
//! operators, so a gradient can be differentiated again. Nothing flows to values that do not depend on what is asked for:
//! frozen weights get no gradient.

mod reverse;

pub use reverse::gradients;
pub(crate) use reverse::gradients_with;
