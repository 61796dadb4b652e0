//! Moving elements to and from places that other tensors name, and putting tensors beside each other.

use stitchscope_shaders::layout::scatter_elements as scatter_kernel;
use stitchscope_shaders::layout::{gather as gather_kernel, gather_elements as elements, one_hot as one_hot_kernel};

use super::super::plan::{Site, Spread};
use super::layout::{self, Move, dense_strides};
use super::pool;
use super::sizes::U32;
use crate::engine::EngineError;
use crate::ops::one_hot::OneHot;
use crate::ops::pad::Pad;
use crate::ops::scatter_elements::ScatterElements;
use crate::tensor::DType;

/// Slices of an axis that indices name.
pub(super) fn gather(site: &mut Site<'_, '_>, axis: usize) -> Result<(), EngineError> {
    let (x, picked) = (site.shape(0), site.shape(1).iter().product::<usize>());
    let inner = x[axis + 1..].iter().product();
    let count = x[..axis].iter().product::<usize>() * picked * inner;
    let bindings = gather_kernel::Bindings { x: site.input(0)?, indices: site.input(1)?, y: site.output(0)? };
    let u = U32(site);
    let params =
        gather_kernel::Params { count: u.of(count)?, size: u.of(x[axis])?, picked: u.of(picked)?, inner: u.of(inner)? };
    let launch = gather_kernel::launch(gather_kernel::Variant::Default, gather_kernel::Constants, params, bindings);
    site.launch(launch, Spread::Elements(count), count as u64)
}

/// Single elements that indices name along an axis.
pub(super) fn gather_elements(site: &mut Site<'_, '_>, axis: usize) -> Result<(), EngineError> {
    let (x, shape) = (site.shape(0), site.shape(1));
    let count: usize = shape.iter().product();
    let bindings = elements::Bindings { x: site.input(0)?, indices: site.input(1)?, y: site.output(0)? };
    let u = U32(site);
    let params = elements::Params {
        count: u.of(count)?,
        rank: u.of(shape.len())?,
        axis: u.of(axis)?,
        size: u.of(x[axis])?,
        shape: u.eight(&shape)?,
        strides: u.eight(&dense_strides(&x))?,
    };
    let launch = elements::launch(elements::Variant::Default, elements::Constants, params, bindings);
    site.launch(launch, Spread::Elements(count), count as u64)
}

/// Elements set or added to where indices say; the gradient of a pool has a kernel of its own.
pub(super) fn scatter_elements(site: &mut Site<'_, '_>, op: &ScatterElements) -> Result<(), EngineError> {
    if let Some(of) = pool::gradient_of(site, op) {
        return pool::max_gradient_of(site, &of);
    }
    let (x, indices) = (site.shape(0), site.shape(1));
    let count: usize = x.iter().product();
    let start = match site.repeated(0)? {
        Some(word) => {
            let filled = site.scratch(count);
            layout::fill(site, filled, count, word)?;
            filled
        }
        None => site.input(0)?,
    };
    let bindings =
        scatter_kernel::Bindings { x: start, indices: site.input(1)?, updates: site.input(2)?, y: site.output(0)? };
    let strides = dense_strides(&indices);
    let variant = match (op.add, site.dtype(0)) {
        (false, _) => scatter_kernel::Variant::Replace,
        (true, Some(DType::I64)) => scatter_kernel::Variant::AddInt,
        (true, _) => scatter_kernel::Variant::Add,
    };
    let u = U32(site);
    let params = scatter_kernel::Params {
        count: u.of(count)?,
        rank: u.of(x.len())?,
        axis: u.of(op.axis)?,
        size: u.of(x[op.axis])?,
        updates: u.of(indices[op.axis])?,
        step: u.of(strides[op.axis])?,
        shape: u.eight(&x)?,
        index_shape: u.eight(&indices)?,
        index_strides: u.eight(&strides)?,
    };
    let launch = scatter_kernel::launch(variant, scatter_kernel::Constants, params, bindings);
    site.launch(launch, Spread::Elements(count), (count * indices[op.axis]) as u64)
}

/// `on` where an index points, `off` elsewhere.
#[expect(clippy::cast_possible_truncation, reason = "the device computes in f32")]
pub(super) fn one_hot(site: &mut Site<'_, '_>, op: &OneHot) -> Result<(), EngineError> {
    let shape = site.result_shape(0);
    let count: usize = shape.iter().product();
    let indices = site.input(0)?;
    let u = U32(site);
    let inner = u.of(shape[op.axis + 1..].iter().product())?;
    let (on, off) = (op.on as f32, op.off as f32);
    let params = one_hot_kernel::Params { count: u.of(count)?, depth: u.of(op.depth)?, inner, on, off };
    let bindings = one_hot_kernel::Bindings { indices };
    let launch = one_hot_kernel::launch(one_hot_kernel::Variant::Default, one_hot_kernel::Constants, params, bindings);
    site.finish(launch, Spread::Elements(count), count as u64)
}

/// Tensors one behind the other along an axis.
pub(super) fn concat(site: &mut Site<'_, '_>, axis: usize) -> Result<(), EngineError> {
    let out_strides = dense_strides(&site.result_shape(0));
    let target = site.output(0)?;
    let mut first = 0;
    for index in 0..site.arity() {
        let shape = site.shape(index);
        let source = site.input(index)?;
        let moved = Move {
            strides: dense_strides(&shape),
            base: 0,
            out_strides: out_strides.clone(),
            out_base: first * out_strides[axis],
            shape,
        };
        first += moved.shape[axis];
        layout::place(site, source, target, &moved)?;
    }
    Ok(())
}

/// A border of one value around a tensor.
pub(super) fn pad(site: &mut Site<'_, '_>, op: &Pad) -> Result<(), EngineError> {
    let (shape, result) = (site.shape(0), site.result_shape(0));
    let (source, target) = (site.input(0)?, site.output(0)?);
    let word = match site.dtype(0) {
        #[expect(clippy::cast_possible_truncation, reason = "inference allows other values than 0 only for f32")]
        Some(DType::I64) => (op.value as i32).cast_unsigned(),
        Some(DType::Bool) => u32::from(op.value != 0.0),
        _ => op.value.to_bits(),
    };
    layout::fill(site, target, result.iter().product(), word)?;
    let out_strides = dense_strides(&result);
    let before = op.before.iter().map(|dim| dim.at(site.batch()));
    let out_base = before.zip(&out_strides).map(|(before, stride)| before * stride).sum();
    let moved = Move { strides: dense_strides(&shape), base: 0, out_strides, out_base, shape };
    layout::place(site, source, target, &moved)
}
