//! Pools over images, and the gradient of the largest.

use stitchscope_shaders::pool::{average as average_kernel, max as max_kernel, max_gradient};

use super::super::plan::{Site, Spread, TensorId};
use super::sizes::{U32, four};
use crate::engine::EngineError;
use crate::graph::Node;
use crate::ops::Op;
use crate::ops::average_pool::AveragePool;
use crate::ops::max_pool::MaxPool;
use crate::ops::scatter_elements::ScatterElements;

/// The constants of a pool: those that both kernels have, and the kernel's own.
macro_rules! constants {
    ($kernel:ident, $u:ident, $op:ident, ($rows:ident, $columns:ident, $y:ident), { $($own:tt)* }) => {
        $kernel::Constants {
            rows: $u.of($rows)?,
            columns: $u.of($columns)?,
            out_rows: $u.of($y[2])?,
            out_columns: $u.of($y[3])?,
            kernel_rows: $u.of($op.kernel[0])?,
            kernel_columns: $u.of($op.kernel[1])?,
            stride_rows: $u.of($op.strides[0])?,
            stride_columns: $u.of($op.strides[1])?,
            pad_top: $u.of($op.pads[0])?,
            pad_left: $u.of($op.pads[1])?,
            $($own)*
        }
    };
}

/// Largest pixels and their places.
pub(super) fn max(site: &mut Site<'_, '_>, op: &MaxPool) -> Result<(), EngineError> {
    let ([.., rows, columns], y) = (four(site, &site.shape(0))?, four(site, &site.result_shape(0))?);
    let count: usize = y.iter().product();
    let bindings = max_kernel::Bindings { x: site.input(0)?, y: site.output(0)?, indices: site.output(1)? };
    let u = U32(site);
    let constants = constants!(max_kernel, u, op, (rows, columns, y), {
        dilation_rows: u.of(op.dilations[0])?,
        dilation_columns: u.of(op.dilations[1])?,
    });
    let params = max_kernel::Params { count: u.of(count)? };
    let launch = max_kernel::launch(max_kernel::Variant::Default, constants, params, bindings);
    site.launch(launch, Spread::Elements(count), (count * op.kernel[0] * op.kernel[1]) as u64)
}

/// Means under a window.
pub(super) fn average(site: &mut Site<'_, '_>, op: &AveragePool) -> Result<(), EngineError> {
    let ([.., rows, columns], y) = (four(site, &site.shape(0))?, four(site, &site.result_shape(0))?);
    let count: usize = y.iter().product();
    let x = site.input(0)?;
    let u = U32(site);
    let constants = constants!(average_kernel, u, op, (rows, columns, y), {
        pad_bottom: u.of(op.pads[2])?,
        pad_right: u.of(op.pads[3])?,
        count_border: op.count_include_pad,
    });
    let params = average_kernel::Params { count: u.of(count)? };
    let bindings = average_kernel::Bindings { x };
    let launch = average_kernel::launch(average_kernel::Variant::Default, constants, params, bindings);
    site.finish(launch, Spread::Elements(count), (count * op.kernel[0] * op.kernel[1]) as u64)
}

/// Where a scatter is the gradient of a pool: the pool, its argument's sizes and its result's.
pub(super) struct PoolGradient<'g> {
    op: &'g MaxPool,
    image: [usize; 4],
    pooled: [usize; 4],
}

/// Whether a scatter adds to zeros at the places that a pool has named: then every pixel can ask the windows over it, instead of
/// looking through all updates.
pub(super) fn gradient_of<'g>(site: &Site<'_, 'g>, op: &ScatterElements) -> Option<PoolGradient<'g>> {
    let adds = op.add && matches!(site.repeated(0), Ok(Some(0)));
    let places = through_reshapes(site, 1)?;
    let Op::MaxPool(pool) = &places.op else { return None };
    let sizes = |value| <[usize; 4]>::try_from(site.sizes(value)).ok();
    let (image, pooled) = (sizes(places.inputs[0])?, sizes(places.outputs[0])?);
    let fits = image.iter().product::<usize>() == site.shape(0).iter().product::<usize>();
    (adds && fits).then_some(PoolGradient { op: pool, image, pooled })
}

/// The node that makes argument `index`, seen through reshapes.
fn through_reshapes<'g>(site: &Site<'_, 'g>, index: usize) -> Option<&'g Node> {
    let mut node = site.producer(index)?;
    while matches!(node.op, Op::Reshape(_)) {
        node = site.graph().producer(node.inputs[0])?;
    }
    Some(node)
}

/// Every pixel gets the gradients of the windows that took it.
pub(super) fn max_gradient_of(site: &mut Site<'_, '_>, of: &PoolGradient<'_>) -> Result<(), EngineError> {
    let (op, count) = (of.op, of.image.iter().product::<usize>());
    let bindings = max_gradient::Bindings::<TensorId> { dy: site.input(2)?, indices: site.input(1)? };
    let u = U32(site);
    let ([.., rows, columns], y) = (of.image, of.pooled);
    let constants = constants!(max_gradient, u, op, (rows, columns, y), {
        dilation_rows: u.of(op.dilations[0])?,
        dilation_columns: u.of(op.dilations[1])?,
    });
    let params = max_gradient::Params { count: u.of(count)? };
    let launch = max_gradient::launch(max_gradient::Variant::Default, constants, params, bindings);
    site.finish(launch, Spread::Elements(count), (count * op.kernel[0] * op.kernel[1]) as u64)
}
