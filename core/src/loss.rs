//! Losses per image, as graph pieces: what training lowers and what an attack raises.
//!
//! All take logits [N, K] and labels `[N]` and give `[N]`: they are summed, never averaged, so that the gradient of one image
//! does not depend on the others in its batch.
//!
//! Logits may be infinite: networks mask classes by minus infinity. A loss takes them as finite but out of reach (`FAR`), so it is
//! a number with a gradient wherever no logit is NaN, and a masked class has no part in it. Ratios count the classes in reach: where
//! too few are left for a ratio, its divisor is 1.

use crate::graph::{Builder, GraphError, ValueId};
use crate::tensor::{DType, Dim};

/// Logits are limited to this size. It is beyond what networks compute, and sums and differences of a few stay within f32.
pub(crate) const FAR: f64 = 1e38;

/// A difference of logits this large has an end out of reach.
const UNREACHABLE: f64 = FAR / 4.0;

/// Which loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loss {
    /// `logsumexp(z) - z_y`.
    #[default]
    CrossEntropy,
    /// `max_{i != y} z_i - z_y`; above 0 means misclassified.
    Margin,
    /// Difference of logits ratio (Croce & Hein 2020): `-(z_y - max_{i != y} z_i) / (z_(1) - z_(3) + 1e-12)`; needs three classes;
    /// where fewer than three are in reach, the margin.
    Dlr,
}

impl Loss {
    /// Appends the loss of `logits` [N, K] at `labels` `[N]`; larger is worse for the classifier.
    ///
    /// # Errors
    /// [`GraphError`], also when the classes are too few for [`Loss::Dlr`].
    pub fn build(self, b: &mut Builder, logits: ValueId, labels: ValueId) -> Result<ValueId, GraphError> {
        let classes = number_of_classes(b, logits);
        if self == Self::Dlr && classes < 3 {
            return Err(GraphError::Mismatch {
                what: "the DLR loss".to_owned(),
                expected: "three classes or more".to_owned(),
                found: format!("{classes}; use the margin loss"),
            });
        }
        let logits = in_reach(b, logits)?;
        let truth = one_hot(b, labels, classes, logits)?;
        match self {
            Self::CrossEntropy => {
                let log = b.log_softmax(logits, 1)?;
                let picked = b.mul(log, truth)?;
                let sum = b.reduce_sum(picked, &[1], false)?;
                b.neg(sum)
            }
            Self::Margin => margin(b, logits, truth),
            Self::Dlr => {
                let margin = margin(b, logits, truth)?;
                let top = b.top_k(logits, 3, 1)?.0;
                let (first, third) = (column(b, top, 0)?, column(b, top, 2)?);
                let spread = b.sub(first, third)?;
                ratio(b, margin, spread)
            }
        }
    }
}

/// A loss that leads to one class, `target`; larger is nearer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetedLoss {
    /// `z_t - z_y`.
    Difference,
    /// Targeted difference of logits ratio: `-(z_y - z_t) / (z_(1) - (z_(3) + z_(4)) / 2 + 1e-12)`; needs four classes;
    /// where fewer than four are in reach, the difference.
    Dlr,
}

impl TargetedLoss {
    /// Appends the loss of `logits` [N, K] for `labels` and `targets`, both `[N]`.
    ///
    /// # Errors
    /// [`GraphError`], also when the classes are too few for [`TargetedLoss::Dlr`].
    pub(crate) fn build(
        self,
        b: &mut Builder,
        logits: ValueId,
        labels: ValueId,
        targets: ValueId,
    ) -> Result<ValueId, GraphError> {
        let classes = number_of_classes(b, logits);
        if self == Self::Dlr && classes < 4 {
            return Err(GraphError::Mismatch {
                what: "the targeted DLR loss".to_owned(),
                expected: "four classes or more".to_owned(),
                found: format!("{classes}; use the difference"),
            });
        }
        let logits = in_reach(b, logits)?;
        let truth = one_hot(b, labels, classes, logits)?;
        let aim = one_hot(b, targets, classes, logits)?;
        let sides = b.sub(aim, truth)?;
        let product = b.mul(logits, sides)?;
        let difference = b.reduce_sum(product, &[1], false)?;
        if self == Self::Difference {
            return Ok(difference);
        }
        let top = b.top_k(logits, 4, 1)?.0;
        let (first, third, fourth) = (column(b, top, 0)?, column(b, top, 2)?, column(b, top, 3)?);
        let sum = b.add(third, fourth)?;
        let mean = b.scale(sum, 0.5)?;
        let spread = b.sub(first, mean)?;
        ratio(b, difference, spread)
    }
}

/// Classes that logits [N, K] tell apart.
pub(crate) fn number_of_classes(b: &Builder, logits: ValueId) -> usize {
    b.ty(logits).shape.get(1).and_then(|d| d.known()).unwrap_or(0)
}

/// `[N, K]`: 1 at the label, 0 elsewhere, in the logits' element type.
fn one_hot(b: &mut Builder, labels: ValueId, classes: usize, logits: ValueId) -> Result<ValueId, GraphError> {
    let hot = b.one_hot(labels, classes)?;
    let dtype = b.ty(logits).dtype;
    b.cast(hot, dtype)
}

fn margin(b: &mut Builder, logits: ValueId, truth: ValueId) -> Result<ValueId, GraphError> {
    let product = b.mul(logits, truth)?;
    let true_logit = b.reduce_sum(product, &[1], false)?;
    // The true class is put out of reach before the maximum.
    let is_true = b.is_positive(truth)?;
    let lowest = b.scalar_like(-FAR, logits);
    let others = b.select(is_true, lowest, logits)?;
    let best = b.reduce_max(others, &[1], false)?;
    b.sub(best, true_logit)
}

/// Logits with [`FAR`] in place of infinities, which pass on no gradient.
fn in_reach(b: &mut Builder, logits: ValueId) -> Result<ValueId, GraphError> {
    b.clip(logits, -FAR, FAR)
}

/// `difference / (spread + 1e-12)`, both `[N]`; the difference alone where the spread leads to a class out of reach.
fn ratio(b: &mut Builder, difference: ValueId, spread: ValueId) -> Result<ValueId, GraphError> {
    let (limit, one) = (b.scalar_like(UNREACHABLE, spread), b.scalar_like(1.0, spread));
    let reached = b.less(spread, limit)?;
    let guarded = b.shift(spread, 1e-12)?;
    let divisor = b.select(reached, guarded, one)?;
    b.div(difference, divisor)
}

fn column(b: &mut Builder, rows: ValueId, index: usize) -> Result<ValueId, GraphError> {
    let picked = b.slice(rows, 1, Dim::fixed(index), Dim::ONE)?;
    let shape = [b.ty(rows).shape[0]];
    b.reshape(picked, &shape)
}

/// Labels `[N]` as an input of a step.
pub(crate) fn label_input(b: &mut Builder) -> ValueId {
    b.input("label", crate::tensor::TensorType::new(DType::I64, &[Dim::BATCH]))
}

/// Classes that are aimed at, `[N]`, as an input of a step.
pub(crate) fn target_input(b: &mut Builder) -> ValueId {
    b.input("target", crate::tensor::TensorType::new(DType::I64, &[Dim::BATCH]))
}
