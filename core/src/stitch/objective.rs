//! What a stitch is trained towards, as graph pieces: labels, the donors' own outputs, or the end's activations.

use crate::graph::{Builder, GraphError, ValueId};
use crate::loss::Loss;
use crate::tensor::Dim;

/// What the loss of a training step is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Objective {
    /// Mean cross-entropy of the labels (task matching). Attacked images in the batch make it adversarial training.
    Task,
    /// `T^2` times the mean divergence `KL(softmax(t / T) || softmax(z / T))` from teachers' logits `t`, averaged over the teachers
    /// (soft matching; Hinton et al. 2015). Its gradient is that of the soft cross-entropy.
    Soft {
        /// The temperature, above 0.
        temperature: f64,
        /// Number of teachers, 1 or 2.
        teachers: usize,
    },
    /// `CE(z(x), y) + beta KL(softmax(z(x)) || softmax(z(x')))`, means over the batch (Zhang et al. 2019).
    Trades {
        /// Weight of the divergence.
        beta: f64,
    },
    /// Mean distance from the end's own activations, at the stitch and at every depth that the step is given.
    Match(Distance),
}

/// How far activations `h` are from the end's own `g`, over a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Distance {
    /// Mean of `(h - g)^2` over all elements.
    #[default]
    MeanSquare,
    /// `||h - g||^2 / ||g||^2`.
    Relative,
    /// `1 - CKA(h, g)`, linear and biased, channels as features, image x position as examples; blind to rotations.
    Cka,
}

/// Mean over the batch: the sum of `losses [N]` times `share`, which is `1 / images`.
pub(super) fn mean(b: &mut Builder, losses: ValueId, share: ValueId) -> Result<ValueId, GraphError> {
    let sum = b.reduce_sum(losses, &[0], false)?;
    b.mul(sum, share)
}

/// Mean cross-entropy.
pub(super) fn task(b: &mut Builder, logits: ValueId, label: ValueId, share: ValueId) -> Result<ValueId, GraphError> {
    let losses = Loss::CrossEntropy.build(b, logits, label)?;
    mean(b, losses, share)
}

/// `KL(softmax(p) || softmax(q))` of logits [N, K], per image `[N]`.
pub(super) fn divergence(b: &mut Builder, p: ValueId, q: ValueId) -> Result<ValueId, GraphError> {
    let (log_p, log_q) = (b.log_softmax(p, 1)?, b.log_softmax(q, 1)?);
    let shares = b.softmax(p, 1)?;
    let gap = b.sub(log_p, log_q)?;
    let weighted = b.mul(shares, gap)?;
    b.reduce_sum(weighted, &[1], false)
}

/// The soft loss against each teacher's logits.
pub(super) fn soft(
    b: &mut Builder,
    logits: ValueId,
    teachers: &[ValueId],
    temperature: f64,
    share: ValueId,
) -> Result<ValueId, GraphError> {
    let cooled = b.scale(logits, 1.0 / temperature)?;
    let mut all = Vec::with_capacity(teachers.len());
    for teacher in teachers {
        let target = b.scale(*teacher, 1.0 / temperature)?;
        let losses = divergence(b, target, cooled)?;
        all.push(mean(b, losses, share)?);
    }
    let loss = average(b, &all)?;
    b.scale(loss, temperature * temperature)
}

/// The mean distance over pairs of (activation, the end's own).
pub(super) fn matching(
    b: &mut Builder,
    distance: Distance,
    pairs: &[(ValueId, ValueId)],
    share: ValueId,
) -> Result<ValueId, GraphError> {
    let mut all = Vec::with_capacity(pairs.len());
    for (found, wanted) in pairs {
        all.push(match distance {
            Distance::MeanSquare => mean_square(b, *found, *wanted, share)?,
            Distance::Relative => relative(b, *found, *wanted)?,
            Distance::Cka => unlike(b, *found, *wanted)?,
        });
    }
    average(b, &all)
}

fn average(b: &mut Builder, values: &[ValueId]) -> Result<ValueId, GraphError> {
    let Some((first, rest)) = values.split_first() else {
        return Err(GraphError::Missing { what: "output", name: "to be matched".to_owned() });
    };
    let sum = rest.iter().try_fold(*first, |sum, next| b.add(sum, *next))?;
    #[expect(clippy::cast_precision_loss, reason = "a handful of depths")]
    let share = 1.0 / values.len() as f64;
    if rest.is_empty() { Ok(sum) } else { b.scale(sum, share) }
}

/// Sum of all elements, a scalar.
fn total(b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
    let axes: Vec<usize> = (0..b.ty(x).rank()).collect();
    b.reduce_sum(x, &axes, false)
}

fn mean_square(b: &mut Builder, found: ValueId, wanted: ValueId, share: ValueId) -> Result<ValueId, GraphError> {
    let gap = b.sub(found, wanted)?;
    let squares = b.square(gap)?;
    let axes: Vec<usize> = (1..b.ty(squares).rank()).collect();
    let per_image = b.reduce_mean(squares, &axes, false)?;
    mean(b, per_image, share)
}

fn relative(b: &mut Builder, found: ValueId, wanted: ValueId) -> Result<ValueId, GraphError> {
    let gap = b.sub(found, wanted)?;
    let (gap, size) = (b.square(gap)?, b.square(wanted)?);
    let (gap, size) = (total(b, gap)?, total(b, size)?);
    let size = b.shift(size, TINY)?;
    b.div(gap, size)
}

/// Keeps quotients of activations that are all zero finite.
const TINY: f64 = 1e-12;

fn unlike(b: &mut Builder, found: ValueId, wanted: ValueId) -> Result<ValueId, GraphError> {
    let (x, y) = (centred_rows(b, found)?, centred_rows(b, wanted)?);
    let across = gram_size(b, x, y)?;
    let (own_x, own_y) = (gram_size(b, x, x)?, gram_size(b, y, y)?);
    // Roots first: the product of two squared norms leaves f32's range sooner.
    let (own_x, own_y) = (b.sqrt(own_x)?, b.sqrt(own_y)?);
    let scale = b.mul(own_x, own_y)?;
    let scale = b.shift(scale, TINY)?;
    let likeness = b.div(across, scale)?;
    let negative = b.neg(likeness)?;
    b.shift(negative, 1.0)
}

/// `||X^T Y||_F^2`.
fn gram_size(b: &mut Builder, x: ValueId, y: ValueId) -> Result<ValueId, GraphError> {
    let turned = b.transpose_last(x)?;
    let gram = b.matmul(turned, y)?;
    let squares = b.square(gram)?;
    total(b, squares)
}

/// Examples x channels with each channel's mean taken off and the largest value brought to 1, which CKA does not see.
fn centred_rows(b: &mut Builder, value: ValueId) -> Result<ValueId, GraphError> {
    let rank = b.ty(value).rank();
    let axis = crate::ops::stitch::channel_axis(rank);
    let order: Vec<usize> = (0..rank).filter(|i| *i != axis).chain([axis]).collect();
    let last = b.transpose(value, &order)?;
    let shape = b.ty(last).shape.clone();
    let count = shape[..rank - 1].iter().try_fold(Dim::ONE, |all, d| all.times(*d)).unwrap_or(Dim::BATCH);
    let rows = b.reshape(last, &[count, shape[rank - 1]])?;
    let means = b.reduce_mean(rows, &[0], true)?;
    let centred = b.sub(rows, means)?;
    let squares = b.square(centred)?;
    let variance = b.reduce_mean(squares, &[0, 1], true)?;
    let deviation = b.sqrt(variance)?;
    let guarded = b.shift(deviation, TINY)?;
    b.div(centred, guarded)
}
