//! Sums and means of f32 numbers along neighbouring axes, added up in f64 as the oracle does.

use crate::ops::{Op, OpError};
use crate::platform::simd::{Simd, WithSimd, vectorized};
use crate::tensor::{DType, Tensor};

/// The result of an operator that folds axes; `None` for others, and where the axes are not neighbours.
pub(super) fn folded(op: &Op, x: &Tensor, shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    match op {
        Op::ReduceSum(op) => sums(x, &op.axes, shape, (DType::F32, Term::Sum)),
        Op::ReduceMean(op) => sums(x, &op.axes, shape, (DType::F32, Term::Mean)),
        Op::ReduceSumSquare(op) => sums(x, &op.axes, shape, (DType::F32, Term::Square)),
        _ => Ok(None),
    }
}

/// Sums of f32 numbers as f64: what casting them first would give.
pub(super) fn widened(x: &Tensor, axes: &[usize], shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    sums(x, axes, shape, (DType::F64, Term::Sum))
}

/// What is added up, and what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Term {
    Sum,
    Mean,
    Square,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "counts; results are f32 where asked")]
fn sums(x: &Tensor, axes: &[usize], shape: &[usize], (dtype, term): (DType, Term)) -> Result<Option<Tensor>, OpError> {
    let Some([outer, count, inner]) = split(x.shape(), axes) else { return Ok(None) };
    let refuse = |error: crate::tensor::TensorError| OpError::shape(error.to_string());
    let cells = x.as_f32().map_err(refuse)?;
    let mut totals = vec![0.0; outer * inner];
    vectorized(Fold { cells, totals: &mut totals, sizes: [count, inner], squared: term == Term::Square });
    if term == Term::Mean {
        totals.iter_mut().for_each(|total| *total /= count as f64);
    }
    let result = match dtype {
        DType::F64 => Tensor::f64(shape, totals),
        _ => Tensor::f32(shape, totals.iter().map(|total| *total as f32).collect()),
    };
    result.map(Some).map_err(refuse)
}

/// Sizes before, along and behind neighbouring axes.
fn split(shape: &[usize], axes: &[usize]) -> Option<[usize; 3]> {
    let mut axes = axes.to_vec();
    axes.sort_unstable();
    let (first, last) = (*axes.first()?, *axes.last()?);
    let neighbours = last - first + 1 == axes.len() && last < shape.len();
    let size = |part: &[usize]| part.iter().product::<usize>();
    let sizes = || [size(&shape[..first]), size(&shape[first..=last]), size(&shape[last + 1..])];
    neighbours.then(sizes).filter(|sizes| !sizes.contains(&0))
}

struct Fold<'a> {
    /// [outer, count, inner]
    cells: &'a [f32],
    /// [outer, inner]
    totals: &'a mut [f64],
    /// Count and inner.
    sizes: [usize; 2],
    squared: bool,
}

impl WithSimd for Fold<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        let ([count, inner], squared) = (self.sizes, self.squared);
        let term = |x: f32| if squared { f64::from(x) * f64::from(x) } else { f64::from(x) };
        for (cells, totals) in self.cells.chunks_exact(count * inner).zip(self.totals.chunks_exact_mut(inner)) {
            if let [total] = totals {
                // Eight sums side by side: one alone would wait for itself.
                let (chunks, rest) = cells.as_chunks::<8>();
                let mut parts = [0.0; 8];
                for chunk in chunks {
                    parts.iter_mut().zip(chunk).for_each(|(part, x)| *part += term(*x));
                }
                *total = parts.iter().sum::<f64>() + rest.iter().map(|x| term(*x)).sum::<f64>();
                continue;
            }
            for cells in cells.chunks_exact(inner) {
                totals.iter_mut().zip(cells).for_each(|(total, x)| *total += term(*x));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_fold_wherever_they_stand() {
        let x = Tensor::f32(&[2, 3, 11], (0..66_u8).map(f32::from).collect()).unwrap();
        let of = |axes: &[usize], shape: &[usize]| widened(&x, axes, shape).unwrap().unwrap().to_f64();
        assert_eq!(of(&[2], &[2, 3]), [55.0, 176.0, 297.0, 418.0, 539.0, 660.0]);
        assert_eq!(of(&[1, 2], &[2]), [528.0, 1617.0]);
        assert_eq!(of(&[0, 1], &[11])[..2], [165.0, 171.0]);
        assert_eq!(of(&[1], &[2, 11])[11], 132.0);
        assert!(widened(&x, &[0, 2], &[3]).unwrap().is_none());
    }
}
