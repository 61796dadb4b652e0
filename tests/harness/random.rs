//! Random directions, the same on every machine.

use stitchscope_core::random::{Purpose, Stream};

/// A seed for everything that is drawn here.
const SEED: u64 = 2025;

/// A random direction of Euclidean length 1.
#[must_use]
pub fn direction(length: usize, index: u64) -> Vec<f64> {
    let mut stream = Stream::new(SEED, Purpose::Test, index, 1);
    let values: Vec<f64> = (0..length).map(|_| f64::from(stream.gaussian_f32())).collect();
    let norm = values.iter().map(|v| v * v).sum::<f64>().sqrt();
    values.into_iter().map(|v| v / norm).collect()
}
