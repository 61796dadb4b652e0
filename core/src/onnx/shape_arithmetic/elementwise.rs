//! Shape arithmetic element by element: sums, products, quotients, comparisons.

use ndarray::{ArrayD, IxDyn, Zip};

use super::{Fold, OnnxError};
use crate::onnx::SymbolicInt;
use crate::onnx::symbols::{MOST_SYMBOLS, Symbols};
use crate::tensor::DType;

/// Two (for Min and Max: any number of) inputs, broadcast.
pub(super) fn binary(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let op = node.info.op_type.as_str();
    let mut all = node.input(0)?.clone();
    let many = matches!(op, "Min" | "Max");
    if !many {
        node.input(1)?;
    }
    let last = if many { node.inputs.len() } else { 2 };
    for index in 1..last {
        let array = zip(node, &all.array, &node.input(index)?.array, |a, b| pair(op, a, b))?;
        all = Symbols { array, boolean: op == "Equal" };
    }
    Ok(all)
}

/// `-x`.
pub(super) fn negate(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let zero = ArrayD::from_elem(IxDyn(&[]), SymbolicInt::fixed(0));
    let array = zip(node, &zero, &node.input(0)?.array, |a, b| pair("Sub", a, b))?;
    Ok(Symbols { array, boolean: false })
}

/// `condition ? a : b`, broadcast.
pub(super) fn select(node: &Fold<'_>) -> Result<Symbols, OnnxError> {
    let (condition, a, b) = (node.input(0)?, node.input(1)?, node.input(2)?);
    let shape = zip(node, &a.array, &b.array, |a, _| Some(a))?;
    let shape = zip(node, &condition.array, &shape, |c, _| Some(c))?;
    let wide = |s: &Symbols| s.array.broadcast(shape.raw_dim()).map(|w| w.to_owned());
    let (Some(a), Some(other)) = (wide(a), wide(b)) else {
        return Err(node.error("its inputs do not broadcast"));
    };
    let array = Zip::from(&shape).and(&a).and(&other).map_collect(|c, a, b| if c.fixed != 0 { *a } else { *b });
    Ok(Symbols { array, boolean: b.boolean })
}

/// To integers or truth values; `None` for a cast to real numbers, which leaves the shape arithmetic.
pub(super) fn cast(node: &Fold<'_>) -> Result<Option<Symbols>, OnnxError> {
    let input = node.input(0)?;
    // Both are for floats of 8 bits and fewer, which are no type of ours.
    let _others = ["saturate", "round_mode"].map(|name| node.info.attributes.get(name).is_some());
    match crate::onnx::dtype_of(node.int_attribute("to", 0)) {
        Some(DType::I64) => Ok(Some(Symbols { boolean: false, ..input.clone() })),
        Some(DType::Bool) => {
            // N is at least 1, so a*N+b with a, b of one sign is never 0.
            let truth = |s: &SymbolicInt| SymbolicInt::fixed(i64::from(*s != SymbolicInt::fixed(0)));
            if input.array.iter().any(|s| s.batch != 0 && s.batch.signum() * s.fixed.signum() < 0) {
                return Err(node.no_form());
            }
            Ok(Some(Symbols { array: input.array.mapv(|s| truth(&s)), boolean: true }))
        }
        Some(DType::F32 | DType::F64) | None => Ok(None),
    }
}

fn zip(
    node: &Fold<'_>,
    a: &ArrayD<SymbolicInt>,
    b: &ArrayD<SymbolicInt>,
    f: impl Fn(SymbolicInt, SymbolicInt) -> Option<SymbolicInt>,
) -> Result<ArrayD<SymbolicInt>, OnnxError> {
    let refuse = || node.error(format!("{:?} does not broadcast with {:?}", a.shape(), b.shape()));
    let rank = a.ndim().max(b.ndim());
    let at = |s: &[usize], i: usize| (i + s.len()).checked_sub(rank).map_or(1, |k| s[k]);
    let shape: Vec<usize> = (0..rank)
        .map(|i| match (at(a.shape(), i), at(b.shape(), i)) {
            (1, y) => y,
            (x, _) => x,
        })
        .collect();
    let size = shape.iter().try_fold(1_usize, |all, d| all.checked_mul(*d));
    if size.is_none_or(|s| s > MOST_SYMBOLS) {
        return Err(node.error("the result is too large for a shape"));
    }
    let a = a.broadcast(IxDyn(&shape)).ok_or_else(refuse)?;
    let b = b.broadcast(IxDyn(&shape)).ok_or_else(refuse)?;
    let values = a.iter().zip(b.iter()).map(|(a, b)| f(*a, *b)).collect::<Option<Vec<_>>>();
    let values = values.ok_or_else(|| node.no_form())?;
    ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|e| node.error(e.to_string()))
}

/// One pair of elements; `None` when the result has no form or overflows.
fn pair(op: &str, a: SymbolicInt, b: SymbolicInt) -> Option<SymbolicInt> {
    match op {
        "Add" => Some(SymbolicInt { batch: a.batch.checked_add(b.batch)?, fixed: a.fixed.checked_add(b.fixed)? }),
        "Sub" => Some(SymbolicInt { batch: a.batch.checked_sub(b.batch)?, fixed: a.fixed.checked_sub(b.fixed)? }),
        "Mul" => match (a.known(), b.known()) {
            (Some(k), _) => Some(SymbolicInt { batch: b.batch.checked_mul(k)?, fixed: b.fixed.checked_mul(k)? }),
            (_, Some(k)) => Some(SymbolicInt { batch: a.batch.checked_mul(k)?, fixed: a.fixed.checked_mul(k)? }),
            _ => None,
        },
        "Div" => divide(a, b),
        "Mod" => remainder(a, b),
        "Equal" => equal(a, b).map(|e| SymbolicInt::fixed(i64::from(e))),
        "Min" => larger(a, b).map(|first| if first { b } else { a }),
        "Max" => larger(a, b).map(|first| if first { a } else { b }),
        _ => None,
    }
}

fn divide(a: SymbolicInt, b: SymbolicInt) -> Option<SymbolicInt> {
    if let Some(k) = b.known() {
        // ONNX truncates integers, as `/` does here.
        let fixed = a.fixed.checked_div(k)?;
        let exact = a.batch == 0 || (a.batch.checked_rem(k)? == 0 && a.fixed.checked_rem(k)? == 0);
        return exact.then_some(SymbolicInt { batch: a.batch.checked_div(k)?, fixed });
    }
    let quotient = a.batch.checked_div(b.batch)?;
    (quotient.checked_mul(b.batch)? == a.batch && quotient.checked_mul(b.fixed)? == a.fixed)
        .then_some(SymbolicInt::fixed(quotient))
}

/// With the divisor's sign, as ONNX's `Mod` of integers has it.
fn remainder(a: SymbolicInt, b: SymbolicInt) -> Option<SymbolicInt> {
    let k = b.known()?;
    if a.batch.checked_rem(k)? != 0 {
        return None;
    }
    let rest = a.fixed.checked_rem(k)?;
    Some(SymbolicInt::fixed(if rest != 0 && (rest < 0) != (k < 0) { rest + k } else { rest }))
}

/// Whether `a == b` for every batch from 1 up, or for none.
fn equal(a: SymbolicInt, b: SymbolicInt) -> Option<bool> {
    if a == b {
        return Some(true);
    }
    let (batch, fixed) = (a.batch.checked_sub(b.batch)?, a.fixed.checked_sub(b.fixed)?);
    // batch * N = -fixed has a whole solution N >= 1?
    if batch == 0 || fixed.checked_rem(batch)? != 0 {
        return Some(false);
    }
    let at = fixed.checked_div(batch)?.checked_neg()?;
    (at < 1).then_some(false)
}

/// Whether `a >= b` for every batch from 1 up (or the opposite).
fn larger(a: SymbolicInt, b: SymbolicInt) -> Option<bool> {
    let batch = a.batch.checked_sub(b.batch)?;
    let at_one = batch.checked_add(a.fixed.checked_sub(b.fixed)?)?;
    match (batch.signum(), at_one.signum()) {
        (0 | 1, 0 | 1) => Some(true),
        (0 | -1, 0 | -1) => Some(false),
        _ => None,
    }
}
