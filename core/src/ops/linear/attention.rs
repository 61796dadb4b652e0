//! Attention: `y = softmax(scale * q @ k^T + bias) @ v` for every head, read as products and a softmax.
//! <https://onnx.ai/onnx/operators/onnx__Attention.html>
//!
//! Shapes: `q`, `k`, `v` [images, heads, tokens, features] or [images, tokens, heads * features]; the mask broadcasts to
//! [images, heads, tokens, seen]. This is what `torch.nn.functional.scaled_dot_product_attention` is exported as.

mod mask;

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;
use crate::ops::family::args;
use crate::ops::family::attention::{Attended, Attention, join_heads, split_heads};
use crate::ops::reshape::Reshape;
use crate::tensor::Dim;
use mask::Rule;

/// Reader of `Attention` nodes. `softmax_precision` names a precision for the shares, which are f32 here.
pub const ONNX: &[Import] = &[("Attention", |n| {
    n.int("softmax_precision", 1)?;
    let flat = n.ty(0)?.rank() == 3;
    let query = heads(n, 0, "q_num_heads")?;
    let (key, past) = remembered(n, 1, 4)?;
    let (value, _) = remembered(n, 2, 5)?;
    let scale = match n.float("scale", f32::NAN)? {
        scale if scale.is_nan() => default_scale(n, query)?,
        scale => f64::from(scale),
    };
    let bias = Rule::read(n, past)?.bias(n, query, key)?;
    let op = Attention { scale, softcap: f64::from(n.float("softcap", 0.0)?), bias };
    let done = n.build(|b| op.build(b, query, key, value))?;
    let shown = shown(n, &done)?;
    let result = if flat { n.build(|b| join_heads(b, done.result))? } else { done.result };
    let shape = n.b.ty(result).shape.clone();
    let named = n.apply_to(Reshape { shape }, &[result])?[0];
    Ok(vec![named, key, value, shown])
})];

/// Input `index` with its heads as an axis.
fn heads(n: &mut NodeContext<'_>, index: usize, count: &str) -> Result<ValueId, OnnxError> {
    let (x, ty) = (n.input(index)?, n.ty(index)?);
    match (ty.rank(), n.count(count)?) {
        (4, _) => Ok(x),
        (3, Some(count)) => n.build(|b| split_heads(b, x, count)),
        (3, None) => Err(n.error(format!("attribute {count} is missing, which inputs of 3 axes need"))),
        _ => Err(n.error(format!("input {index} must have 3 or 4 axes, is {ty}"))),
    }
}

/// Keys or values, behind those of the past where there are any; and how many tokens the past has.
fn remembered(n: &mut NodeContext<'_>, index: usize, past: usize) -> Result<(ValueId, usize), OnnxError> {
    let new = heads(n, index, "kv_num_heads")?;
    let Some(past) = n.maybe(past)? else { return Ok((new, 0)) };
    let size = n.b.ty(past).shape.get(2).copied().unwrap_or(Dim::BATCH);
    let size = args::known(size, "the number of past tokens").map_err(|e| n.refuse(e))?;
    Ok((n.build(|b| b.concat(&[past, new], 2))?, size))
}

/// `1 / sqrt(features)`.
#[expect(clippy::cast_precision_loss, reason = "counts of features")]
fn default_scale(n: &NodeContext<'_>, query: ValueId) -> Result<f64, OnnxError> {
    let features = args::known(n.b.ty(query).shape[3], "the number of features").map_err(|e| n.refuse(e))?;
    Ok(1.0 / (features.max(1) as f64).sqrt())
}

/// The stage that the fourth result shows.
fn shown(n: &NodeContext<'_>, done: &Attended) -> Result<ValueId, OnnxError> {
    match n.int("qk_matmul_output_mode", 0)? {
        0 => Ok(done.scores),
        1 => Ok(done.capped),
        2 => Ok(done.biased),
        3 => Ok(done.shares),
        other => Err(n.error(format!("qk_matmul_output_mode must be 0 to 3, is {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;
    use crate::tensor::{Data, Tensor};

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Attention").on(&[1, 2, 2, 3], &[-1.1, -1.2, -0.5, -1.3, -0.6, 1.8, 0.3, -0.6, -0.9, 1.8, -0.2, 1.9]).on(&[1, 2, 3, 3], &[0.1, 0.1, 1.6, 1.0, 0.3, -0.3, 1.5, -0.4, 1.7, -1.7, -0.3, 0.1, 1.8, -1.0, 1.2, 0.7, 0.9, 0.5]).on(&[1, 2, 3, 2], &[1.9, -0.7, -0.4, -1.2, -1.8, -1.1, 1.7, 1.4, -1.6, 0.4, -0.1, 0.4]).gives(&[1, 2, 2, 2], &[0.2249617, -0.9696153, 0.6830885, -0.8424069, -0.1571591, 0.7193187, -1.420477, 0.4064511]);
        Trial::of("Attention").with("softcap", 1.5_f32).with("scale", 0.5_f32).on(&[1, 2, 2, 3], &[-1.1, -1.2, -0.5, -1.3, -0.6, 1.8, 0.3, -0.6, -0.9, 1.8, -0.2, 1.9]).on(&[1, 2, 3, 3], &[0.1, 0.1, 1.6, 1.0, 0.3, -0.3, 1.5, -0.4, 1.7, -1.7, -0.3, 0.1, 1.8, -1.0, 1.2, 0.7, 0.9, 0.5]).on(&[1, 2, 3, 2], &[1.9, -0.7, -0.4, -1.2, -1.8, -1.1, 1.7, 1.4, -1.6, 0.4, -0.1, 0.4]).constant(Tensor::new(&[2, 3], Data::Bool(vec![true, false, true, false, false, false].into())).unwrap()).gives(&[1, 2, 2, 2], &[0.4018593, -0.8619611, 0.0, 0.0, 0.8775692, 0.943094, 0.0, 0.0]);
        Trial::of("Attention").with("q_num_heads", 2).with("kv_num_heads", 1).with("is_causal", 1).on(&[1, 2, 4], &[0.6, -0.8, 1.8, -0.1, 0.5, 0.5, -1.3, -1.8]).on(&[1, 2, 2], &[-0.4, 1.1, 1.3, 0.9]).on(&[1, 2, 2], &[-1.5, 1.7, 1.2, 1.5]).gives(&[1, 2, 4], &[-1.5, 1.7, -1.5, 1.7, 0.1998123, 1.574088, -0.9254481, 1.657441]);
        Trial::of("Attention").with("is_causal", 1).on(&[1, 2, 2, 3], &[-1.1, -1.2, -0.5, -1.3, -0.6, 1.8, 0.3, -0.6, -0.9, 1.8, -0.2, 1.9]).on(&[1, 2, 3, 3], &[0.1, 0.1, 1.6, 1.0, 0.3, -0.3, 1.5, -0.4, 1.7, -1.7, -0.3, 0.1, 1.8, -1.0, 1.2, 0.7, 0.9, 0.5]).on(&[1, 2, 3, 2], &[1.9, -0.7, -0.4, -1.2, -1.8, -1.1, 1.7, 1.4, -1.6, 0.4, -0.1, 0.4]).on(&[2, 3], &[0.1, 1.7, -1.8, -1.9, -1.9, -1.0]).gives(&[1, 2, 2, 2], &[1.9, -0.7, 1.757761, -0.7309214, 1.7, 1.4, -1.576201, 0.4072118]);
    }
}
