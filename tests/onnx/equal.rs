//! When two results are the same to the standard.

use stitchscope_core::tensor::{Data, Tensor};

/// The standard's own tolerance: `|found - expected| <= ABSOLUTE + RELATIVE * |expected|`.
const RELATIVE: f64 = 1e-3;
const ABSOLUTE: f64 = 1e-7;
/// The same for results in bfloat16: two units in the last place.
const COARSE: f64 = 1.0 / 64.0;
/// Rounding of the expected value itself, where it is stored in fewer bits: half a unit in the last place.
const HALF: f64 = 1.0 / 2048.0;

/// Says where results differ: in number, kind of element, shape, or an element.
pub fn check(found: &[Tensor], expected: &[Tensor], coarse: bool) -> Result<(), String> {
    let relative = if coarse { COARSE } else { RELATIVE + HALF };
    if found.len() != expected.len() {
        return Err(format!("{} results, expected {}", found.len(), expected.len()));
    }
    found.iter().zip(expected).enumerate().try_for_each(|(index, (found, expected))| {
        one(found, expected, relative).map_err(|why| format!("result {index}: {why}"))
    })
}

fn one(found: &Tensor, expected: &Tensor, relative: f64) -> Result<(), String> {
    if found.dtype() != expected.dtype() {
        return Err(format!("{} elements, expected {}", found.dtype(), expected.dtype()));
    }
    if found.shape() != expected.shape() {
        return Err(format!("shape {:?}, expected {:?}", found.shape(), expected.shape()));
    }
    let exact = matches!(expected.data(), Data::I64(_) | Data::Bool(_));
    let (found, expected) = (found.to_f64(), expected.to_f64());
    let differ = |(_, (a, b)): &(usize, (&f64, &f64))| !same(**a, **b, (!exact).then_some(relative));
    match found.iter().zip(&expected).enumerate().find(differ) {
        None => Ok(()),
        Some((place, (a, b))) => Err(format!("element {place} is {a:e}, expected {b:e}")),
    }
}

/// `relative`: none where elements must be equal.
fn same(found: f64, expected: f64, relative: Option<f64>) -> bool {
    match relative.filter(|_| expected.is_finite() && found.is_finite()) {
        None => found == expected || (found.is_nan() && expected.is_nan()),
        Some(relative) => (found - expected).abs() <= ABSOLUTE + relative * expected.abs(),
    }
}
