//! Scaled dot-product attention in graph operators: what every spelling of attention is read as.
//!
//! Shapes: queries [images, heads, tokens, features], keys [images, heads, seen, features], values
//! [images, heads, seen, outputs], scores [images, heads, tokens, seen].

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::kernel_gradient::at;
use crate::ops::{OpError, softmax};
use crate::tensor::Dim;

/// What is added to the scores before they become shares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bias {
    /// Broadcasts to the scores; minus infinity where a token must not look.
    pub added: ValueId,
    /// Whether some token may be allowed to look nowhere. Its result is 0, as the standard says, not NaN.
    pub may_be_blind: bool,
}

/// Settings of an attention.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attention {
    /// Factor on the scores.
    pub scale: f64,
    /// The scores are held within this by `tanh`; 0 for not at all.
    pub softcap: f64,
    /// What is added to them.
    pub bias: Option<Bias>,
}

/// Every stage of the computation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attended {
    /// Products of queries and keys, scaled.
    pub scores: ValueId,
    /// After the soft cap.
    pub capped: ValueId,
    /// After the bias.
    pub biased: ValueId,
    /// Shares that sum to 1 (or are all 0 for a blind token).
    pub shares: ValueId,
    /// Values, mixed by the shares.
    pub result: ValueId,
}

impl Attention {
    /// Builds it; keys and values may have fewer heads than queries, each serving several neighbouring ones.
    ///
    /// # Errors
    /// [`GraphError`] from the builder, or when heads do not divide.
    pub(crate) fn build(
        &self,
        b: &mut Builder,
        query: ValueId,
        key: ValueId,
        value: ValueId,
    ) -> Result<Attended, GraphError> {
        let heads = b.ty(query).shape[1];
        let (key, value) = (repeated(b, key, heads)?, repeated(b, value, heads)?);
        let query = b.scale(query, self.scale)?;
        let key = b.transpose_last(key)?;
        let scores = b.matmul(query, key)?;
        let mut capped = scores;
        if self.softcap != 0.0 {
            let inner = b.scale(scores, 1.0 / self.softcap)?;
            let inner = b.tanh(inner)?;
            capped = b.scale(inner, self.softcap)?;
        }
        let (biased, shares) = self.shares(b, capped)?;
        Ok(Attended { scores, capped, biased, shares, result: b.matmul(shares, value)? })
    }

    fn shares(&self, b: &mut Builder, scores: ValueId) -> Result<(ValueId, ValueId), GraphError> {
        let axis = 3;
        let Some(bias) = self.bias else {
            return Ok((scores, b.apply1(softmax::Softmax { axis }, &[scores])?));
        };
        let biased = b.add(scores, bias.added)?;
        if !bias.may_be_blind {
            return Ok((biased, b.softmax(biased, axis)?));
        }
        let last = b.ty(bias.added).rank() - 1;
        let most = b.reduce_max(bias.added, &[last], true)?;
        let never = b.scalar_like(f64::NEG_INFINITY, most);
        let (blind, zero) = (b.equal(most, never)?, b.scalar_like(0.0, scores));
        // Blind tokens look everywhere first, so that no NaN arises, in derivatives either.
        let open = b.select(blind, zero, bias.added)?;
        let sound = b.add(scores, open)?;
        let shares = b.softmax(sound, axis)?;
        Ok((biased, b.select(blind, zero, shares)?))
    }
}

/// [images, tokens, heads * features] as [images, heads, tokens, features].
///
/// # Errors
/// When the features do not divide by the heads.
pub(crate) fn split_heads(b: &mut Builder, x: ValueId, heads: usize) -> Result<ValueId, GraphError> {
    let ty = b.ty(x).clone();
    let refuse = || at("Attention", OpError::shape(format!("{ty} does not divide into {heads} heads")));
    let [images, tokens, all] = *ty.shape.as_slice() else { return Err(refuse()) };
    let features = all.divided_by(Dim::fixed(heads)).ok_or_else(refuse)?;
    let apart = b.reshape(x, &[images, tokens, Dim::fixed(heads), features])?;
    b.transpose(apart, &[0, 2, 1, 3])
}

/// [images, heads, tokens, features] as [images, tokens, heads * features].
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn join_heads(b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
    let ty = b.ty(x).clone();
    let refuse = || at("Attention", OpError::shape(format!("{ty} has no heads to join")));
    let [images, heads, tokens, features] = *ty.shape.as_slice() else { return Err(refuse()) };
    let together = b.transpose(x, &[0, 2, 1, 3])?;
    b.reshape(together, &[images, tokens, heads.times(features).ok_or_else(refuse)?])
}

/// Every head as often as it takes to have `heads` of them: [a, b] becomes [a, a, b, b].
fn repeated(b: &mut Builder, x: ValueId, heads: Dim) -> Result<ValueId, GraphError> {
    let ty = b.ty(x).clone();
    let refuse =
        || at("Attention", OpError::shape(format!("{ty} has not the heads to serve {heads} heads of queries")));
    let [images, own, tokens, features] = *ty.shape.as_slice() else { return Err(refuse()) };
    if own == heads {
        return Ok(x);
    }
    let times = heads.divided_by(own).ok_or_else(refuse)?;
    let apart = b.reshape(x, &[images, own, Dim::ONE, tokens, features])?;
    let many = b.expand(apart, &[images, own, times, tokens, features])?;
    b.reshape(many, &[images, heads, tokens, features])
}
