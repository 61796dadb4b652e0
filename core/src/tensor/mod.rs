//! What flows along the edges of a graph: element types, dimensions with a symbolic batch, and host tensors.

mod array;
mod dim;
mod host;
mod tolerance;
mod types;

pub use array::Array;
pub(crate) use dim::fixed_shape;
pub use dim::{Dim, Shape, show_shape};
pub use host::{Data, Tensor, TensorError};
pub use tolerance::{Tolerance, relative_error};
pub use types::{DType, TensorType};
