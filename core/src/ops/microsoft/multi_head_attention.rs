//! Attention and MultiHeadAttention of `com.microsoft`, as ONNX Runtime's optimiser writes them for transformers.
//! <https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md>
//!
//! Shapes: tokens [images, tokens, features]; the result [images, tokens, heads * values].

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;
use crate::ops::family::args;
use crate::ops::family::attention::{Attention, Bias, join_heads, split_heads};
use crate::ops::reshape::Reshape;
use crate::tensor::Dim;

/// Readers of both.
pub const ONNX: &[Import] = &[
    ("com.microsoft.Attention", |n| {
        plain(n, &[(3, "a mask"), (4, "a past"), (6, "a past")])?;
        let (x, w, bias) = (n.input(0)?, n.input(1)?, n.maybe(2)?);
        let all = n.build(|b| {
            let product = b.matmul(x, w)?;
            bias.map_or(Ok(product), |bias| b.add(product, bias))
        })?;
        let widths = widths(n, all)?;
        let mut start = 0;
        let mut parts = Vec::new();
        for width in widths {
            parts.push(n.build(|b| b.slice(all, 2, start, width))?);
            start += width;
        }
        attend(n, [parts[0], parts[1], parts[2]], 5)
    }),
    ("com.microsoft.MultiHeadAttention", |n| {
        plain(n, &[(4, "a padding mask"), (6, "a past"), (7, "a past"), (8, "a past"), (9, "a past")])?;
        let mut parts = [n.input(0)?, n.input(1)?, n.input(2)?];
        if let Some(bias) = n.maybe(3)? {
            let mut start = 0;
            for part in &mut parts {
                let width = width(n, *part)?;
                *part = n.build(|b| {
                    let own = b.slice(bias, 0, start, width)?;
                    b.add(*part, own)
                })?;
                start += width;
            }
        }
        attend(n, parts, 5)
    }),
];

/// Refuses inputs and settings that classifiers do not have.
fn plain(n: &NodeContext<'_>, inputs: &[(usize, &str)]) -> Result<(), OnnxError> {
    for (index, what) in inputs {
        if !matches!(n.inputs.get(*index), None | Some(crate::onnx::NodeInput::Absent)) {
            return Err(n.error(format!("{what} (input {index}) is not supported; give the model as it was before optimising")));
        }
    }
    for name in ["unidirectional", "do_rotary", "past_present_share_buffer", "static_kv"] {
        if n.int(name, 0)? != 0 {
            return Err(n.error(format!("{name} is not supported; give the model as it was before optimising")));
        }
    }
    // Without a mask its value plays no part.
    n.float("mask_filter_value", 0.0)?;
    Ok(())
}

fn width(n: &NodeContext<'_>, x: ValueId) -> Result<usize, OnnxError> {
    let last = n.b.ty(x).shape.get(2).copied().unwrap_or(Dim::BATCH);
    args::known(last, "the number of features").map_err(|e| n.refuse(e))
}

/// How many features queries, keys and values have.
fn widths(n: &NodeContext<'_>, all: ValueId) -> Result<[usize; 3], OnnxError> {
    let whole = width(n, all)?;
    let given = n.ints("qkv_hidden_sizes")?.unwrap_or_default();
    let sizes: Vec<usize> = given.iter().filter_map(|size| usize::try_from(*size).ok()).collect();
    match *sizes.as_slice() {
        [] => Ok([whole / 3; 3]),
        [query, key, value] if [query, key, value].into_iter().try_fold(0, usize::checked_add) == Some(whole) => {
            Ok([query, key, value])
        }
        _ => Err(n.error(format!("qkv_hidden_sizes {given:?} do not add up to {whole} features"))),
    }
}

/// Attention of every head, with what input `bias` adds to the scores.
fn attend(n: &mut NodeContext<'_>, parts: [ValueId; 3], bias: usize) -> Result<Vec<ValueId>, OnnxError> {
    let heads = n.count("num_heads")?.ok_or_else(|| n.error("attribute num_heads is missing"))?;
    let features = width(n, parts[0])? / heads;
    #[expect(clippy::cast_precision_loss, reason = "counts of features")]
    let usual = 1.0 / (features.max(1) as f64).sqrt();
    let scale = match n.float("scale", 0.0)? {
        0.0 => usual,
        scale => f64::from(scale),
    };
    let bias = n.maybe(bias)?.map(|added| Bias { added, may_be_blind: false });
    let joined = n.build(|b| {
        let [query, key, value] = parts;
        let (query, key) = (split_heads(b, query, heads)?, split_heads(b, key, heads)?);
        let value = split_heads(b, value, heads)?;
        let done = Attention { scale, softcap: 0.0, bias }.build(b, query, key, value)?;
        join_heads(b, done.result)
    })?;
    let shape = n.b.ty(joined).shape.clone();
    n.apply_to(Reshape { shape }, &[joined])
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of ONNX Runtime 1.23; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("com.microsoft.Attention").with("num_heads", 2).on(&[1, 2, 2], &[1.8, -1.9, -1.3, -1.3]).on(&[2, 6], &[-0.1, -1.9, -0.2, -1.3, -0.9, 1.2, -1.3, 0.5, -0.4, -0.3, 1.3, -1.4]).on(&[6], &[1.7, 1.6, 0.7, -1.8, 0.7, 0.4]).gives(&[1, 2, 2], &[-0.4626776, 5.219893, -0.5622208, 0.6600086]);
        Trial::of("com.microsoft.MultiHeadAttention").with("num_heads", 2).on(&[1, 2, 4], &[1.1, -1.1, 1.8, 1.5, -1.5, -0.7, -1.9, 1.3]).on(&[1, 3, 4], &[1.7, 2.0, 0.4, 0.7, 0.7, 0.3, 1.8, 0.4, -0.7, 0.1, -1.9, 0.9]).on(&[1, 3, 4], &[0.8, -0.3, 1.4, 1.0, -0.7, -1.7, -1.5, -1.3, -0.8, -0.2, 1.7, -0.9]).on(&[12], &[1.6, 0.7, 1.4, -0.4, -2.0, 1.1, -1.0, -1.4, 1.2, 0.7, -1.2, -0.9]).gives(&[1, 2, 4], &[1.691717, 0.1344676, -2.552635, -2.083816, 1.010011, -0.03954931, 0.02970424, -1.382131]);
    }
}
