//! Element by element in f32, written over an argument that nobody else holds.
//!
//! These are the formulas whose f32 result is the rounded exact one, so nothing is lost against the oracle.

use std::sync::Arc;

use super::runs::runs;
use super::scratch::Scratch;
use crate::ops::{Op, OpError};
use crate::platform::simd::{Simd, WithSimd, vectorized};
use crate::tensor::{Data, Tensor};

/// `y = f(x)`; `None` for operators without a formula here.
pub(super) fn unary(op: &Op, x: &mut Tensor, scratch: &mut Scratch) -> Result<Option<Tensor>, OpError> {
    match op {
        // Not `max`, which would turn NaN into 0 and hide it.
        Op::Relu(_) => map(x, scratch, |x| if x < 0.0 { 0.0 } else { x }),
        Op::Neg(_) => map(x, scratch, |x| -x),
        Op::Abs(_) => map(x, scratch, f32::abs),
        Op::Sqrt(_) => map(x, scratch, f32::sqrt),
        Op::Floor(_) => map(x, scratch, f32::floor),
        Op::Ceil(_) => map(x, scratch, f32::ceil),
        Op::Round(_) | Op::RoundThrough(_) => map(x, scratch, f32::round_ties_even),
        // Zero stays zero, NaN stays NaN.
        Op::Sign(_) => map(x, scratch, sign),
        _ => Ok(None),
    }
}

/// `y = f(a, b)`, broadcast to `shape`; `None` for operators without a formula here.
pub(super) fn binary(
    op: &Op,
    (a, b): (&mut Tensor, &mut Tensor),
    shape: &[usize],
    scratch: &mut Scratch,
) -> Result<Option<Tensor>, OpError> {
    match op {
        Op::Add(_) => zip(a, b, shape, scratch, |a, b| a + b),
        Op::Sub(_) => zip(a, b, shape, scratch, |a, b| a - b),
        Op::Mul(_) => zip(a, b, shape, scratch, |a, b| a * b),
        Op::Div(_) => zip(a, b, shape, scratch, |a, b| a / b),
        Op::Min(_) => zip(a, b, shape, scratch, |a, b| if a.is_nan() || a < b { a } else { b }),
        Op::Max(_) => zip(a, b, shape, scratch, |a, b| if a.is_nan() || a > b { a } else { b }),
        _ => Ok(None),
    }
}

#[inline(always)]
fn sign(x: f32) -> f32 {
    let one = if x > 0.0 { 1.0 } else { x };
    if x < 0.0 { -1.0 } else { one }
}

fn made(shape: &[usize], values: Vec<f32>) -> Result<Option<Tensor>, OpError> {
    Tensor::f32(shape, values).map(Some).map_err(|error| OpError::shape(error.to_string()))
}

/// The elements, taken: a list to write over, or one that others hold too.
fn taken(x: &mut Tensor) -> Result<Vec<f32>, Arc<Vec<f32>>> {
    match std::mem::replace(x, Tensor::scalar(0.0)).into_data() {
        Data::F32(values) => Arc::try_unwrap(values),
        Data::F64(_) | Data::I64(_) | Data::Bool(_) => Ok(Vec::new()),
    }
}

/// A formula over lists, with the widest vectors.
enum Loop<'a, F> {
    /// `y = f(y, y)`.
    Over(&'a mut [f32], F),
    /// `y = f(y, b)`.
    Left(&'a mut [f32], &'a [f32], F),
    /// `y = f(a, y)`.
    Right(&'a [f32], &'a mut [f32], F),
    /// `y = f(a, b)`.
    Both(&'a mut [f32], &'a [f32], &'a [f32], F),
    /// `y = f(a, b)` for one `b`.
    LeftOne(&'a mut [f32], &'a [f32], f32, F),
    /// `y = f(a, b)` for one `a`.
    RightOne(&'a mut [f32], f32, &'a [f32], F),
}

impl<F: Fn(f32, f32) -> f32> WithSimd for Loop<'_, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _simd: S) {
        match self {
            Self::Over(y, f) => y.iter_mut().for_each(|y| *y = f(*y, *y)),
            Self::Left(y, b, f) => y.iter_mut().zip(b).for_each(|(y, b)| *y = f(*y, *b)),
            Self::Right(a, y, f) => y.iter_mut().zip(a).for_each(|(y, a)| *y = f(*a, *y)),
            Self::Both(y, a, b, f) => y.iter_mut().zip(a).zip(b).for_each(|((y, a), b)| *y = f(*a, *b)),
            Self::LeftOne(y, a, b, f) => y.iter_mut().zip(a).for_each(|(y, a)| *y = f(*a, b)),
            Self::RightOne(y, a, b, f) => y.iter_mut().zip(b).for_each(|(y, b)| *y = f(a, *b)),
        }
    }
}

fn map(x: &mut Tensor, scratch: &mut Scratch, f: impl Fn(f32) -> f32) -> Result<Option<Tensor>, OpError> {
    let shape = x.shape().to_vec();
    let values = match taken(x) {
        Ok(mut values) => {
            vectorized(Loop::Over(&mut values, |x, _| f(x)));
            values
        }
        Err(shared) => {
            let mut values = scratch.take(shared.len());
            vectorized(Loop::LeftOne(&mut values, &shared, 0.0, |x, _| f(x)));
            values
        }
    };
    made(&shape, values)
}

fn zip(
    a: &mut Tensor,
    b: &mut Tensor,
    shape: &[usize],
    scratch: &mut Scratch,
    f: impl Fn(f32, f32) -> f32,
) -> Result<Option<Tensor>, OpError> {
    match (a.shape() == shape, b.shape() == shape) {
        (true, true) => return made(shape, equal(taken(a), taken(b), scratch, f)),
        (true, false) if b.len() == 1 => {
            let Some(b) = one(b) else { return Ok(None) };
            return map(a, scratch, |a| f(a, b));
        }
        (false, true) if a.len() == 1 => {
            let Some(a) = one(a) else { return Ok(None) };
            return map(b, scratch, |b| f(a, b));
        }
        _ => {}
    }
    let Some((length, places)) = runs(a.shape(), b.shape(), shape) else { return Ok(None) };
    let (Ok(left), Ok(right)) = (a.as_f32(), b.as_f32()) else { return Ok(None) };
    let mut y = scratch.take(shape.iter().product());
    for (y, [from_a, from_b]) in y.chunks_exact_mut(length).zip(places) {
        match (from_a.run(left, length), from_b.run(right, length)) {
            ([a], [b]) => y.fill(f(*a, *b)),
            (a, [b]) => vectorized(Loop::LeftOne(y, a, *b, &f)),
            ([a], b) => vectorized(Loop::RightOne(y, *a, b, &f)),
            (a, b) => vectorized(Loop::Both(y, a, b, &f)),
        }
    }
    made(shape, y)
}

/// Both as long as the result: written over the one that nobody else holds.
fn equal(
    a: Result<Vec<f32>, Arc<Vec<f32>>>,
    b: Result<Vec<f32>, Arc<Vec<f32>>>,
    scratch: &mut Scratch,
    f: impl Fn(f32, f32) -> f32,
) -> Vec<f32> {
    match (a, b) {
        (Ok(mut a), b) => {
            let b = b.as_deref().unwrap_or_else(|shared| shared.as_slice());
            vectorized(Loop::Left(&mut a, b, f));
            a
        }
        (Err(a), Ok(mut b)) => {
            vectorized(Loop::Right(&a, &mut b, f));
            b
        }
        (Err(a), Err(b)) => {
            let mut y = scratch.take(a.len());
            vectorized(Loop::Both(&mut y, &a, &b, f));
            y
        }
    }
}

fn one(x: &Tensor) -> Option<f32> {
    x.as_f32().ok()?.first().copied()
}
