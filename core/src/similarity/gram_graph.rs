//! The graph of one step of the pass that [`Moments`](super::Moments) adds up.
//!
//! Products of f32 numbers are made in f32 over short blocks of rows, and the blocks are added up in f64. Of rows `x`, `y` less their
//! origins, a sum of [`BLOCK`] products then errs by at most `BLOCK 2^-24` of `sum |x| |y|`, by chance by a thousandth of that. Where a block
//! would be so short that its result is larger than its rows (few positions, many channels), products are made in f64 at once.

use super::gram::{Order, summed};
use crate::graph::{Builder, Graph, GraphError, ValueId};
use crate::ops::stitch::channel_axis;
use crate::tensor::{DType, Dim, TensorType};

/// Rows of a block at most.
pub(crate) const BLOCK: usize = 1024;
/// Positions below which blocks do not pay.
const FEWEST: usize = 64;

/// How sums are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// Products in f32 in blocks, added up in f64.
    Blocks,
    /// All in f64.
    Double,
}

/// The graph of one step of the pass: image batch and origins in, f64 sums out, in the order that [`Moments`](super::Moments) expects.
///
/// Each of `networks` maps the image batch [N, C, H, W] to its taps, one output each; taps are counted through all of them. After the
/// images there is an input for each tap in [`summed`]: what is taken from its rows, f32 `[c]`. Activations of the taps in `keep` follow
/// the sums.
///
/// # Errors
/// [`GraphError`] when a network's input differs from another's.
pub fn gram_graph(
    networks: &[&Graph],
    pairs: &[(usize, usize)],
    keep: &[usize],
    how: (Order, Exactness),
) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let image = networks.first().map_or_else(|| TensorType::f32_batch(&[]), |n| n.ty(n.inputs()[0]).clone());
    let image = b.input("image", image);
    let mut values = Vec::new();
    for network in networks {
        values.extend(crate::graph::inline(&mut b, network, &[image])?);
    }
    for sum in gram_sums(&mut b, &values, pairs, how)? {
        b.output("sum", sum);
    }
    for tap in keep {
        b.output("activation", values[*tap]);
    }
    let mut graph = b.finish();
    // Engines address outputs by name.
    graph.number_outputs();
    Ok(graph)
}

/// The sums of pairs of `values`, within a larger graph: as [`gram_graph`], whose origins become inputs of the graph here.
///
/// # Errors
/// [`GraphError`] when the rows of a pair are not of one number.
pub(crate) fn gram_sums(
    b: &mut Builder,
    values: &[ValueId],
    pairs: &[(usize, usize)],
    (order, exactness): (Order, Exactness),
) -> Result<Vec<ValueId>, GraphError> {
    let used = summed(pairs);
    let mut taps = Vec::with_capacity(used.len());
    for (place, tap) in used.iter().enumerate() {
        taps.push(Signal::of(b, values[*tap], place, exactness)?);
    }
    let mut sums = Vec::new();
    for tap in &taps {
        sums.extend(tap.own(b, order)?);
    }
    let place = |tap: usize| used.iter().position(|known| *known == tap).unwrap_or_default();
    for (x, y) in pairs {
        sums.extend(across(b, (&taps[place(*x)], &taps[place(*y)]), order)?);
    }
    Ok(sums)
}

/// Channels and positions of an activation whose sums [`Exactness::Blocks`] makes in f32; `None` where they are in f64 anyway.
#[must_use]
pub(crate) fn blocked(ty: &TensorType) -> Option<(usize, usize)> {
    let axis = channel_axis(ty.rank());
    let single = ty.dtype == DType::F32 && ty.rank() > 2 && ty.shape.first() == Some(&Dim::BATCH);
    let mut others = (1..ty.rank()).filter(|i| *i != axis).map(|i| ty.shape[i].known());
    let positions = others.try_fold(1_usize, |all, size| all.checked_mul(size?))?;
    let channels = ty.shape.get(axis)?.known()?;
    (single && positions >= FEWEST && channels <= positions).then_some((channels, positions))
}

/// A tap's activation and its origin.
struct Signal {
    value: ValueId,
    origin: ValueId,
    /// Where products are made in blocks.
    blocks: Option<Blocks>,
}

/// Rows less their origin, and squared norms: [N, blocks, c, rows] and [N, blocks, 1, rows] in f32.
#[derive(Clone, Copy)]
struct Blocks {
    rows: ValueId,
    norms: ValueId,
}

impl Signal {
    fn of(b: &mut Builder, value: ValueId, place: usize, exactness: Exactness) -> Result<Self, GraphError> {
        let ty = b.ty(value).clone();
        let axis = channel_axis(ty.rank());
        let origin = b.input(&format!("origin{place}"), TensorType::new(DType::F32, &[ty.shape[axis]]));
        let sizes = blocked(&ty).filter(|_| exactness == Exactness::Blocks);
        let blocks = match sizes {
            None => None,
            Some(sizes) => Some(Blocks::of(b, (value, axis), origin, sizes)?),
        };
        Ok(Self { value, origin, blocks })
    }

    /// The rows in f64 less their origin.
    fn rows(&self, b: &mut Builder) -> Result<Rows, GraphError> {
        Rows::less(b, self.value, Some(self.origin))
    }

    /// `sum a`, `sum a a^T`, and with norms `sum |a|^4`, `sum a |a|^2`.
    fn own(&self, b: &mut Builder, order: Order) -> Result<Vec<ValueId>, GraphError> {
        let Some(Blocks { rows, norms }) = self.blocks else {
            let rows = self.rows(b)?;
            let mut sums = vec![b.reduce_sum(rows.rows, &[0], false)?, b.matmul(rows.turned, rows.rows)?];
            if order == Order::Fourth {
                let squares = b.mul(rows.norms, rows.norms)?;
                sums.extend([b.reduce_sum(squares, &[0, 1], false)?, b.matmul(rows.turned, rows.norms)?]);
            }
            return Ok(sums);
        };
        let sum = b.reduce_sum(rows, &[3], false)?;
        // Nothing may follow the sums: they are added up over cores as they are.
        let mut sums = vec![added(b, sum)?, product(b, rows, rows)?];
        if order == Order::Fourth {
            sums.extend([product(b, norms, norms)?, product(b, rows, norms)?]);
        }
        Ok(sums)
    }
}

impl Blocks {
    fn of(
        b: &mut Builder,
        (value, axis): (ValueId, usize),
        origin: ValueId,
        (channels, positions): (usize, usize),
    ) -> Result<Self, GraphError> {
        let rank = b.ty(value).rank();
        // Channels first, whatever the axes are.
        let order: Vec<usize> = [0, axis].into_iter().chain((1..rank).filter(|i| *i != axis)).collect();
        let value = if order.is_sorted() { value } else { b.transpose(value, &order)? };
        let length = (1..=positions.min(BLOCK)).rev().find(|size| positions.is_multiple_of(*size)).unwrap_or(1);
        // A size without a large divisor stays whole: its blocks would be too short to pay.
        let length = if length < FEWEST { positions } else { length };
        let count = positions / length.max(1);
        let flat = b.reshape(value, &[Dim::BATCH, channels.into(), count.into(), length.into()])?;
        let column = b.reshape(origin, &[channels.into(), Dim::ONE, Dim::ONE])?;
        let rows = b.sub(flat, column)?;
        let rows = if count == 1 {
            b.reshape(rows, &[Dim::BATCH, Dim::ONE, channels.into(), length.into()])?
        } else {
            b.transpose(rows, &[0, 2, 1, 3])?
        };
        let squares = b.mul(rows, rows)?;
        let norms = b.reduce_sum(squares, &[2], true)?;
        Ok(Self { rows, norms })
    }
}

/// Sums of a pair: `sum a b^T`, and with norms `sum |a|^2 |b|^2`, `sum a |b|^2`, `sum b |a|^2`.
fn across(b: &mut Builder, (x, y): (&Signal, &Signal), order: Order) -> Result<Vec<ValueId>, GraphError> {
    let both = x.blocks.zip(y.blocks).filter(|(p, q)| b.ty(p.norms).shape == b.ty(q.norms).shape);
    if let Some((p, q)) = both {
        let mut sums = vec![product(b, p.rows, q.rows)?];
        if order == Order::Fourth {
            sums.extend([product(b, p.norms, q.norms)?, product(b, p.rows, q.norms)?, product(b, q.rows, p.norms)?]);
        }
        return Ok(sums);
    }
    let (p, q) = (x.rows(b)?, y.rows(b)?);
    let mut sums = vec![b.matmul(p.turned, q.rows)?];
    if order == Order::Fourth {
        let norms = b.mul(p.norms, q.norms)?;
        // Products of norms with single channels, as matrix products [c, rows] @ [rows, 1].
        sums.extend([b.reduce_sum(norms, &[0, 1], false)?, b.matmul(p.turned, q.norms)?, b.matmul(q.turned, p.norms)?]);
    }
    Ok(sums)
}

/// `x y^T` of [N, blocks, c, rows] and [N, blocks, d, rows], added up over images and blocks in f64: [c, d].
fn product(b: &mut Builder, x: ValueId, y: ValueId) -> Result<ValueId, GraphError> {
    let turned = b.transpose_last(y)?;
    let products = b.matmul(x, turned)?;
    added(b, products)
}

/// [N, blocks, ...] added up over images and blocks in f64.
fn added(b: &mut Builder, value: ValueId) -> Result<ValueId, GraphError> {
    let wide = b.cast(value, DType::F64)?;
    b.reduce_sum(wide, &[0, 1], false)
}

/// A tap's rows in f64, their transpose and squared norms [rows, 1].
pub(super) struct Rows {
    pub rows: ValueId,
    pub turned: ValueId,
    norms: ValueId,
}

impl Rows {
    pub(super) fn of(b: &mut Builder, value: ValueId) -> Result<Self, GraphError> {
        Self::less(b, value, None)
    }

    /// The rows of `value` less an origin `[c]`.
    fn less(b: &mut Builder, value: ValueId, origin: Option<ValueId>) -> Result<Self, GraphError> {
        let rank = b.ty(value).rank();
        let axis = channel_axis(rank);
        let order: Vec<usize> = (0..rank).filter(|i| *i != axis).chain([axis]).collect();
        let last = b.transpose(value, &order)?;
        let shape = b.ty(last).shape.clone();
        let (channels, lead) = (shape[rank - 1], &shape[..rank - 1]);
        let count = lead.iter().try_fold(Dim::ONE, |all, d| all.times(*d)).unwrap_or(Dim::BATCH);
        let flat = b.reshape(last, &[count, channels])?;
        let mut rows = b.cast(flat, DType::F64)?;
        if let Some(origin) = origin {
            let origin = b.cast(origin, DType::F64)?;
            rows = b.sub(rows, origin)?;
        }
        let turned = b.transpose_last(rows)?;
        let squares = b.mul(rows, rows)?;
        let norms = b.reduce_sum(squares, &[1], true)?;
        Ok(Self { rows, turned, norms })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Moments, PairSums, cka};
    use super::*;
    use crate::engine::Engine;
    use crate::engine::processor::Processor;
    use crate::engine::reference::{Precision, Reference};
    use crate::platform::block_on;
    use crate::random::{Purpose, Stream};
    use crate::tensor::Tensor;

    const IMAGES: usize = 6;
    /// 1,800 positions: two blocks an image.
    const SHAPE: [usize; 3] = [5, 30, 60];

    /// Images whose channels vary little around large means; one never varies.
    fn images() -> Tensor {
        let mut stream = Stream::new(9, Purpose::Test, 0, 0);
        let positions = SHAPE[1] * SHAPE[2];
        let mut values = Vec::new();
        for index in 0..IMAGES * SHAPE[0] * positions {
            let channel = index / positions % SHAPE[0];
            let (mean, spread) = [(40.0, 0.5), (-3.0, 1.0), (0.0, 2.0), (7.3, 0.0), (1000.0, 3.0)][channel];
            values.push(mean + spread * stream.gaussian_f32());
        }
        Tensor::f32(&[IMAGES, SHAPE[0], SHAPE[1], SHAPE[2]], values).unwrap()
    }

    /// The image itself, and a mix of its channels.
    fn taps() -> Graph {
        let mut b = Builder::new();
        let x = b.input("image", TensorType::f32_batch(&SHAPE));
        let mixed = b.square(x).unwrap();
        let mixed = b.scale(mixed, 0.01).unwrap();
        b.output("x", x);
        b.output("mixed", mixed);
        b.finish()
    }

    fn moments(engine: &dyn Engine, exactness: Exactness, origins: &[Tensor]) -> Moments {
        let how = (Order::Fourth, exactness);
        let graph = gram_graph(&[&taps()], &[(0, 1)], &[], how).unwrap();
        let program = block_on(engine.compile(&graph)).unwrap();
        let arguments: Vec<_> =
            std::iter::once(&images()).chain(origins).map(|tensor| block_on(engine.upload(tensor)).unwrap()).collect();
        let results = block_on(program.run(&arguments.iter().collect::<Vec<_>>())).unwrap();
        let sums: Vec<Tensor> = results.iter().map(|buffer| block_on(engine.read(buffer)).unwrap()).collect();
        let mut moments = Moments::new(&[SHAPE[1] * SHAPE[2]; 2], &[(0, 1)], Order::Fourth, origins);
        moments.add(IMAGES, &sums).unwrap();
        moments
    }

    /// Every covariance errs by no more than a block's roundings of the channels' deviations, though the means are hundreds of them.
    #[test]
    fn blocks_in_f32_give_the_sums_of_f64_within_their_bound() {
        let zeros = vec![Tensor::f32(&[SHAPE[0]], vec![0.0; SHAPE[0]]).unwrap(); 2];
        let exact = moments(&Reference::new(Precision::AsTyped), Exactness::Double, &zeros);
        let origins = moments(&Processor::new(), Exactness::Blocks, &zeros).means().unwrap();
        let found = moments(&Processor::new(), Exactness::Blocks, &origins);
        let (rows, ea, eb, eab) = exact.pair(0);
        let (_, fa, fb, fab) = found.pair(0);
        let c = SHAPE[0];
        let covariance = |gram: &[f64], x: &[f64], y: &[f64], i: usize, j: usize| gram[i * c + j] - x[i] * y[j] / rows;
        let variance = |s: &super::super::SelfSums, i: usize| covariance(&s.gram, &s.sum, &s.sum, i, i).max(0.0);
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let bound = BLOCK as f64 * 2.0_f64.powi(-24);
        for i in 0..c {
            for j in 0..c {
                for (what, found, expected, (x, i), (y, j)) in [
                    ("a", (&fa.gram, &fa, &fa), (&ea.gram, &ea, &ea), (&ea, i), (&ea, j)),
                    ("b", (&fb.gram, &fb, &fb), (&eb.gram, &eb, &eb), (&eb, i), (&eb, j)),
                    ("ab", (&fab.gram, &fa, &fb), (&eab.gram, &ea, &eb), (&ea, i), (&eb, j)),
                ] {
                    let at = |(gram, x, y): (&Vec<f64>, &super::super::SelfSums, &super::super::SelfSums)| {
                        covariance(gram, &x.sum, &y.sum, i, j)
                    };
                    let size = (variance(x, i) * variance(y, j)).sqrt();
                    // What f64 itself loses of sums around means that are hundreds of deviations away.
                    let dust = 1e-14 * expected.0[i * c + j].abs();
                    let apart = (at(found) - at(expected)).abs();
                    assert!(apart <= bound * size + dust, "{what} {i} {j}: {apart:e} of {size:e}");
                    assert!(apart <= 1e-2 * bound * size + dust, "{what} {i} {j}: {apart:e} of {size:e} by chance");
                }
            }
        }
        let of = |rows, a, b, cross| cka(PairSums { rows, a, b, cross });
        let (found, expected) = (of(rows, &fa, &fb, &fab), of(rows, &ea, &eb, &eab));
        for (found, expected) in [(found.biased, expected.biased), (found.unbiased, expected.unbiased)] {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }
}
