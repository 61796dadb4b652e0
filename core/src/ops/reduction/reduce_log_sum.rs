//! ReduceLogSum and ReduceLogSumExp: the logarithm of a sum, read as their parts.
//! <https://onnx.ai/onnx/operators/onnx__ReduceLogSumExp.html>

use crate::ops::Import;
use crate::ops::add::Add;
use crate::ops::log::Log;

/// Readers of `ReduceLogSum` and `ReduceLogSumExp` nodes. Of exponentials the largest is taken out first, so that none overflows.
pub const ONNX: &[Import] = &[
    ("ReduceLogSum", |n| {
        let (axes, keep_dims) = n.reduction()?;
        let x = n.input(0)?;
        let sum = n.b.reduce_sum(x, &axes, keep_dims).map_err(|e| n.wrap(e))?;
        n.apply_to(Log, &[sum])
    }),
    ("ReduceLogSumExp", |n| {
        let (axes, keep_dims) = n.reduction()?;
        let x = n.input(0)?;
        let top = n.b.reduce_max(x, &axes, true).map_err(|e| n.wrap(e))?;
        // Infinite maxima would make the difference NaN.
        let top = n.b.clip(top, f64::from(f32::MIN), f64::from(f32::MAX)).map_err(|e| n.wrap(e))?;
        let below = n.b.sub(x, top).map_err(|e| n.wrap(e))?;
        let powers = n.b.exp(below).map_err(|e| n.wrap(e))?;
        let sum = n.b.reduce_sum(powers, &axes, keep_dims).map_err(|e| n.wrap(e))?;
        let logarithm = n.b.log(sum).map_err(|e| n.wrap(e))?;
        let shape = n.b.ty(logarithm).shape.clone();
        let top = n.b.reshape(top, &shape).map_err(|e| n.wrap(e))?;
        n.apply_to(Add, &[logarithm, top])
    }),
];
