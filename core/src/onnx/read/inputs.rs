//! What a file declares of its inputs, and what we make of it.

use super::interface::{Interface, Layout};
use crate::onnx::proto::{Dimension, DimensionProto, GraphProto, NodeProto, TensorTypeProto, TypeProto, data_type};
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
            let tensor =
                ty.filter(|t| t.shape.is_some()).ok_or_else(|| no_tensor(&input.name, input.r#type.as_ref()))?;
            let first = tensor.shape.as_ref().and_then(|s| s.dim.first());
            let batch = first.and_then(size).map_or(Batch::Symbolic, Batch::Fixed);
            Ok(Declared { name: input.name.clone(), batch, tensor })
        })
        .collect()
}

/// Names of the inputs that a caller must give.
pub(super) fn names(graph: &GraphProto) -> Vec<String> {
    let weights: std::collections::HashSet<&str> = graph.initializer.iter().map(|i| i.name.as_str()).collect();
    let names = graph.input.iter().map(|input| &input.name);
    names.filter(|name| !weights.contains(name.as_str())).cloned().collect()
}

/// The one input of an image classifier.
///
/// # Errors
/// When there are more or fewer, or it is no batch of images.
pub(super) fn image(graph: &GraphProto, file: &str) -> Result<Declared, OnnxError> {
    let mut declared = declared(graph)?;
    match (declared.pop(), declared.is_empty()) {
        (Some(image), true) => check_image(graph, image),
        (last, _) => {
            declared.extend(last);
            let names: Vec<&str> = declared.iter().map(|d| d.name.as_str()).collect();
            Err(OnnxError::Graph(format!(
                "{file} has {} inputs ({}); an image classifier has one, so export it with the image as its only input",
                names.len(),
                names.join(", ")
            )))
        }
    }
}

fn no_tensor(name: &str, ty: Option<&TypeProto>) -> OnnxError {
    let kind = match ty {
        Some(ty) if ty.sequence_type.is_some() => "a sequence",
        Some(ty) if ty.optional_type.is_some() => "an optional",
        Some(ty) if ty.map_type.is_some() => "a map",
        _ => {
            return OnnxError::Graph(format!("input `{name}` has no tensor shape; export the model with one"));
        }
    };
    OnnxError::Graph(format!(
        "input `{name}` is {kind}, not a tensor; export the network with one tensor of images as its only input"
    ))
}

/// An image: numbers with at least one dimension besides the batch.
fn check_image(graph: &GraphProto, image: Declared) -> Result<Declared, OnnxError> {
    let (name, code) = (&image.name, image.tensor.elem_type);
    let real = dtype_of(i64::from(code)).is_some_and(DType::is_real);
    let usable = real || image.bytes() && cast_first(graph, name);
    if !usable {
        return Err(OnnxError::Graph(format!(
            "input `{name}` holds {}; an image must be floats, or uint8 that a Cast or DequantizeLinear turns into floats first, so export \
             with float32 input",
            element_type(code)
        )));
    }
    let rank = image.dims().len();
    if rank < 2 {
        return Err(OnnxError::Graph(format!(
            "input `{name}` has {rank} dimensions; an image input is [batch, channels, height, width]"
        )));
    }
    Ok(image)
}

/// An element type under its name.
fn element_type(code: i32) -> String {
    const NAMES: [&str; 17] = [
        "undefined",
        "float",
        "uint8",
        "int8",
        "uint16",
        "int16",
        "int32",
        "int64",
        "string",
        "bool",
        "float16",
        "double",
        "uint32",
        "uint64",
        "complex64",
        "complex128",
        "bfloat16",
    ];
    let name = usize::try_from(code).ok().and_then(|code| NAMES.get(code));
    name.map_or_else(|| format!("elements of ONNX type {code}"), |name| format!("{name} elements"))
}

/// Whether every way from the input leads to a `Cast` to floats before anything is computed.
fn cast_first(graph: &GraphProto, input: &str) -> bool {
    const MOVING: &[&str] = &["Transpose", "Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten"];
    let casts = |node: &NodeProto| {
        let to = node.attribute.iter().find(|a| a.name == "to").and_then(|a| a.i).unwrap_or(0);
        node.op_type == "DequantizeLinear" || node.op_type == "Cast" && dtype_of(to).is_some_and(DType::is_real)
    };
    let mut open = vec![input];
    // An acyclic graph is left after as many steps as it has nodes.
    for _ in 0..=graph.node.len() {
        let Some(value) = open.pop() else { return true };
        for node in graph.node.iter().filter(|node| node.input.iter().any(|i| i == value) && !casts(node)) {
            if !MOVING.contains(&node.op_type.as_str()) {
                return false;
            }
            open.extend(node.output.iter().map(String::as_str));
        }
    }
    false
}

impl Declared {
    fn dims(&self) -> &[DimensionProto] {
        self.tensor.shape.as_ref().map_or(&[], |s| &s.dim)
    }

    /// The three dimensions behind the batch, where there are as many; `None` within for open ones.
    pub(super) fn four_axes(&self) -> Option<[Option<usize>; 3]> {
        match self.dims() {
            [_, a, b, c] => Some([size(a), size(b), size(c)]),
            _ => None,
        }
    }

    /// `image [N, height, width, 3]`.
    pub(super) fn shown(&self) -> String {
        let dims = self.dims().iter().map(|dim| match (&dim.value, size(dim)) {
            (_, Some(size)) => size.to_string(),
            (Some(Dimension::Param(name)), None) => name.clone(),
            _ => "?".to_owned(),
        });
        format!("`{}` [{}]", self.name, dims.collect::<Vec<_>>().join(", "))
    }

    /// Whether it holds whole numbers from 0 to 255.
    pub(super) const fn bytes(&self) -> bool {
        self.tensor.elem_type == data_type::UINT8
    }

    fn dtype(&self) -> Result<DType, OnnxError> {
        let code = self.tensor.elem_type;
        dtype_of(i64::from(code)).ok_or_else(|| {
            OnnxError::Graph(format!("input `{}` holds elements of unsupported ONNX type {code}", self.name))
        })
    }

    /// The dimensions behind the batch: the file's, and what it leaves open from `asked`.
    ///
    /// # Errors
    /// [`OnnxError::Open`] when a dimension stays open; [`OnnxError::Graph`] when the file fixes another size than the one asked for.
    pub(super) fn sizes(&self, asked: &Interface, layout: Layout) -> Result<Vec<usize>, OnnxError> {
        let open = self.dims().get(1..).unwrap_or_default();
        let filling = filling(asked, open.len(), layout);
        let mut sizes = Vec::with_capacity(open.len());
        for (index, dim) in open.iter().enumerate() {
            let (given, insists) = filling.get(index).copied().unwrap_or_default();
            match (size(dim), given) {
                (Some(fixed), Some(given)) if insists && fixed != given => {
                    return Err(OnnxError::Graph(format!(
                        "the recipe's size wants {given} where the input {} has {fixed}; leave size out",
                        self.shown()
                    )));
                }
                (Some(known), _) | (None, Some(known)) => sizes.push(known),
                (None, None) => return Err(OnnxError::Open { input: self.shown(), axis: index + 1 }),
            }
        }
        Ok(sizes)
    }

    /// With `batch` as its first dimension and these behind it. Bytes enter as f32: the Cast behind them changes nothing then.
    pub(super) fn typed(&self, batch: Dim, sizes: &[usize]) -> Result<Typed, OnnxError> {
        let shape = std::iter::once(batch).chain(sizes.iter().copied().map(Dim::fixed)).collect();
        let dtype = if self.bytes() { DType::F32 } else { self.dtype()? };
        Ok(Typed { name: self.name.clone(), ty: TensorType { dtype, shape } })
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

/// Per dimension behind the batch: what fills it where it is open, and whether a fixed one must be equal.
fn filling(asked: &Interface, rank: usize, layout: Layout) -> Vec<(Option<usize>, bool)> {
    let images = asked.images;
    let channels = (images.map(|[c, ..]| c), false);
    let side = |index: usize| match asked.size {
        Some(size) => (Some(size[index]), true),
        None => (images.map(|image| image[index + 1]), false),
    };
    match (rank, layout) {
        (3, Layout::ChannelsFirst) => vec![channels, side(0), side(1)],
        (3, Layout::ChannelsLast) => vec![side(0), side(1), channels],
        (2, _) => vec![side(0), side(1)],
        (1, _) => vec![(images.and_then(|[c, h, w]| c.checked_mul(h)?.checked_mul(w)), false)],
        _ => Vec::new(),
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
