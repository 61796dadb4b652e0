//! What a file declares of its inputs, and what we make of it.

use crate::onnx::proto::{Dimension, DimensionProto, GraphProto, TensorTypeProto};
use crate::onnx::{OnnxError, dtype_of};
use crate::tensor::{DType, Dim, TensorType};

/// The first dimension of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Batch {
    /// Any number of images.
    Symbolic,
    /// So many images.
    Fixed(usize),
}

/// An input that is no weight.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub name: String,
    pub batch: Batch,
    tensor: TensorTypeProto,
}

/// An input as it enters the graph.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub name: String,
    pub ty: TensorType,
}

/// The inputs that a caller must give: older exporters list the weights among the inputs too.
///
/// # Errors
/// When an input has no tensor type.
pub(super) fn declared(graph: &GraphProto) -> Result<Vec<Declared>, OnnxError> {
    let weights: std::collections::HashSet<&str> = graph.initializer.iter().map(|i| i.name.as_str()).collect();
    graph
        .input
        .iter()
        .filter(|input| !weights.contains(input.name.as_str()))
        .map(|input| {
            let ty = input.r#type.as_ref().and_then(|t| t.tensor_type.clone());
            let tensor = ty.filter(|t| t.shape.is_some()).ok_or_else(|| {
                OnnxError::Graph(format!("input `{}` has no tensor shape; export the model with one", input.name))
            })?;
            let first = tensor.shape.as_ref().and_then(|s| s.dim.first());
            let batch = first.and_then(size).map_or(Batch::Symbolic, Batch::Fixed);
            Ok(Declared { name: input.name.clone(), batch, tensor })
        })
        .collect()
}

/// An image: real numbers with at least one dimension besides the batch.
pub(super) fn check_image(image: &Declared) -> Result<(), OnnxError> {
    let name = &image.name;
    let dtype = dtype_of(i64::from(image.tensor.elem_type));
    if !dtype.is_some_and(DType::is_real) {
        return Err(OnnxError::Graph(format!(
            "input `{name}` holds elements of ONNX type {}; an image must be floats, so export with float32 input",
            image.tensor.elem_type
        )));
    }
    let rank = image.dims().len();
    if rank < 2 {
        return Err(OnnxError::Graph(format!(
            "input `{name}` has {rank} dimensions; an image input is [batch, channels, height, width]"
        )));
    }
    Ok(())
}

impl Declared {
    fn dims(&self) -> &[DimensionProto] {
        self.tensor.shape.as_ref().map_or(&[], |s| &s.dim)
    }

    fn dtype(&self) -> Result<DType, OnnxError> {
        let code = self.tensor.elem_type;
        dtype_of(i64::from(code)).ok_or_else(|| {
            OnnxError::Graph(format!("input `{}` holds elements of unsupported ONNX type {code}", self.name))
        })
    }

    /// With `batch` as its first dimension; all others must be numbers.
    pub(super) fn typed(&self, batch: Dim) -> Result<Typed, OnnxError> {
        let mut shape = vec![batch];
        for (axis, dim) in self.dims().iter().enumerate().skip(1) {
            let known = size(dim).ok_or_else(|| {
                let shown = match &dim.value {
                    Some(Dimension::Param(name)) => format!(" (`{name}`)"),
                    _ => String::new(),
                };
                OnnxError::Graph(format!(
                    "input `{}`: dimension {axis}{shown} has no fixed size; only the batch may vary, so export with a fixed \
                     image size or fix it with onnxruntime.tools.make_dynamic_shape_fixed",
                    self.name
                ))
            })?;
            shape.push(Dim::fixed(known));
        }
        Ok(Typed { name: self.name.clone(), ty: TensorType { dtype: self.dtype()?, shape } })
    }

    /// With symbolic dimensions as our own writer spells them.
    pub(super) fn as_written(&self) -> Result<Typed, OnnxError> {
        let dim = |dim: &DimensionProto| match &dim.value {
            Some(Dimension::Param(text)) => parse(text).ok_or_else(|| {
                OnnxError::Graph(format!("input `{}`: `{text}` is no dimension of ours, such as N or 2N+1", self.name))
            }),
            _ => Ok(size(dim).map_or(Dim::BATCH, Dim::fixed)),
        };
        let shape = self.dims().iter().map(dim).collect::<Result<Vec<_>, _>>()?;
        Ok(Typed { name: self.name.clone(), ty: TensorType { dtype: self.dtype()?, shape } })
    }
}

/// The size, if it is a number above 0; exporters write 0 or -1 for "any".
fn size(dim: &DimensionProto) -> Option<usize> {
    match dim.value {
        Some(Dimension::Value(value)) => usize::try_from(value).ok().filter(|v| *v > 0),
        Some(Dimension::Param(_)) | None => None,
    }
}

/// Reads `N`, `3N`, `N+1`, `3N+1`.
fn parse(text: &str) -> Option<Dim> {
    let (factor, rest) = text.split_once('N')?;
    let batch = if factor.is_empty() { 1 } else { factor.parse().ok()? };
    let fixed = if rest.is_empty() { 0 } else { rest.strip_prefix('+')?.parse().ok()? };
    Some(Dim { batch, fixed })
}
