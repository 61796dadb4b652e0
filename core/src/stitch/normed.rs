//! A stitch between two BatchNorms: `S(a) = B2(W B1(a) + b)` (Bansal et al. 2021), trained with the batch's statistics, evaluated with
//! running ones.
//!
//! With running statistics all of it is one affine map over channels, so the stitch that is measured, kept and exported is an ordinary
//! one: `W' = diag(t2) W diag(t1)`, `b' = t2 (b + W (h1 - m1 t1) - m2) + h2` with `t = g / sqrt(v + epsilon)`.

use serde::{Deserialize, Serialize};

use super::Weights;
use super::parameters::rounded;
use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::stitch::{Stitch, channel_axis};
use crate::rewrite::{along, moments, moved};
use crate::similarity::PairSums;
use crate::tensor::Dim;

/// PyTorch's default.
const EPSILON: f64 = 1e-5;

/// What a stitch takes and gives on the training images, channel by channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// Mean of the front's channels.
    pub mean: Vec<f64>,
    /// Their variance.
    pub variance: Vec<f64>,
    /// Mean of what the stitch gives.
    pub given_mean: Vec<f64>,
    /// Its variance.
    pub given_variance: Vec<f64>,
}

impl Seen {
    /// From the sums over the front's rows and a stitch.
    #[must_use]
    pub fn of(pair: PairSums<'_>, weights: &Weights) -> Self {
        let (input, n) = (weights.input, pair.rows);
        let mean: Vec<f64> = pair.a.sum.iter().map(|s| s / n).collect();
        let covariance = |i: usize, j: usize| pair.a.gram[i * input + j] / n - mean[i] * mean[j];
        let rows =
            || weights.weight.chunks(input.max(1)).map(|row| row.iter().map(|w| f64::from(*w)).collect::<Vec<_>>());
        let given =
            |(row, bias): (Vec<f64>, &f32)| f64::from(*bias) + row.iter().zip(&mean).map(|(w, m)| w * m).sum::<f64>();
        let spread = |row: Vec<f64>| -> f64 {
            let part = |i: usize| row[i] * (0..input).map(|j| row[j] * covariance(i, j)).sum::<f64>();
            (0..input).map(part).sum::<f64>().max(0.0)
        };
        Self {
            variance: (0..input).map(|i| covariance(i, i).max(0.0)).collect(),
            given_mean: rows().zip(&weights.bias).map(given).collect(),
            given_variance: rows().map(spread).collect(),
            mean,
        }
    }
}

/// Numbers of the trained tensors `w, b, g1, h1, g2, h2` and of the running `m1, v1, m2, v2`.
pub(super) struct Numbers {
    pub trained: [Vec<f64>; 6],
    pub running: [Vec<f64>; 4],
}

impl Numbers {
    /// That give `init`: with what was seen, exactly, and each BatchNorm at rest; without, as PyTorch begins (scale 1, shift 0, mean 0,
    /// variance 1) around it.
    pub(super) fn first(init: &Weights, seen: Option<&Seen>) -> Self {
        let wide = |v: &[f32]| v.iter().map(|x| f64::from(*x)).collect::<Vec<_>>();
        let (weight, bias) = (wide(&init.weight), wide(&init.bias));
        let full = |count: usize, value: f64| vec![value; count];
        let Some(seen) = seen else {
            let (out, input) = (init.out, init.input);
            let trained = [weight, bias, full(input, 1.0), full(input, 0.0), full(out, 1.0), full(out, 0.0)];
            return Self { trained, running: [full(input, 0.0), full(input, 1.0), full(out, 0.0), full(out, 1.0)] };
        };
        let deviation = |v: &f64| (v + EPSILON).sqrt();
        let rows = || weight.chunks(init.input.max(1));
        let scaled = rows().flat_map(|row| row.iter().zip(&seen.variance).map(|(w, v)| w * deviation(v))).collect();
        let trained = [
            scaled,
            seen.given_mean.clone(),
            full(init.input, 1.0),
            full(init.input, 0.0),
            seen.given_variance.iter().map(deviation).collect(),
            seen.given_mean.clone(),
        ];
        let running = [seen.mean.clone(), seen.variance.clone(), seen.given_mean.clone(), seen.given_variance.clone()];
        Self { trained, running }
    }

    /// The one affine map that they are with running statistics.
    pub(super) fn weights(&self, (out, input): (usize, usize)) -> Weights {
        let [w, b, g1, h1, g2, h2] = &self.trained;
        let [m1, v1, m2, v2] = &self.running;
        let factor = |g: &f64, v: &f64| g / (v + EPSILON).sqrt();
        let t1: Vec<f64> = g1.iter().zip(v1).map(|(g, v)| factor(g, v)).collect();
        let t2: Vec<f64> = g2.iter().zip(v2).map(|(g, v)| factor(g, v)).collect();
        let cells = (0..out).flat_map(|o| (0..input).map(move |i| (o, i)));
        let weight: Vec<f64> = cells.map(|(o, i)| t2[o] * w[o * input + i] * t1[i]).collect();
        let shift = |o: usize| (0..input).map(|i| w[o * input + i] * (h1[i] - m1[i] * t1[i])).sum::<f64>();
        let bias: Vec<f64> = (0..out).map(|o| t2[o] * (b[o] + shift(o) - m2[o]) + h2[o]).collect();
        Weights { out, input, weight: rounded(&weight), bias: rounded(&bias) }
    }
}

/// Weight and bias as it is evaluated, from values in the order of [`Numbers`].
pub(super) fn evaluated(b: &mut Builder, values: &[ValueId; 10]) -> Result<(ValueId, ValueId), GraphError> {
    let [w, bias, g1, h1, g2, h2, m1, v1, m2, v2] = *values;
    let (t1, t2) = (factor(b, g1, v1)?, factor(b, g2, v2)?);
    let scaled = b.mul(w, t1)?;
    let column = b.ty(t2).shape[0];
    let tall = b.reshape(t2, &[column, Dim::ONE])?;
    let weight = b.mul(scaled, tall)?;
    let carried = b.mul(m1, t1)?;
    let offset = b.sub(h1, carried)?;
    let row = b.ty(offset).shape[0];
    let offset = b.reshape(offset, &[row, Dim::ONE])?;
    let shift = b.matmul(w, offset)?;
    let shift = b.reshape(shift, &[column])?;
    let centre = b.add(bias, shift)?;
    let centre = b.sub(centre, m2)?;
    let centre = b.mul(centre, t2)?;
    Ok((weight, b.add(centre, h2)?))
}

/// `g / sqrt(v + epsilon)`.
fn factor(b: &mut Builder, g: ValueId, v: ValueId) -> Result<ValueId, GraphError> {
    let shifted = b.shift(v, EPSILON)?;
    let deviation = b.sqrt(shifted)?;
    b.div(g, deviation)
}

/// The stitch as it is trained: what it gives for a batch `x`, and the running statistics after it.
pub(super) fn trained(
    b: &mut Builder,
    x: ValueId,
    values: &[ValueId; 10],
    share: ValueId,
) -> Result<(ValueId, [ValueId; 4]), GraphError> {
    let [w, bias, g1, h1, g2, h2, m1, v1, m2, v2] = *values;
    let (x, [m1, v1]) = normalised(b, x, (g1, h1), [m1, v1], share)?;
    let y = b.apply1(Stitch, &[x, w, bias])?;
    let (y, [m2, v2]) = normalised(b, y, (g2, h2), [m2, v2], share)?;
    Ok((y, [m1, v1, m2, v2]))
}

fn normalised(
    b: &mut Builder,
    x: ValueId,
    (scale, shift): (ValueId, ValueId),
    running: [ValueId; 2],
    share: ValueId,
) -> Result<(ValueId, [ValueId; 2]), GraphError> {
    let rank = b.ty(x).rank();
    let axis = channel_axis(rank);
    let batch = moments(b, x, axis)?;
    let next = moved(b, (running, batch), (x, axis), share)?;
    let steep = factor(b, scale, batch[1])?;
    let [mean, steep, shift] =
        [along(b, batch[0], axis, rank)?, along(b, steep, axis, rank)?, along(b, shift, axis, rank)?];
    let centred = b.sub(x, mean)?;
    let scaled = b.mul(centred, steep)?;
    Ok((b.add(scaled, shift)?, next))
}
