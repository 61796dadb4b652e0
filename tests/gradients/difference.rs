//! Central differences: the derivative that needs no rule.

use stitchscope_core::tensor::Array;

/// Half the distance of the two points. In f64 the formula's own error (its square) and that of rounding (its inverse
/// times 1e-16) are both near 1e-10 of the numbers that occur here.
const STEP: f64 = 1e-5;

/// The derivative of `loss` by every element of argument `index`, row by row.
pub fn central(
    arguments: &[Array],
    index: usize,
    loss: impl Fn(&[Array]) -> Result<f64, String>,
) -> Result<Vec<f64>, String> {
    let mut moved = arguments.to_vec();
    let count = arguments[index].shape().iter().product();
    let mut slopes = Vec::with_capacity(count);
    for position in 0..count {
        let mut at = |offset: f64| {
            moved[index] = shifted(&arguments[index], position, offset);
            loss(&moved)
        };
        slopes.push((at(STEP)? - at(-STEP)?) / (2.0 * STEP));
    }
    Ok(slopes)
}

/// The array with `offset` added to one element.
fn shifted(array: &Array, position: usize, offset: f64) -> Array {
    let mut copy = array.clone();
    if let Array::Real(values) = &mut copy
        && let Some(value) = values.iter_mut().nth(position)
    {
        *value += offset;
    }
    copy
}
