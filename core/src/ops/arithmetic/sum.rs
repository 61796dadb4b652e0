//! Sum and Mean of any number of tensors, broadcast, read as sums of two. <https://onnx.ai/onnx/operators/onnx__Sum.html>

use crate::ops::Import;
use crate::ops::add::Add;
use crate::ops::div::Div;
use crate::ops::family::binary;

/// Readers of `Sum` and `Mean` nodes.
pub const ONNX: &[Import] = &[
    ("Sum", |n| Ok(vec![binary::chain(n, &Add.into())?])),
    ("Mean", |n| {
        let sum = binary::chain_unnamed(n, &Add.into())?;
        #[expect(clippy::cast_precision_loss, reason = "counts of inputs")]
        let count = n.b.scalar_like(n.inputs.len() as f64, sum);
        n.apply_to(Div, &[sum, count])
    }),
];
