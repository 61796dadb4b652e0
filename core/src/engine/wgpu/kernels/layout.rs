//! Moving words from place to place, where a view does not do.

use stitchscope_shaders::layout::{fill as fill_kernel, strided};

use super::super::plan::{Site, Spread, TensorId};
use super::sizes::U32;
use crate::engine::EngineError;

/// A block of words that is moved: its sizes, and its steps and beginning on both sides, in elements.
pub(super) struct Move {
    /// Sizes of the axes, outermost first; at most eight.
    pub shape: Vec<usize>,
    /// Steps in the source.
    pub strides: Vec<usize>,
    /// First element in the source.
    pub base: usize,
    /// Steps in the result.
    pub out_strides: Vec<usize>,
    /// First element in the result.
    pub out_base: usize,
}

/// Fills `words` words of `target` with `value`.
pub(super) fn fill(site: &mut Site<'_, '_>, target: TensorId, words: usize, value: u32) -> Result<(), EngineError> {
    let params = fill_kernel::Params { count: U32(site).of(words)?, base: 0, value };
    let bindings = fill_kernel::Bindings { y: target };
    let launch = fill_kernel::launch(fill_kernel::Variant::Default, fill_kernel::Constants, params, bindings);
    site.launch(launch, Spread::Elements(words), words as u64)
}

/// Copies a block of `source` into a part of `target`.
pub(super) fn place(
    site: &mut Site<'_, '_>,
    source: TensorId,
    target: TensorId,
    moved: &Move,
) -> Result<(), EngineError> {
    let count: usize = moved.shape.iter().product();
    if count == 0 {
        return Ok(());
    }
    let u = U32(site);
    let params = strided::Params {
        count: u.of(count)?,
        rank: u.of(moved.shape.len())?,
        base: u.of(moved.base)?,
        out_base: u.of(moved.out_base)?,
        shape: u.eight(&moved.shape)?,
        strides: u.eight_signed(&moved.strides)?,
        out_strides: u.eight_signed(&moved.out_strides)?,
    };
    let bindings = strided::Bindings { x: source, y: target };
    let launch = strided::launch(strided::Variant::Placed, strided::Constants, params, bindings);
    site.launch(launch, Spread::Elements(count), count as u64)
}

/// Row-major steps of a dense tensor.
pub(super) fn dense_strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}
