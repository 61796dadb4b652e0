//! RotaryEmbedding: pairs of features turned by an angle that depends on the token's place, read as products and sums.
//! <https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html>
//!
//! Shapes: `x`, `y` [images, heads, tokens, features] or [images, tokens, heads * features]; cosines and sines
//! [places, turned / 2] with `position_ids` [images, tokens], or [images, tokens, turned / 2] without.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;
use crate::ops::family::{args, attention};
use crate::ops::reshape::Reshape;
use crate::tensor::{Dim, Tensor};

/// Reader of `RotaryEmbedding` nodes.
pub const ONNX: &[Import] = &[("RotaryEmbedding", |n| {
    let (x, ty) = (n.input(0)?, n.ty(0)?);
    let heads = match ty.rank() {
        4 => x,
        3 => {
            let count = n.count("num_heads")?.ok_or_else(|| n.error("attribute num_heads is missing"))?;
            n.build(|b| attention::split_heads(b, x, count))?
        }
        rank => return Err(n.error(format!("needs 3 or 4 dimensions, was given {rank}"))),
    };
    let features = args::known(n.b.ty(heads).shape[3], "the number of features").map_err(|e| n.refuse(e))?;
    let turned = n.count("rotary_embedding_dim")?.unwrap_or(features);
    if turned > features || turned % 2 != 0 {
        return Err(n.error(format!("turns {turned} of {features} features; an even number of them is needed")));
    }
    let (cosine, sine) = (angles(n, 1)?, angles(n, 2)?);
    let turn = Turn { cosine, sine, turned, interleaved: n.int("interleaved", 0)? != 0 };
    let result = n.build(|b| {
        let result = turn.apply(b, heads, features)?;
        if ty.rank() == 3 { attention::join_heads(b, result) } else { Ok(result) }
    })?;
    n.apply_to(Reshape { shape: ty.shape }, &[result])
})];

/// Cosines or sines of every token, [images or 1, 1, tokens, turned / 2].
fn angles(n: &mut NodeContext<'_>, index: usize) -> Result<ValueId, OnnxError> {
    let (mut table, places) = (n.input(index)?, n.maybe(3)?);
    if let Some(places) = places {
        table = n.build(|b| b.gather(table, places, 0))?;
    }
    let [images, tokens, pairs] = *n.b.ty(table).shape.as_slice() else {
        return Err(n.error(format!("input {index} must have 3 axes (2 with position_ids), is {}", n.b.ty(table))));
    };
    n.build(|b| b.reshape(table, &[images, Dim::ONE, tokens, pairs]))
}

/// The turn of all pairs.
struct Turn {
    cosine: ValueId,
    sine: ValueId,
    turned: usize,
    /// Whether pairs are neighbours, rather than feature `i` with `i + turned / 2`.
    interleaved: bool,
}

impl Turn {
    /// `x` [images, heads, tokens, features] with its first features turned.
    fn apply(&self, b: &mut Builder, x: ValueId, features: usize) -> Result<ValueId, GraphError> {
        let half = self.turned / 2;
        let (first, second) = (self.halves(b, x, 0)?, self.halves(b, x, 1)?);
        let (c1, s2) = (b.mul(self.cosine, first)?, b.mul(self.sine, second)?);
        let (s1, c2) = (b.mul(self.sine, first)?, b.mul(self.cosine, second)?);
        let (real, imaginary) = (b.sub(c1, s2)?, b.add(s1, c2)?);
        let rest = b.slice(x, 3, self.turned, features - self.turned)?;
        let parts = if self.turned < features { vec![real, imaginary, rest] } else { vec![real, imaginary] };
        let all = b.concat(&parts, 3)?;
        if !self.interleaved {
            return Ok(all);
        }
        let place = |i: usize| if i < self.turned { i % 2 * half + i / 2 } else { i };
        pick(b, all, (0..features).map(place).collect())
    }

    /// The first or second feature of every pair.
    fn halves(&self, b: &mut Builder, x: ValueId, which: usize) -> Result<ValueId, GraphError> {
        let half = self.turned / 2;
        if !self.interleaved {
            return b.slice(x, 3, which * half, half);
        }
        pick(b, x, (0..half).map(|i| 2 * i + which).collect())
    }
}

/// Features in this order.
#[expect(clippy::cast_possible_wrap, reason = "counts of features")]
fn pick(b: &mut Builder, x: ValueId, order: Vec<usize>) -> Result<ValueId, GraphError> {
    let order: Vec<i64> = order.into_iter().map(|i| i as i64).collect();
    let order = b.constant(Tensor::indices(&order));
    b.gather(x, order, 3)
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;
    use crate::tensor::Tensor;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("RotaryEmbedding").on(&[1, 2, 2, 4], &[1.7, 0.2, -1.3, 1.5, 0.6, 0.3, -0.5, -0.4, -1.0, -1.8, 1.5, -0.1, 0.2, -0.7, 1.0, -1.9]).constant(Tensor::f32(&[3, 2], vec![-1.1, 0.7, -0.8, 1.5, 0.6, -1.5]).unwrap()).constant(Tensor::f32(&[3, 2], vec![1.4, 1.8, 1.6, 0.3, -1.4, -1.2]).unwrap()).constant(Tensor::i64(&[1, 2], vec![2, 0]).unwrap()).gives(&[1, 2, 2, 4], &[-0.7999998, 1.5, -3.16, -2.49, 0.03999996, 0.9299999, 1.39, 0.26, 1.5, 2.58, 2.3, 2.31, -1.62, 2.93, -0.8200001, -2.59]);
        Trial::of("RotaryEmbedding").with("num_heads", 2).with("rotary_embedding_dim", 4).with("interleaved", 1).on(&[1, 2, 10], &[-0.5, -1.9, -1.5, 1.9, 0.6, -0.3, 0.1, 1.5, -0.6, 0.4, 0.7, -0.6, 0.1, 1.1, 1.6, -1.4, 1.7, -2.0, 1.0, 1.2]).constant(Tensor::f32(&[1, 2, 2], vec![-1.5, -0.3, 1.3, -1.9]).unwrap()).constant(Tensor::f32(&[1, 2, 2], vec![0.5, 1.2, 0.1, 0.9]).unwrap()).gives(&[1, 2, 10], &[1.7, 2.6, -1.83, -2.37, 0.6, 0.4, -0.3, 0.27, 1.98, 0.4, 0.97, -0.71, -1.18, -2.0, 1.6, -1.99, 2.07, 2.9, -3.7, 1.2]);
    }
}
