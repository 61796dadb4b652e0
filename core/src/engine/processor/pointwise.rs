//! Element by element in f32, written over an argument that nobody else holds.
//!
//! These are the formulas whose f32 result is the rounded exact one, so nothing is lost against the oracle.

use std::sync::Arc;

use ndarray::{ArrayViewD, IxDyn, Zip};

use crate::ops::{Op, OpError};
use crate::tensor::{Data, Tensor};

/// `y = f(x)`; `None` for operators without a formula here.
pub fn unary(op: &Op, x: &mut Tensor) -> Result<Option<Tensor>, OpError> {
    match op {
        // Not `max`, which would turn NaN into 0 and hide it.
        Op::Relu(_) => map(x, |x| if x < 0.0 { 0.0 } else { x }),
        Op::Neg(_) => map(x, |x| -x),
        Op::Abs(_) => map(x, f32::abs),
        Op::Sqrt(_) => map(x, f32::sqrt),
        Op::Floor(_) => map(x, f32::floor),
        Op::Ceil(_) => map(x, f32::ceil),
        Op::Round(_) | Op::RoundThrough(_) => map(x, f32::round_ties_even),
        // Zero stays zero, NaN stays NaN.
        Op::Sign(_) => map(x, sign),
        _ => Ok(None),
    }
}

/// `y = f(a, b)`, broadcast to `shape`; `None` for operators without a formula here.
pub fn binary(op: &Op, a: &mut Tensor, b: &mut Tensor, shape: &[usize]) -> Result<Option<Tensor>, OpError> {
    match op {
        Op::Add(_) => zip(a, b, shape, |a, b| a + b),
        Op::Sub(_) => zip(a, b, shape, |a, b| a - b),
        Op::Mul(_) => zip(a, b, shape, |a, b| a * b),
        Op::Div(_) => zip(a, b, shape, |a, b| a / b),
        Op::Min(_) => zip(a, b, shape, |a, b| if a.is_nan() || a < b { a } else { b }),
        Op::Max(_) => zip(a, b, shape, |a, b| if a.is_nan() || a > b { a } else { b }),
        _ => Ok(None),
    }
}

fn sign(x: f32) -> f32 {
    match x {
        _ if x > 0.0 => 1.0,
        _ if x < 0.0 => -1.0,
        _ => x,
    }
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

fn map(x: &mut Tensor, f: impl Fn(f32) -> f32) -> Result<Option<Tensor>, OpError> {
    let shape = x.shape().to_vec();
    let values = match taken(x) {
        Ok(mut values) => {
            values.iter_mut().for_each(|x| *x = f(*x));
            values
        }
        Err(shared) => shared.iter().map(|x| f(*x)).collect(),
    };
    made(&shape, values)
}

fn zip(
    a: &mut Tensor,
    b: &mut Tensor,
    shape: &[usize],
    f: impl Fn(f32, f32) -> f32,
) -> Result<Option<Tensor>, OpError> {
    match (a.shape() == shape, b.shape() == shape) {
        (true, true) => return made(shape, equal(taken(a), taken(b), f)),
        (true, false) if b.len() == 1 => {
            let Some(b) = one(b) else { return Ok(None) };
            return map(a, |a| f(a, b));
        }
        (false, true) if a.len() == 1 => {
            let Some(a) = one(a) else { return Ok(None) };
            return map(b, |b| f(a, b));
        }
        _ => {}
    }
    let (Some(a), Some(b)) = (view(a), view(b)) else { return Ok(None) };
    let (Some(a), Some(b)) = (a.broadcast(IxDyn(shape)), b.broadcast(IxDyn(shape))) else { return Ok(None) };
    made(shape, Zip::from(&a).and(&b).map_collect(|a, b| f(*a, *b)).as_standard_layout().iter().copied().collect())
}

/// Both as long as the result: written over the one that nobody else holds.
fn equal(
    a: Result<Vec<f32>, Arc<Vec<f32>>>,
    b: Result<Vec<f32>, Arc<Vec<f32>>>,
    f: impl Fn(f32, f32) -> f32,
) -> Vec<f32> {
    match (a, b) {
        (Ok(mut a), b) => {
            let b = b.as_deref().unwrap_or_else(|shared| shared.as_slice());
            a.iter_mut().zip(b).for_each(|(a, b)| *a = f(*a, *b));
            a
        }
        (Err(a), Ok(mut b)) => {
            b.iter_mut().zip(a.iter()).for_each(|(b, a)| *b = f(*a, *b));
            b
        }
        (Err(a), Err(b)) => a.iter().zip(b.iter()).map(|(a, b)| f(*a, *b)).collect(),
    }
}

fn one(x: &Tensor) -> Option<f32> {
    x.as_f32().ok()?.first().copied()
}

fn view(x: &Tensor) -> Option<ArrayViewD<'_, f32>> {
    ArrayViewD::from_shape(IxDyn(x.shape()), x.as_f32().ok()?).ok()
}
