//! The same graph in the form that ONNX Runtime's processor kernels run best.
//!
//! Its convolutions work on channels in blocks, and its optimiser keeps whole chains in that layout as long as it knows every
//! operator in them. Four things break the chain of a gradient; each has an equivalent that does not:
//!
//! - the mask of a rectifier, `Sign(Relu(x))`, becomes `HardSigmoid` with a slope so steep that every positive number gives 1;
//! - a value that starts in plain layout (spread from a pooled gradient, or woven by depth-to-space) passes a 1x1 average
//!   pool, which changes no number and is a place where the layout may change once instead of at every later node;
//! - a mean over rows and columns is the global average pool that the optimiser knows;
//! - an unknown batch size: sessions are specialised to the batch sizes that keep coming (see `sessions`).
//!
//! Measured on the input-gradient step of a CIFAR ResNet-20, batch 128: 59 changes of layout become 7.

use crate::graph::{Builder, Graph, GraphError, Node, ValueId, translate};
use crate::ops::Op;
use crate::ops::average_pool::AveragePool;
use crate::ops::hard_sigmoid::HardSigmoid;
use crate::tensor::{DType, TensorType};

/// Steep enough that the smallest normal f32 already gives 1.
const STEEP: f64 = 3e38;
/// The optimiser's smallest block of channels.
const BLOCK: usize = 8;

/// Images that keep the threads of one session busy.
pub(super) const FEW: usize = 16;

/// A tensor of this size is still in the processor's caches when the next node of a session on all threads reads it.
pub(super) const CACHED_BYTES: usize = 1 << 20;

/// How many images a run should hold so that activations take at most `bytes`; at least `least`, to keep its threads busy.
/// On the input-gradient step of a CIFAR ResNet-20, 16 images at a time take a fifth less time than 128.
#[must_use]
pub(super) fn images_in_cache(graph: &Graph, bytes: usize, least: usize) -> usize {
    let per_image = |ty: &TensorType| ty.elements().map_or(0, |count| count.batch * ty.dtype.bytes());
    let largest = graph.values().iter().map(|value| per_image(&value.ty)).max().unwrap_or(0);
    (bytes / largest.max(1)).clamp(least, 1024)
}

/// Rewrites for the processor.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(super) fn for_processor(graph: &Graph) -> Result<Graph, GraphError> {
    translate(graph, |b, node, inputs| match &node.op {
        Op::Sign(_) if is_rectified(b, inputs[0]) => {
            Ok(Some(b.apply(HardSigmoid { alpha: STEEP, beta: 0.0 }, inputs)?))
        }
        Op::Expand(_) | Op::DepthToSpace(_) => anchored(b, node, inputs),
        Op::ReduceMean(mean) if mean.axes == [2, 3] && b.ty(inputs[0]).rank() == 4 => {
            let pooled = b.global_average_pool(inputs[0])?;
            let shape = graph.ty(node.outputs[0]).shape.clone();
            Ok(Some(vec![b.reshape(pooled, &shape)?]))
        }
        _ => Ok(None),
    })
}

/// Whether a value is a rectifier's result in f32.
fn is_rectified(b: &Builder, value: ValueId) -> bool {
    let made_so = b.graph().producer(value).is_some_and(|p| matches!(p.op, Op::Relu(_)));
    made_so && b.ty(value).dtype == DType::F32
}

/// The node followed by a pool over single pixels, where its result is images with channels in whole blocks.
fn anchored(b: &mut Builder, node: &Node, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
    let raw = b.apply1(node.op.clone(), inputs)?;
    let ty = b.ty(raw);
    let channels = ty.shape.get(1).and_then(|d| d.known()).unwrap_or(0);
    if ty.rank() != 4 || ty.dtype != DType::F32 || channels == 0 || !channels.is_multiple_of(BLOCK) {
        return Ok(Some(vec![raw]));
    }
    let pool =
        AveragePool { kernel: [1, 1], strides: [1, 1], pads: [0; 4], ceil_mode: false, count_include_pad: false };
    Ok(Some(b.apply(pool, &[raw])?))
}
