//! What tiles gave becomes what the whole batch would have given.

use std::sync::Arc;

use ndarray::{ArrayD, ArrayViewD, Axis};

use super::value::Value;
use crate::engine::EngineError;
use crate::tensor::{Array, Tensor};

fn refuse(why: &str) -> EngineError {
    EngineError::Device { engine: "processor", doing: "joining the results of tiles".to_owned(), why: why.to_owned() }
}

/// Values of one kind one behind the other along axis 0.
///
/// # Errors
/// [`EngineError::Device`] when they are not of one kind and size.
pub(super) fn joined(rows: &[Value]) -> Result<Value, EngineError> {
    match rows.first() {
        Some(Value::Single(first)) => singles(first, rows),
        Some(Value::Other(first)) => {
            let array = |value: &Value| if let Value::Other(array) = value { Some(Arc::clone(array)) } else { None };
            let arrays: Vec<Arc<Array>> = rows.iter().filter_map(array).collect();
            others(first, &arrays).map(|array| Value::Other(Arc::new(array)))
        }
        None => Err(refuse("there are none")),
    }
}

fn singles(first: &Tensor, rows: &[Value]) -> Result<Value, EngineError> {
    let (mut shape, mut cells, mut count) = (first.shape().to_vec(), Vec::new(), 0);
    cells.reserve(first.len() * rows.len());
    for value in rows {
        let Value::Single(tensor) = value else { return Err(refuse("they are of several kinds")) };
        cells.extend_from_slice(tensor.as_f32()?);
        count += tensor.shape().first().copied().unwrap_or(1);
    }
    match shape.first_mut() {
        Some(size) => *size = count,
        None => return Err(refuse("a number has no rows")),
    }
    Ok(Value::Single(Tensor::f32(&shape, cells)?))
}

fn others(first: &Array, arrays: &[Arc<Array>]) -> Result<Array, EngineError> {
    fn all<T: Clone>(views: &[ArrayViewD<'_, T>]) -> Result<ArrayD<T>, EngineError> {
        ndarray::concatenate(Axis(0), views).map_err(|error| refuse(&error.to_string()))
    }
    macro_rules! of {
        ($kind:ident) => {{
            let mut views = Vec::with_capacity(arrays.len());
            for array in arrays {
                let Array::$kind(array) = array.as_ref() else { return Err(refuse("they are of several kinds")) };
                views.push(array.view());
            }
            all(&views).map(Array::$kind)
        }};
    }
    match first {
        Array::Real(_) => of!(Real),
        Array::Int(_) => of!(Int),
        Array::Bool(_) => of!(Bool),
    }
}

/// A sum over tiles: of f32 and f64 in f64, of integers as such.
pub(super) enum Total {
    /// Of f32 values of this shape.
    Single(Vec<usize>, Vec<f64>),
    Other(Array),
}

impl Total {
    /// The first tile's.
    pub(super) fn new(value: &Value) -> Self {
        match value {
            Value::Single(tensor) => Self::Single(tensor.shape().to_vec(), tensor.to_f64()),
            Value::Other(array) => Self::Other(Array::clone(array)),
        }
    }

    /// One more tile's.
    ///
    /// # Errors
    /// [`EngineError::Device`] when it is of another kind.
    pub(super) fn add(&mut self, value: &Value) -> Result<(), EngineError> {
        match (self, value) {
            (Self::Single(_, total), Value::Single(tensor)) => {
                total.iter_mut().zip(tensor.as_f32()?).for_each(|(total, x)| *total += f64::from(*x));
                Ok(())
            }
            (Self::Other(total), Value::Other(array)) => match (total, array.as_ref()) {
                (Array::Real(total), Array::Real(array)) => {
                    *total += array;
                    Ok(())
                }
                (Array::Int(total), Array::Int(array)) => {
                    *total += array;
                    Ok(())
                }
                _ => Err(refuse("sums are of several kinds")),
            },
            _ => Err(refuse("sums are of several kinds")),
        }
    }

    /// The sum, of the tiles' own kind.
    ///
    /// # Errors
    /// None where tiles have the shape that they say.
    #[expect(clippy::cast_possible_truncation, reason = "f32 values are rounded once")]
    pub(super) fn value(self) -> Result<Value, EngineError> {
        match self {
            Self::Single(shape, total) => {
                let cells: Vec<f32> = total.iter().map(|x| *x as f32).collect();
                Ok(Value::Single(Tensor::f32(&shape, cells)?))
            }
            Self::Other(array) => Ok(Value::Other(Arc::new(array))),
        }
    }
}
