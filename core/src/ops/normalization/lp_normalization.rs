//! LpNormalization: vectors along an axis divided by their length, read as its parts; a vector of zeros stays.
//! <https://onnx.ai/onnx/operators/onnx__LpNormalization.html>

use crate::ops::Import;
use crate::ops::div::Div;
use crate::ops::equal::Equal;
use crate::ops::reduce_l2::ReduceL2;

/// Reader of `LpNormalization` nodes.
pub const ONNX: &[Import] = &[("LpNormalization", |n| {
    let rank = n.ty(0)?.rank();
    let axes = vec![n.axis(n.int("axis", -1)?, rank)?];
    let x = n.input(0)?;
    let length = match n.int("p", 2)? {
        2 => n.b.apply1(ReduceL2 { axes, keep_dims: true }, &[x]),
        1 => n.b.abs(x).and_then(|sizes| n.b.reduce_sum(sizes, &axes, true)),
        other => return Err(n.error(format!("p must be 1 or 2, is {other}"))),
    };
    let length = length.map_err(|e| n.wrap(e))?;
    let (zero, one) = (n.b.scalar_like(0.0, x), n.b.scalar_like(1.0, x));
    let none = n.b.apply1(Equal, &[length, zero]).map_err(|e| n.wrap(e))?;
    let divisor = n.b.select(none, one, length).map_err(|e| n.wrap(e))?;
    n.apply_to(Div, &[x, divisor])
})];
