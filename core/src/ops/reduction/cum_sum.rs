//! CumSum and CumProd: sums and products of all that lies before, read as those with itself, moved by 1, 2, 4 ... positions.
//! <https://onnx.ai/onnx/operators/onnx__CumSum.html>

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::add::Add;
use crate::ops::mul::Mul;
use crate::ops::{Import, Op};
use crate::tensor::Dim;

/// Longest axis that is read.
const LONGEST: usize = 1 << 20;

/// Readers of `CumSum` and `CumProd` nodes: the axis is input 1.
pub const ONNX: &[Import] = &[("CumSum", |n| read(n, 0.0, &Add.into())), ("CumProd", |n| read(n, 1.0, &Mul.into()))];

/// `neutral` changes no result of `op`.
fn read(n: &mut NodeContext<'_>, neutral: f32, op: &Op) -> Result<Vec<ValueId>, OnnxError> {
    let ty = n.ty(0)?;
    let given = n.ints_input(1)?.and_then(|axis| axis.first().copied());
    let axis = n.axis(given.ok_or_else(|| n.error("its axis is missing"))?, ty.rank())?;
    let (exclusive, reverse) = (n.int("exclusive", 0)? != 0, n.int("reverse", 0)? != 0);
    let dim = ty.shape[axis];
    let size = dim.known().filter(|size| *size <= LONGEST);
    let size = size.ok_or_else(|| n.error(format!("an axis of {dim} positions cannot be summed up")))?;
    let mut value = n.input(0)?;
    if exclusive {
        value = moved(n.b, value, axis, (size, 1), (reverse, neutral)).map_err(|e| n.wrap(e))?;
    }
    let mut step = 1;
    while step < size {
        let other = moved(n.b, value, axis, (size, step), (reverse, neutral)).map_err(|e| n.wrap(e))?;
        value = n.b.apply1(op.clone(), &[value, other]).map_err(|e| n.wrap(e))?;
        step *= 2;
    }
    Ok(vec![value])
}

/// Every position's element `step` later (earlier with `back`); `fill` comes in.
fn moved(
    b: &mut Builder,
    value: ValueId,
    axis: usize,
    (size, step): (usize, usize),
    (back, fill): (bool, f32),
) -> Result<ValueId, GraphError> {
    let (step, none) = (step.min(size), Dim::fixed(0));
    let kept = Dim::fixed(size - step);
    let start = if back { Dim::fixed(step) } else { none };
    let part = b.slice(value, axis, start, kept)?;
    let mut before = vec![none; b.ty(part).rank()];
    let mut after = before.clone();
    if back {
        after[axis] = Dim::fixed(step);
    } else {
        before[axis] = Dim::fixed(step);
    }
    b.pad(part, &before, &after, fill)
}
