//! Trilu: the upper or lower triangle of matrices, zeros elsewhere, read as a choice by a constant mask.
//! <https://onnx.ai/onnx/operators/onnx__Trilu.html>

use crate::ops::Import;
use crate::ops::and::And;
use crate::ops::family::args;
use crate::ops::wher::Where;
use crate::tensor::{DType, Data, Tensor};

/// Reader of `Trilu` nodes; `k` must be constant.
pub const ONNX: &[Import] = &[("Trilu", |n| {
    let (x, ty) = (n.input(0)?, n.ty(0)?);
    let k = n.ints_input(1)?.and_then(|k| k.first().copied()).unwrap_or(0);
    let upper = n.int("upper", 1)? != 0;
    let [.., rows, columns] = ty.shape.as_slice() else {
        return Err(n.error(format!("needs at least two axes, was given {ty}")));
    };
    let rows = args::known(*rows, "the number of rows").map_err(|e| n.refuse(e))?;
    let columns = args::known(*columns, "the number of columns").map_err(|e| n.refuse(e))?;
    let mask = n.b.constant(triangle(rows, columns, k, upper).map_err(|e| n.error(e.to_string()))?);
    if ty.dtype == DType::Bool {
        return n.apply_to(And, &[x, mask]);
    }
    let zero = n.b.scalar_like(0.0, x);
    n.apply_to(Where, &[mask, x, zero])
})];

/// True in the triangle from diagonal `k` on: upwards, or downwards.
fn triangle(rows: usize, columns: usize, k: i64, upper: bool) -> Result<Tensor, crate::tensor::TensorError> {
    let index = |i: usize| i64::try_from(i).unwrap_or(i64::MAX);
    let inside = |row: usize, column: usize| {
        let distance = index(column) - index(row);
        if upper { distance >= k } else { distance <= k }
    };
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| inside(row, column)));
    Tensor::new(&[rows, columns], Data::Bool(cells.collect::<Vec<_>>().into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::trial::Trial;

    #[test]
    fn diagonals_are_those_of_numpy() {
        let cells = |k, upper| triangle(2, 3, k, upper).unwrap().to_f64();
        // numpy.triu(numpy.ones((2, 3)), k), numpy.tril(numpy.ones((2, 3)), k)
        assert_eq!(cells(0, true), [1.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
        assert_eq!(cells(2, true), [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(cells(-1, false), [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(cells(i64::MIN, true), [1.0; 6]);
    }

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Trilu").on(&[2, 3], &[-1.1, -1.4, 0.5, -1.8, -1.9, 0.1]).constant(Tensor::i64(&[], vec![1]).unwrap()).gives(&[2, 3], &[0.0, -1.4, 0.5, 0.0, 0.0, 0.1]);
        Trial::of("Trilu").with("upper", 0).on(&[1, 3, 2], &[-0.1, 1.7, 0.5, 0.1, -0.0, -1.0]).gives(&[1, 3, 2], &[-0.1, 0.0, 0.5, 0.1, -0.0, -1.0]);
    }
}
