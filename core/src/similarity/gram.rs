//! One streamed pass over the data gathers, in f64, everything that direct matching and CKA need.
//!
//! Rows are examples (image and position), columns are channels. For taps with rows `a` and `b`:
//!
//! - of each tap: `sum a`, `sum a a^T`, `sum |a|^4`, `sum a |a|^2`;
//! - of each pair: `sum a b^T`, `sum |a|^2 |b|^2`, `sum a |b|^2`, `sum b |a|^2`.
//!
//! All pairs share the pass: the networks run once whatever the number of pairs.

use crate::graph::{Builder, Graph, GraphError, ValueId};
use crate::ops::stitch::channel_axis;
use crate::tensor::{DType, Dim, Tensor, TensorError};

/// Sums over the rows of one tap with `c` channels.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfSums {
    /// `sum a`, `[c]`.
    pub sum: Vec<f64>,
    /// `sum a a^T`, [c, c] row-major; its trace is `sum |a|^2`.
    pub gram: Vec<f64>,
    /// `sum |a|^4`.
    pub fourth: f64,
    /// `sum a |a|^2`, `[c]`.
    pub by_norm: Vec<f64>,
}

/// Sums over the rows of a pair of taps with `ca` and `cb` channels.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossSums {
    /// `sum a b^T`, [ca, cb] row-major.
    pub gram: Vec<f64>,
    /// `sum |a|^2 |b|^2`.
    pub norms: f64,
    /// `sum a |b|^2`, `[ca]`.
    pub a_by_b: Vec<f64>,
    /// `sum b |a|^2`, `[cb]`.
    pub b_by_a: Vec<f64>,
}

/// All sums of one pair.
#[derive(Clone, Copy, Debug)]
pub struct PairSums<'a> {
    /// Number of rows.
    pub rows: f64,
    /// Sums of the front tap.
    pub a: &'a SelfSums,
    /// Sums of the end tap.
    pub b: &'a SelfSums,
    /// Sums of the pair.
    pub cross: &'a CrossSums,
}

/// Sums of all taps and pairs of a study, added up batch by batch.
#[derive(Clone, Debug)]
pub struct Moments {
    fronts: usize,
    ends: usize,
    pairs: Vec<(usize, usize)>,
    rows_per_image: Vec<usize>,
    images: usize,
    totals: Vec<Vec<f64>>,
}

impl Moments {
    /// Empty sums for these pairs of (front tap, end tap) indices.
    #[must_use]
    pub fn new(front_rows: &[usize], end_count: usize, pairs: &[(usize, usize)]) -> Self {
        Self {
            fronts: front_rows.len(),
            ends: end_count,
            pairs: pairs.to_vec(),
            rows_per_image: front_rows.to_vec(),
            images: 0,
            totals: Vec::new(),
        }
    }

    /// Adds the results of [`gram_graph`] on `images` images.
    ///
    /// # Errors
    /// [`TensorError::Type`] when a result is not f64.
    pub fn add(&mut self, images: usize, results: &[Tensor]) -> Result<(), TensorError> {
        let parts = results.iter().map(Tensor::as_f64).collect::<Result<Vec<_>, _>>()?;
        if self.totals.is_empty() {
            self.totals = parts.iter().map(|p| vec![0.0; p.len()]).collect();
        }
        for (total, part) in self.totals.iter_mut().zip(parts) {
            total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
        }
        self.images += images;
        Ok(())
    }

    /// Sums of pair `index`, in the order given to [`Moments::new`].
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "rows are counted far below 2^53")]
    pub fn pair(&self, index: usize) -> (f64, SelfSums, SelfSums, CrossSums) {
        let (front, end) = self.pairs[index];
        let number = |at: usize| self.total(at).first().copied().unwrap_or_default();
        let of_tap = |tap: usize| SelfSums {
            sum: self.total(4 * tap),
            gram: self.total(4 * tap + 1),
            fourth: number(4 * tap + 2),
            by_norm: self.total(4 * tap + 3),
        };
        let start = 4 * (self.fronts + self.ends + index);
        let cross = CrossSums {
            gram: self.total(start),
            norms: number(start + 1),
            a_by_b: self.total(start + 2),
            b_by_a: self.total(start + 3),
        };
        let rows = (self.images * self.rows_per_image[front]) as f64;
        (rows, of_tap(front), of_tap(self.fronts + end), cross)
    }

    fn total(&self, index: usize) -> Vec<f64> {
        self.totals.get(index).cloned().unwrap_or_default()
    }
}

/// The graph of one step of the pass: image batch in, f64 sums out, in the order that [`Moments`] expects.
///
/// `front` and `end` map the image batch [N, C, H, W] to their taps, one output each. Activations of the front taps in `keep`
/// follow the sums. Front taps after those of the pairs have no sums: they are there to be kept.
///
/// # Errors
/// [`GraphError`] when a network's input differs from the other's.
pub fn gram_graph(front: &Graph, end: &Graph, pairs: &[(usize, usize)], keep: &[usize]) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let image = b.input("image", front.ty(front.inputs()[0]).clone());
    let fronts = crate::graph::inline(&mut b, front, &[image])?;
    let ends = crate::graph::inline(&mut b, end, &[image])?;
    let kept: Vec<ValueId> = keep.iter().map(|i| fronts[*i]).collect();
    let summed = pairs.iter().map(|(front, _)| front + 1).max().unwrap_or(0);
    let fronts = fronts.into_iter().take(summed).map(|v| Rows::of(&mut b, v)).collect::<Result<Vec<_>, _>>()?;
    let ends = ends.into_iter().map(|v| Rows::of(&mut b, v)).collect::<Result<Vec<_>, _>>()?;
    for tap in fronts.iter().chain(&ends) {
        let sum = b.reduce_sum(tap.rows, &[0], false)?;
        b.output("sum", sum);
        let gram = b.matmul(tap.turned, tap.rows)?;
        let squares = b.mul(tap.norms, tap.norms)?;
        let fourth = b.reduce_sum(squares, &[0, 1], false)?;
        let by_norm = b.matmul(tap.turned, tap.norms)?;
        for (name, value) in [("gram", gram), ("fourth", fourth), ("by_norm", by_norm)] {
            b.output(name, value);
        }
    }
    for (i, j) in pairs {
        let (x, y) = (&fronts[*i], &ends[*j]);
        let gram = b.matmul(x.turned, y.rows)?;
        let product = b.mul(x.norms, y.norms)?;
        let norms = b.reduce_sum(product, &[0, 1], false)?;
        // Products of norms with single channels, as matrix products [c, rows] @ [rows, 1].
        let x_by_y = b.matmul(x.turned, y.norms)?;
        let y_by_x = b.matmul(y.turned, x.norms)?;
        for (name, value) in [("cross", gram), ("norms", norms), ("a_by_b", x_by_y), ("b_by_a", y_by_x)] {
            b.output(name, value);
        }
    }
    for activation in kept {
        b.output("activation", activation);
    }
    let mut graph = b.finish();
    // Engines address outputs by name.
    graph.number_outputs();
    Ok(graph)
}

/// A tap's rows in f64, their transpose and squared norms [rows, 1].
pub(super) struct Rows {
    pub rows: ValueId,
    pub turned: ValueId,
    norms: ValueId,
}

impl Rows {
    pub fn of(b: &mut Builder, value: ValueId) -> Result<Self, GraphError> {
        let rank = b.ty(value).rank();
        let axis = channel_axis(rank);
        let order: Vec<usize> = (0..rank).filter(|i| *i != axis).chain([axis]).collect();
        let last = b.transpose(value, &order)?;
        let shape = b.ty(last).shape.clone();
        let (channels, lead) = (shape[rank - 1], &shape[..rank - 1]);
        let count = lead.iter().try_fold(Dim::ONE, |all, d| all.times(*d)).unwrap_or(Dim::BATCH);
        let flat = b.reshape(last, &[count, channels])?;
        let rows = b.cast(flat, DType::F64)?;
        let turned = b.transpose_last(rows)?;
        let squares = b.mul(rows, rows)?;
        let norms = b.reduce_sum(squares, &[1], true)?;
        Ok(Self { rows, turned, norms })
    }
}
