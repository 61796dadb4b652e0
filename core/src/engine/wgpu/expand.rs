//! Operators without a kernel of their own, in operators that have one.
//!
//! What this leaves is pointwise, layout, or an anchor of `kernels`. Layout operators cost nothing (see `plan/view.rs`), so whatever
//! can be said in reshapes and transposes is.

use crate::graph::{Builder, Graph, GraphError, Node, ValueId, translate};
use crate::ops::Op;
use crate::ops::batch_normalization::BatchNormalization;
use crate::ops::reduce_mean::ReduceMean;
use crate::tensor::Dim;

/// Rewrites `graph` until nothing changes: parts may have parts.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(super) fn expand(graph: &Graph) -> Result<Graph, GraphError> {
    let graph = translate(graph, parts)?;
    if graph.nodes().iter().any(|node| has_parts(&node.op)) { expand(&graph) } else { Ok(graph) }
}

const fn has_parts(op: &Op) -> bool {
    matches!(
        op,
        Op::BatchNormalization(_)
            | Op::GlobalAveragePool(_)
            | Op::GroupNormalization(_)
            | Op::InstanceNormalization(_)
            | Op::LayerNormalization(_)
            | Op::Resize(_)
            | Op::SpaceToDepth(_)
            | Op::DepthToSpace(_)
            | Op::Stitch(_)
    )
}

fn parts(b: &mut Builder, node: &Node, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
    match &node.op {
        Op::BatchNormalization(op) => Ok(Some(vec![normalization(b, op, inputs)?])),
        Op::GlobalAveragePool(_) => {
            let axes = (2..b.ty(inputs[0]).rank()).collect();
            Ok(Some(b.apply(ReduceMean { axes, keep_dims: true }, inputs)?))
        }
        Op::MatMul(_) => spread(b, inputs),
        op if has_parts(op) => op.rules().parts(b, inputs),
        _ => Ok(None),
    }
}

/// The product with both sides repeated to the same batch, where neither has it all and both have a part.
fn spread(b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
    let product = b.matmul(inputs[0], inputs[1])?;
    let lead = b.ty(product).shape[..b.ty(product).rank() - 2].to_vec();
    let fits = |b: &Builder, value: ValueId| {
        let shape = &b.ty(value).shape;
        let own = &shape[..shape.len() - 2];
        own == lead || own.iter().all(|dim| *dim == Dim::ONE)
    };
    if inputs.iter().all(|input| fits(b, *input)) {
        return Ok(None);
    }
    let mut wide = Vec::with_capacity(2);
    for input in inputs {
        let shape = &b.ty(*input).shape;
        let whole: Vec<Dim> = lead.iter().chain(&shape[shape.len() - 2..]).copied().collect();
        wide.push(b.expand(*input, &whole)?);
    }
    Ok(Some(vec![b.matmul(wide[0], wide[1])?]))
}

/// `x * factor + (bias - mean * factor)`, both per channel and of given statistics.
fn normalization(b: &mut Builder, op: &BatchNormalization, inputs: &[ValueId]) -> Result<ValueId, GraphError> {
    let &[x, scale, bias, mean, variance] = inputs else {
        return Err(GraphError::Mismatch {
            what: "BatchNormalization".to_owned(),
            expected: "5 arguments".to_owned(),
            found: inputs.len().to_string(),
        });
    };
    let rank = b.ty(x).rank();
    let mut shape = vec![Dim::ONE; rank - 1];
    shape[0] = b.ty(x).shape[1];
    let column = |b: &mut Builder, v: ValueId| b.reshape(v, &shape);
    let guarded = b.shift(variance, f64::from(op.epsilon))?;
    let root = b.sqrt(guarded)?;
    let factor = b.div(scale, root)?;
    let (factor, mean, bias) = (column(b, factor)?, column(b, mean)?, column(b, bias)?);
    let centred = b.sub(x, mean)?;
    let scaled = b.mul(centred, factor)?;
    b.add(scaled, bias)
}
