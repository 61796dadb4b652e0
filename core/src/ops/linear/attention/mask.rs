//! Which tokens a token looks at, as numbers added to the scores: the mask, what lies ahead, windows, and padding.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::args;
use crate::ops::family::attention::Bias;
use crate::tensor::{DType, Dim, Tensor};

/// What a node says of it.
pub(super) struct Rule {
    /// Truth values, or numbers to add.
    mask: Option<ValueId>,
    /// How many keys of every image are real, the rest padding: `[images]`.
    seen: Option<ValueId>,
    /// Keys that come before the first query.
    past: usize,
    /// Nobody looks ahead.
    causal: bool,
    /// How far anybody looks back, and ahead.
    window: [Option<u32>; 2],
}

/// Sizes of the scores.
#[derive(Clone, Copy)]
struct Sizes {
    tokens: usize,
    seen: usize,
}

impl Rule {
    pub(super) fn read(n: &mut NodeContext<'_>, past: usize) -> Result<Self, OnnxError> {
        let side = |n: &NodeContext<'_>, name: &str| n.int(name, -1).map(|size| u32::try_from(size).ok());
        let window = [side(n, "left_window_size")?, side(n, "right_window_size")?];
        let causal = n.int("is_causal", 0)? != 0;
        Ok(Self { mask: n.maybe(3)?, seen: n.maybe(6)?, past, causal, window })
    }

    /// The bias for scores of `query` against `key`; none where everybody looks everywhere.
    pub(super) fn bias(&self, n: &mut NodeContext<'_>, query: ValueId, key: ValueId) -> Result<Option<Bias>, OnnxError> {
        let mut parts = Vec::new();
        let bounded = self.causal || self.window.iter().any(Option::is_some);
        if bounded || self.seen.is_some() {
            let axis = |n: &NodeContext<'_>, value: ValueId| {
                args::known(n.b.ty(value).shape[2], "the number of tokens").map_err(|e| n.refuse(e))
            };
            let sizes = Sizes { tokens: axis(n, query)?, seen: axis(n, key)? };
            parts.extend(n.build(|b| self.padding(b, sizes))?);
            if bounded {
                parts.push(n.build(|b| self.places(b, sizes))?);
            }
        }
        if let Some(mask) = self.mask {
            parts.push(added(n, mask, key)?);
        }
        let Some(first) = parts.first().copied() else { return Ok(None) };
        let like = n.input(0)?;
        let dtype = n.b.ty(like).dtype;
        let added = n.build(|b| {
            let first = b.cast(first, dtype)?;
            parts[1..].iter().try_fold(first, |all, part| {
                let part = b.cast(*part, dtype)?;
                b.add(all, part)
            })
        })?;
        // Whoever does not look ahead sees the first key, unless it is too far back.
        let only_causal = self.causal && self.window[0].is_none();
        let sound = parts.len() == 1 && self.seen.is_none() && (only_causal || sees_something(n, first));
        Ok(Some(Bias { added, may_be_blind: !sound }))
    }

    /// Minus infinity at keys that are padding.
    fn padding(&self, b: &mut Builder, sizes: Sizes) -> Result<Option<ValueId>, GraphError> {
        let Some(seen) = self.seen else { return Ok(None) };
        let count = per_image(b, seen)?;
        let keys = numbers(b, &[1, 1, 1, sizes.seen], 0);
        let real = b.less(keys, count)?;
        closed_unless(b, real).map(Some)
    }

    /// Minus infinity at keys ahead, or outside the window, of a query's place.
    fn places(&self, b: &mut Builder, sizes: Sizes) -> Result<ValueId, GraphError> {
        let keys = numbers(b, &[1, 1, 1, sizes.seen], 0);
        let mut places = numbers(b, &[1, 1, sizes.tokens, 1], self.past);
        if let Some(seen) = self.seen {
            #[expect(clippy::cast_precision_loss, reason = "counts of tokens")]
            let tokens = sizes.tokens as f64;
            let (count, own) = (per_image(b, seen)?, numbers(b, &[1, 1, sizes.tokens, 1], 0));
            let first = b.shift(count, -tokens)?;
            places = b.add(own, first)?;
        }
        let distance = b.sub(keys, places)?;
        let ahead = if self.causal { Some(0) } else { self.window[1] };
        let mut bias = None;
        for (bound, sign) in [(ahead, 1.0), (self.window[0], -1.0)] {
            let Some(bound) = bound else { continue };
            let signed = b.scale(distance, sign)?;
            let limit = b.scalar_like(f64::from(bound) + 0.5, distance);
            let within = b.less(signed, limit)?;
            let part = closed_unless(b, within)?;
            bias = Some(match bias {
                Some(other) => b.add(other, part)?,
                None => part,
            });
        }
        bias.map_or_else(|| b.zeros_like(distance), Ok)
    }
}

/// The mask as numbers to add, as long as there are keys: a shorter one closes what it does not name.
fn added(n: &mut NodeContext<'_>, mask: ValueId, key: ValueId) -> Result<ValueId, OnnxError> {
    let ty = n.b.ty(mask).clone();
    let seen = n.b.ty(key).shape[2];
    let mut shape = vec![Dim::ONE; 4_usize.saturating_sub(ty.rank())];
    shape.extend(&ty.shape);
    if shape.len() != 4 {
        return Err(n.error(format!("the mask must broadcast to 4 axes, is {ty}")));
    }
    n.build(|b| {
        let open = if ty.dtype == DType::Bool { closed_unless(b, mask)? } else { mask };
        let open = b.reshape(open, &shape)?;
        let missing = match (shape[3].known(), seen.known()) {
            (Some(own), Some(all)) if own > 1 => all.saturating_sub(own),
            _ => 0,
        };
        let mut after = [Dim::fixed(0); 4];
        after[3] = Dim::fixed(missing);
        b.pad(open, &[Dim::fixed(0); 4], &after, f32::NEG_INFINITY)
    })
}

/// Whether a constant bias leaves every token something to look at.
fn sees_something(n: &NodeContext<'_>, bias: ValueId) -> bool {
    let constant = n.b.graph().constant(bias);
    let width = constant.and_then(|t| t.shape().last().copied()).unwrap_or(1).max(1);
    constant.is_some_and(|t| t.to_f64().chunks(width).all(|row| row.iter().any(|x| *x > f64::NEG_INFINITY)))
}

/// 0 where `open`, minus infinity elsewhere.
fn closed_unless(b: &mut Builder, open: ValueId) -> Result<ValueId, GraphError> {
    let (zero, never) = (b.constant(Tensor::scalar(0.0)), b.constant(Tensor::scalar(f32::NEG_INFINITY)));
    b.select(open, zero, never)
}

/// `[images]` integers as numbers [images, 1, 1, 1].
fn per_image(b: &mut Builder, counts: ValueId) -> Result<ValueId, GraphError> {
    let images = b.ty(counts).shape.first().copied().unwrap_or(Dim::ONE);
    let counts = b.cast(counts, DType::F32)?;
    b.reshape(counts, &[images, Dim::ONE, Dim::ONE, Dim::ONE])
}

/// `first`, `first + 1`, ... under a shape.
#[expect(clippy::cast_precision_loss, reason = "counts of tokens")]
fn numbers(b: &mut Builder, shape: &[usize; 4], first: usize) -> ValueId {
    let count: usize = shape.iter().product();
    let values = (0..count).map(|i| (first + i) as f32).collect();
    b.constant(Tensor::f32(shape, values).unwrap_or_else(|_| Tensor::scalar(0.0)))
}
