//! What of a stitch is trained: all of its weight, the part under a mask, two thin factors, or all of it between two BatchNorms.

use faer::Mat;

use super::Weights;
use super::normed::{self, Numbers, Seen};
use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::stitch::Stitch;
use crate::tensor::{Tensor, TensorError, TensorType};

/// How a stitch's weight hangs on the trained tensors. The bias is trained in all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Parameters {
    /// `W = w`.
    #[default]
    Full,
    /// `W = w * mask`, element by element; the mask [out, in], row-major, of zeros and ones.
    Masked(Vec<f32>),
    /// `W = u v` with u [out, rank], v [rank, in].
    LowRank(usize),
    /// `W = w` between two BatchNorms, which begin at rest around what was seen, or else as PyTorch begins.
    Normed(Option<Seen>),
}

/// What a stitch makes of a batch in a training step.
pub(super) struct Stitched {
    /// The end's activation.
    pub value: ValueId,
    /// The weight that `l1` is about.
    pub weight: ValueId,
}

impl Parameters {
    /// Names and sizes of what is trained.
    #[must_use]
    pub fn tensors(&self, out: usize, input: usize) -> Vec<(&'static str, Vec<usize>)> {
        match self {
            Self::Full | Self::Masked(_) => vec![("w", vec![out, input]), ("b", vec![out])],
            Self::LowRank(rank) => vec![("u", vec![out, *rank]), ("v", vec![*rank, input]), ("b", vec![out])],
            Self::Normed(_) => vec![
                ("w", vec![out, input]),
                ("b", vec![out]),
                ("g1", vec![input]),
                ("h1", vec![input]),
                ("g2", vec![out]),
                ("h2", vec![out]),
            ],
        }
    }

    /// Sizes of the stitch's own running statistics, which follow the batches and are not trained.
    #[must_use]
    pub fn statistics(&self, out: usize, input: usize) -> Vec<Vec<usize>> {
        match self {
            Self::Normed(_) => vec![vec![input], vec![input], vec![out], vec![out]],
            Self::Full | Self::Masked(_) | Self::LowRank(_) => Vec::new(),
        }
    }

    /// Declares what is trained as inputs of a graph, in the order of [`Parameters::tensors`].
    pub(super) fn inputs(&self, b: &mut Builder, (out, input): (usize, usize)) -> Vec<ValueId> {
        self.tensors(out, input).iter().map(|(name, sizes)| b.input(name, TensorType::f32(sizes))).collect()
    }

    /// Weight [out, in] and bias `[out]` as evaluated, from the trained values and the running statistics.
    pub(super) fn map(
        &self,
        b: &mut Builder,
        values: &[ValueId],
        (out, input): (usize, usize),
    ) -> Result<(ValueId, ValueId), GraphError> {
        match (self, values) {
            (Self::Normed(_), values) => {
                let all = values.try_into().map_err(|_| misfit(format!("{} tensors", values.len())))?;
                normed::evaluated(b, all)
            }
            (Self::Full, [w, bias]) => Ok((*w, *bias)),
            (Self::Masked(mask), [w, bias]) => {
                let mask = Tensor::f32(&[out, input], mask.clone()).map_err(|e| misfit(e.to_string()))?;
                let mask = b.constant(mask);
                Ok((b.mul(*w, mask)?, *bias))
            }
            (Self::LowRank(_), [u, v, bias]) => Ok((b.matmul(*u, *v)?, *bias)),
            _ => Err(misfit(format!("{} tensors", values.len()))),
        }
    }

    /// The stitch in a training step, on a batch `x`; its running statistics, in place, move on.
    pub(super) fn step(
        &self,
        b: &mut Builder,
        x: ValueId,
        (trained, statistics): (&[ValueId], &mut Vec<ValueId>),
        channels: (usize, usize),
        share: ValueId,
    ) -> Result<Stitched, GraphError> {
        if let Self::Normed(_) = self {
            let all = [trained, statistics].concat();
            let all = all.as_slice().try_into().map_err(|_| misfit(format!("{} tensors", all.len())))?;
            let (value, next) = normed::trained(b, x, all, share)?;
            *statistics = next.to_vec();
            return Ok(Stitched { value, weight: all[0] });
        }
        let (weight, bias) = self.map(b, trained, channels)?;
        Ok(Stitched { value: b.apply1(Stitch, &[x, weight, bias])?, weight })
    }

    /// The trained tensors that give `init`, or come nearest to it (truncated singular values, shared evenly by the factors).
    ///
    /// # Errors
    /// [`TensorError::Count`] when the numbers do not fill the sizes.
    pub fn first(&self, init: &Weights) -> Result<Vec<Tensor>, TensorError> {
        let (weight, bias) = init.tensors()?;
        match self {
            Self::Full => Ok(vec![weight, bias]),
            Self::Masked(mask) => {
                let kept = init.weight.iter().zip(mask).map(|(w, m)| w * m).collect();
                Ok(vec![Tensor::f32(&[init.out, init.input], kept)?, bias])
            }
            Self::LowRank(rank) => {
                let (u, v) = factors(init, *rank);
                Ok(vec![Tensor::f32(&[init.out, *rank], u)?, Tensor::f32(&[*rank, init.input], v)?, bias])
            }
            Self::Normed(seen) => {
                let sizes = self.tensors(init.out, init.input).into_iter().map(|(_, size)| size);
                narrowed(sizes, &Numbers::first(init, seen.as_ref()).trained)
            }
        }
    }

    /// The running statistics that go with [`Parameters::first`].
    ///
    /// # Errors
    /// [`TensorError::Count`] when the numbers do not fill the sizes.
    pub(crate) fn first_statistics(&self, init: &Weights) -> Result<Vec<Tensor>, TensorError> {
        match self {
            Self::Normed(seen) => {
                let sizes = self.statistics(init.out, init.input).into_iter();
                narrowed(sizes, &Numbers::first(init, seen.as_ref()).running)
            }
            Self::Full | Self::Masked(_) | Self::LowRank(_) => Ok(Vec::new()),
        }
    }

    /// The stitch, as evaluated, of tensors in the order of [`Parameters::tensors`] and then of [`Parameters::statistics`].
    ///
    /// # Errors
    /// [`TensorError`] when they are of another kind.
    pub fn weights(&self, trained: &[Tensor], (out, input): (usize, usize)) -> Result<Weights, TensorError> {
        let numbers: Vec<Vec<f64>> = trained.iter().map(Tensor::to_f64).collect();
        if let (Self::Normed(_), Some((trained, running))) = (self, numbers.split_at_checked(6)) {
            let (trained, running) = (<[_; 6]>::try_from(trained.to_vec()), <[_; 4]>::try_from(running.to_vec()));
            if let (Ok(trained), Ok(running)) = (trained, running) {
                return Ok(Numbers { trained, running }.weights((out, input)));
            }
        }
        let weight: Vec<f64> = match (self, numbers.as_slice()) {
            (Self::Masked(mask), [w, _]) => w.iter().zip(mask).map(|(w, m)| w * f64::from(*m)).collect(),
            (Self::LowRank(rank), [u, v, _]) => {
                let cell = |o: usize, i: usize| (0..*rank).map(|r| u[o * rank + r] * v[r * input + i]).sum();
                (0..out).flat_map(|o| (0..input).map(move |i| (o, i))).map(|(o, i)| cell(o, i)).collect()
            }
            _ => numbers.first().cloned().unwrap_or_default(),
        };
        let bias = numbers.last().cloned().unwrap_or_default();
        let stitch = Weights { out, input, weight: rounded(&weight), bias: rounded(&bias) };
        stitch.tensors()?;
        Ok(stitch)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "stitches are stored in f32")]
pub(super) fn rounded(values: &[f64]) -> Vec<f32> {
    values.iter().map(|v| *v as f32).collect()
}

fn narrowed(sizes: impl Iterator<Item = Vec<usize>>, numbers: &[Vec<f64>]) -> Result<Vec<Tensor>, TensorError> {
    sizes.zip(numbers).map(|(size, values)| Tensor::f32(&size, rounded(values))).collect()
}

fn misfit(found: String) -> GraphError {
    GraphError::Mismatch { what: "the stitch".to_owned(), expected: "its parameters".to_owned(), found }
}

/// `u [out, rank]`, `v [rank, in]` with `u v` nearest to the weight.
fn factors(init: &Weights, rank: usize) -> (Vec<f32>, Vec<f32>) {
    let (out, input) = (init.out, init.input);
    if init.weight.iter().all(|w| *w == 0.0) {
        // Two factors of zeros would never move; one of them random leaves the product zero and its gradient alive.
        return (vec![0.0; out * rank], Weights::random(rank, input, 0).weight);
    }
    let matrix = Mat::from_fn(out, input, |o, i| f64::from(init.weight[o * input + i]));
    let Ok(svd) = matrix.thin_svd() else { return (vec![0.0; out * rank], Weights::random(rank, input, 0).weight) };
    let values: Vec<f64> = svd.S().column_vector().iter().map(|s| s.sqrt()).collect();
    let value = |r: usize| values.get(r).copied().unwrap_or(0.0);
    let cell =
        |m: faer::MatRef<'_, f64>, row: usize, r: usize| if r < m.ncols() { m[(row, r)] * value(r) } else { 0.0 };
    let u: Vec<f64> = (0..out).flat_map(|o| (0..rank).map(move |r| (o, r))).map(|(o, r)| cell(svd.U(), o, r)).collect();
    let v: Vec<f64> =
        (0..rank).flat_map(|r| (0..input).map(move |i| (r, i))).map(|(r, i)| cell(svd.V(), i, r)).collect();
    (rounded(&u), rounded(&v))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tolerance;

    fn numbers(values: &[f32]) -> Vec<f64> {
        values.iter().map(|v| f64::from(*v)).collect()
    }

    #[test]
    fn factors_of_full_rank_give_the_weight_back_and_of_less_the_nearest() {
        let start = Weights::random(4, 6, 3);
        let back = |rank| {
            let kind = Parameters::LowRank(rank);
            kind.weights(&kind.first(&start).unwrap(), (4, 6)).unwrap()
        };
        assert!(Tolerance::Gradient.accepts(&numbers(&back(4).weight), &numbers(&start.weight)));
        assert_eq!(back(4).bias, start.bias);
        let distance = |rank| -> f64 {
            let found = back(rank).weight;
            found.iter().zip(&start.weight).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
        };
        assert!(distance(1) > distance(2) && distance(2) > distance(3) && distance(3) > 1e-3);
    }

    /// Both starts give the stitch back as it is evaluated: at rest around what was seen, and as PyTorch begins but for its epsilon.
    #[test]
    fn between_two_normalisations_the_start_is_kept() {
        let start = Weights::random(3, 2, 5);
        let seen = Seen {
            mean: vec![0.3, -2.0],
            variance: vec![4.0, 0.01],
            given_mean: vec![0.1, 0.2, -0.4],
            given_variance: vec![1.0, 0.0, 9.0],
        };
        // What the stitch gives must have the mean that was seen.
        let mean = |o: usize| {
            f64::from(start.bias[o]) + (0..2).map(|i| f64::from(start.weight[2 * o + i]) * seen.mean[i]).sum::<f64>()
        };
        let seen = Seen { given_mean: (0..3).map(mean).collect(), ..seen };
        for kind in [Parameters::Normed(Some(seen)), Parameters::Normed(None)] {
            let state = [kind.first(&start).unwrap(), kind.first_statistics(&start).unwrap()].concat();
            assert_eq!(state.len(), 10);
            let back = kind.weights(&state, (3, 2)).unwrap();
            assert!(Tolerance::Operator.accepts(&numbers(&back.weight), &numbers(&start.weight)), "{back:?} {start:?}");
            assert!(Tolerance::Operator.accepts(&numbers(&back.bias), &numbers(&start.bias)), "{back:?} {start:?}");
        }
    }

    #[test]
    fn a_mask_keeps_zeros_and_zeros_can_begin_to_learn() {
        let start = Weights::random(2, 2, 0);
        let kind = Parameters::Masked(vec![1.0, 0.0, 0.0, 1.0]);
        let kept = kind.weights(&kind.first(&start).unwrap(), (2, 2)).unwrap();
        assert_eq!(kept.weight, [start.weight[0], 0.0, 0.0, start.weight[3]]);
        let zeros = Parameters::LowRank(1).first(&Weights::zeros(3, 3)).unwrap();
        assert!(zeros[0].as_f32().unwrap().iter().all(|v| *v == 0.0));
        assert!(zeros[1].as_f32().unwrap().iter().any(|v| *v != 0.0));
    }
}
