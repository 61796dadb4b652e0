//! IsInf: whether an element is infinite, of either sign or of one. Read as a comparison.
//! <https://onnx.ai/onnx/operators/onnx__IsInf.html>

use crate::ops::Import;
use crate::ops::equal::Equal;

/// Reader of `IsInf` nodes.
pub const ONNX: &[Import] = &[("IsInf", |n| {
    let (low, high) = (n.int("detect_negative", 1)? != 0, n.int("detect_positive", 1)? != 0);
    let mut x = n.input(0)?;
    let infinity = match (low, high) {
        (true, true) => {
            x = n.b.abs(x).map_err(|e| n.wrap(e))?;
            f64::INFINITY
        }
        (false, true) => f64::INFINITY,
        (true, false) => f64::NEG_INFINITY,
        (false, false) => return Err(n.error("it looks for no infinity at all")),
    };
    let infinity = n.b.scalar_like(infinity, x);
    n.apply_to(Equal, &[x, infinity])
})];
