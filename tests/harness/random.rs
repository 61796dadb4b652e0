//! Random functionals and directions, the same on every machine.

use stitchscope_core::graph::{Builder, GraphError, ValueId};
use stitchscope_core::ops::Sample;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::tensor::TensorType;

/// A seed for everything that is drawn here.
const SEED: u64 = 2025;

/// Appends the sum of a value's elements, each with a fixed random weight, the same for all images of a batch.
///
/// # Errors
/// [`GraphError`] from the builder.
pub fn weighted_sum(b: &mut Builder, value: ValueId, index: u64) -> Result<ValueId, GraphError> {
    let ty: TensorType = b.ty(value).clone();
    let shape: Vec<usize> = ty.shape.iter().map(|d| d.known().unwrap_or(1)).collect();
    let weights = b.constant(Sample::real(&shape).draw(SEED, index).to_tensor(ty.dtype));
    let product = b.mul(value, weights)?;
    let axes: Vec<usize> = (0..ty.rank()).collect();
    b.reduce_sum(product, &axes, false)
}

/// A random direction of Euclidean length 1.
#[must_use]
pub fn direction(length: usize, index: u64) -> Vec<f64> {
    let mut stream = Stream::new(SEED, Purpose::Test, index, 1);
    let values: Vec<f64> = (0..length).map(|_| f64::from(stream.gaussian_f32())).collect();
    let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt();
    values.into_iter().map(|v| v / norm).collect()
}
