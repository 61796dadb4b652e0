//! Folding axes: sums, means, maxima, largest elements, softmax.

use stitchscope_shaders::norm::{softmax_rows, softmax_tree};
use stitchscope_shaders::reduce::{arg_max as arg_max_kernel, rows, top_k as top_k_kernel, tree};

use super::super::plan::{Site, Spread};
use super::layout::dense_strides;
use super::sizes::{LONGEST_LOOP, U32};
use crate::engine::EngineError;
use crate::ops::Op;

/// What is folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fold {
    Sum,
    Mean,
    Max,
    SumSquare,
    L2,
}

/// Folds of at least this length get a workgroup each, if they are not so many that one thread each keeps the device busy.
const LONG: usize = 128;
/// So many threads keep any device busy.
const MANY: usize = 1 << 15;

/// The fold and its axes; `None` for other operators.
fn fold_of(op: &Op) -> Option<(Fold, &[usize])> {
    Some(match op {
        Op::ReduceSum(op) => (Fold::Sum, &op.axes),
        Op::ReduceMean(op) => (Fold::Mean, &op.axes),
        Op::ReduceMax(op) => (Fold::Max, &op.axes),
        Op::ReduceSumSquare(op) => (Fold::SumSquare, &op.axes),
        Op::ReduceL2(op) => (Fold::L2, &op.axes),
        _ => return None,
    })
}

/// Whether this file folds it.
pub(super) fn folds(op: &Op) -> bool {
    fold_of(op).is_some()
}

/// Axes that are kept or folded, neighbours joined: sizes and steps.
struct Axes {
    shape: Vec<usize>,
    strides: Vec<usize>,
}

impl Axes {
    fn of(shape: &[usize], wanted: impl Fn(usize) -> bool) -> Self {
        let strides = dense_strides(shape);
        let mut axes = Self { shape: Vec::new(), strides: Vec::new() };
        for axis in (0..shape.len()).filter(|a| wanted(*a) && shape[*a] != 1) {
            let runs_on = axes.strides.last().is_some_and(|last| *last == strides[axis] * shape[axis]);
            if let (true, Some(size), Some(stride)) = (runs_on, axes.shape.last_mut(), axes.strides.last_mut()) {
                *size *= shape[axis];
                *stride = strides[axis];
            } else {
                axes.shape.push(shape[axis]);
                axes.strides.push(strides[axis]);
            }
        }
        if axes.shape.is_empty() {
            (axes.shape, axes.strides) = (vec![1], vec![0]);
        }
        axes
    }

    fn count(&self) -> usize {
        self.shape.iter().product()
    }

    fn four(&self, u: &U32<'_, '_, '_>) -> Result<([u32; 4], [u32; 4]), EngineError> {
        if self.shape.len() > 4 {
            return Err(u.0.broken("a fold over more than four separate axes"));
        }
        let (mut shape, mut strides) = ([1; 4], [0; 4]);
        for (i, (size, stride)) in self.shape.iter().zip(&self.strides).enumerate() {
            (shape[i], strides[i]) = (u.of(*size)?, u.of(*stride)?);
        }
        Ok((shape, strides))
    }
}

/// Sums, means, maxima, sums of squares and lengths.
pub(super) fn reduce(site: &mut Site<'_, '_>, op: &Op) -> Result<(), EngineError> {
    let Some((fold, axes)) = fold_of(op) else { return Err(site.broken("this is no fold")) };
    let shape = site.shape(0);
    let (kept, folded) = (Axes::of(&shape, |a| !axes.contains(&a)), Axes::of(&shape, |a| axes.contains(&a)));
    let (count, length) = (kept.count(), folded.count());
    let x = site.input(0)?;
    let u = U32(site);
    let ((kept_shape, kept_strides), (folded_shape, folded_strides)) = (kept.four(&u)?, folded.four(&u)?);
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "the device computes in f32")]
    let scale = (1.0 / length.max(1) as f64) as f32;
    let params = rows::Params {
        count: u.of(count)?,
        length: u.of(length)?,
        kept_rank: u.of(kept.shape.len())?,
        folded_rank: u.of(folded.shape.len())?,
        kept_shape,
        kept_strides,
        folded_shape,
        folded_strides,
        scale,
    };
    let work = (count * length) as u64;
    if length < LONG || (count >= MANY && length < LONGEST_LOOP) {
        let launch = rows::launch(in_rows(fold), rows::Constants, params, rows::Bindings { x });
        return site.finish(launch, Spread::Elements(count), work);
    }
    let rows::Params { count: results, length, kept_rank, folded_rank, .. } = params;
    let params = tree::Params {
        count: results,
        length,
        kept_rank,
        folded_rank,
        kept_shape,
        kept_strides,
        folded_shape,
        folded_strides,
        scale,
    };
    let launch = tree::launch(in_trees(fold, length > 4096), tree::Constants, params, tree::Bindings { x });
    site.finish(launch, Spread::Flat(count), work)
}

const fn in_rows(fold: Fold) -> rows::Variant {
    match fold {
        Fold::Sum => rows::Variant::Sum,
        Fold::Mean => rows::Variant::Mean,
        Fold::Max => rows::Variant::Max,
        Fold::SumSquare => rows::Variant::SumSquare,
        Fold::L2 => rows::Variant::L2,
    }
}

const fn in_trees(fold: Fold, wide: bool) -> tree::Variant {
    match (fold, wide) {
        (Fold::Sum, true) => tree::Variant::Sum,
        (Fold::Mean, true) => tree::Variant::Mean,
        (Fold::Max, true) => tree::Variant::Max,
        (Fold::SumSquare, true) => tree::Variant::SumSquare,
        (Fold::L2, true) => tree::Variant::L2,
        (Fold::Sum, false) => tree::Variant::Sum64,
        (Fold::Mean, false) => tree::Variant::Mean64,
        (Fold::Max, false) => tree::Variant::Max64,
        (Fold::SumSquare, false) => tree::Variant::SumSquare64,
        (Fold::L2, false) => tree::Variant::L264,
    }
}

/// An axis between what is before and behind it.
struct Lane {
    outer: usize,
    axis: usize,
    inner: usize,
}

impl Lane {
    fn of(shape: &[usize], axis: usize) -> Self {
        let product = |sizes: &[usize]| sizes.iter().product();
        Self { outer: product(&shape[..axis]), axis: shape[axis], inner: product(&shape[axis + 1..]) }
    }

    const fn rows(&self) -> usize {
        self.outer * self.inner
    }
}

/// The place of the largest element along an axis.
pub(super) fn arg_max(site: &mut Site<'_, '_>, axis: usize) -> Result<(), EngineError> {
    let lane = Lane::of(&site.shape(0), axis);
    let bindings = arg_max_kernel::Bindings { x: site.input(0)?, y: site.output(0)? };
    let u = U32(site);
    let params = arg_max_kernel::Params { count: u.of(lane.rows())?, axis: u.of(lane.axis)?, inner: u.of(lane.inner)? };
    let launch = arg_max_kernel::launch(arg_max_kernel::Variant::Default, arg_max_kernel::Constants, params, bindings);
    site.launch(launch, Spread::Elements(lane.rows()), (lane.rows() * lane.axis) as u64)
}

/// The `k` largest or smallest elements along an axis, in order, with their places.
pub(super) fn top_k(site: &mut Site<'_, '_>, axis: usize, k: usize, largest: bool) -> Result<(), EngineError> {
    let lane = Lane::of(&site.shape(0), axis);
    let bindings = top_k_kernel::Bindings { x: site.input(0)?, values: site.output(0)?, indices: site.output(1)? };
    let u = U32(site);
    let (count, k_count) = (u.of(lane.rows())?, u.of(k)?);
    let params = top_k_kernel::Params { count, axis: u.of(lane.axis)?, inner: u.of(lane.inner)?, k: k_count };
    let variant = if largest { top_k_kernel::Variant::Largest } else { top_k_kernel::Variant::Smallest };
    let launch = top_k_kernel::launch(variant, top_k_kernel::Constants, params, bindings);
    site.launch(launch, Spread::Flat(lane.rows()), (lane.rows() * lane.axis * k) as u64)
}

/// Shares along an axis, or their logarithms.
pub(super) fn softmax(site: &mut Site<'_, '_>, axis: usize, log: bool) -> Result<(), EngineError> {
    let lane = Lane::of(&site.shape(0), axis);
    let x = site.input(0)?;
    let u = U32(site);
    let (count, axis, inner) = (u.of(lane.rows())?, u.of(lane.axis)?, u.of(lane.inner)?);
    let work = (lane.rows() * lane.axis * 8) as u64;
    if lane.axis < LONG {
        let variant = if log { softmax_rows::Variant::Log } else { softmax_rows::Variant::Plain };
        let params = softmax_rows::Params { count, axis, inner };
        let launch = softmax_rows::launch(variant, softmax_rows::Constants, params, softmax_rows::Bindings { x });
        return site.finish(launch, Spread::Elements(lane.rows()), work);
    }
    let variant = if log { softmax_tree::Variant::Log } else { softmax_tree::Variant::Plain };
    let params = softmax_tree::Params { count, axis, inner };
    let launch = softmax_tree::launch(variant, softmax_tree::Constants, params, softmax_tree::Bindings { x });
    site.finish(launch, Spread::Flat(lane.rows()), work)
}
