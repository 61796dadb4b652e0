//! What a network's taps do on their own, streamed: sums over rows (image and position) and over each image's mean activation.
//!
//! From them follow a Gaussian model of the activations (`gaussian.rs`) and a linear classifier on them (`probe.rs`).

use super::gram_graph::Rows;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::ops::stitch::channel_axis;
use crate::tensor::{DType, Dim, Tensor, TensorError, TensorType};

/// Sums over one tap of `c` channels on images of `k` classes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TapSums {
    /// `sum a` over rows, `[c]`.
    pub sum: Vec<f64>,
    /// `sum a a^T` over rows, [c, c] row-major.
    pub gram: Vec<f64>,
    /// `sum p` of the images' mean activations p, `[c]`.
    pub pooled_sum: Vec<f64>,
    /// `sum p p^T`, [c, c] row-major.
    pub pooled_gram: Vec<f64>,
    /// `sum p y^T` with y one at the image's label, [c, k] row-major.
    pub by_class: Vec<f64>,
}

impl TapSums {
    /// Adds the sums of another batch of images.
    ///
    /// # Errors
    /// [`TensorError::Type`] when a result is not f64.
    pub fn add(&mut self, results: &[Tensor]) -> Result<(), TensorError> {
        let own = [&mut self.sum, &mut self.gram, &mut self.pooled_sum, &mut self.pooled_gram, &mut self.by_class];
        for (total, part) in own.into_iter().zip(results) {
            let part = part.as_f64()?;
            total.resize(part.len(), 0.0);
            total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
        }
        Ok(())
    }
}

/// Results of [`tap_graph`] per tap.
pub(crate) const SUMS_PER_TAP: usize = 5;

/// One step of the pass: (image batch, labels `[N]`) to the five sums of each tap, in f64 and in the order of [`TapSums`]. `network` maps
/// the image batch to its taps, one output each.
///
/// # Errors
/// [`GraphError`] when a tap has no channels.
pub(crate) fn tap_graph(network: &Graph, classes: usize) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let image = b.input("image", network.ty(network.inputs()[0]).clone());
    let label = b.input("label", TensorType::new(DType::I64, &[Dim::BATCH]));
    let hot = b.one_hot(label, classes)?;
    let hot = b.cast(hot, DType::F64)?;
    for tap in inline(&mut b, network, &[image])? {
        let rows = Rows::of(&mut b, tap)?;
        let pooled = pooled(&mut b, tap)?;
        let pooled = Rows::of(&mut b, pooled)?;
        let sums = [
            b.reduce_sum(rows.rows, &[0], false)?,
            b.matmul(rows.turned, rows.rows)?,
            b.reduce_sum(pooled.rows, &[0], false)?,
            b.matmul(pooled.turned, pooled.rows)?,
            b.matmul(pooled.turned, hot)?,
        ];
        sums.into_iter().for_each(|sum| b.output("sum", sum));
    }
    let mut graph = b.finish();
    // Engines address outputs by name.
    graph.number_outputs();
    Ok(graph)
}

/// The mean over an activation's positions, which stay as axes of size 1.
pub(crate) fn pooled(b: &mut Builder, signal: ValueId) -> Result<ValueId, GraphError> {
    let rank = b.ty(signal).rank();
    let axis = channel_axis(rank);
    let positions: Vec<usize> = (1..rank).filter(|i| *i != axis).collect();
    b.reduce_mean(signal, &positions, true)
}
