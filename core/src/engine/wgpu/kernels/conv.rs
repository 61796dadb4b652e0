//! Convolutions; the stitch over images is one with a kernel of one pixel.

use stitchscope_shaders::conv::direct;

use super::super::plan::{Site, Spread, TensorId};
use super::layout::{self, Move};
use super::sizes::{U32, four};
use crate::engine::EngineError;
use crate::ops::conv::Conv;
use crate::tensor::Tensor;

/// Output channels that one invocation computes.
const LANES: usize = 8;
/// Output pixels along each side of its patch.
const PATCH: usize = 4;
/// Invocations of a workgroup.
const WORKGROUP: usize = 32;

/// What a convolution is given besides its settings.
struct Shapes {
    x: [usize; 4],
    /// [outputs, inputs per group, rows, columns].
    w: [usize; 4],
    y: [usize; 4],
}

/// `y = conv(x, w) + bias`.
pub fn conv(site: &mut Site<'_, '_>, op: &Conv) -> Result<(), EngineError> {
    let shapes = Shapes {
        x: four(site, &site.shape(0))?,
        w: four(site, &site.shape(1))?,
        y: four(site, &site.result_shape(0))?,
    };
    lower(site, op, &shapes)
}

fn lower(site: &mut Site<'_, '_>, op: &Conv, shapes: &Shapes) -> Result<(), EngineError> {
    let packing = Packing::new(op.groups, &shapes.w);
    let x = site.input(0)?;
    let w = packing.kernel(site)?;
    let bias = packing.bias(site)?;
    let [images, channels, height, width] = shapes.x;
    let [_, _, out_height, out_width] = shapes.y;
    let [_, inputs, kernel_h, kernel_w] = shapes.w;
    let (tiles_x, tiles_y) = (out_width.div_ceil(PATCH), out_height.div_ceil(PATCH));
    let tiles = images * tiles_x * tiles_y;
    debug_assert_eq!(channels, inputs * op.groups, "inference has checked this");
    let u = U32(site);
    let params = direct::Params {
        tiles: u.of(tiles)?,
        tiles_x: u.of(tiles_x)?,
        tiles_y: u.of(tiles_y)?,
        blocks: u.of(packing.blocks)?,
        groups: u.of(op.groups)?,
        inputs: u.of(inputs)?,
        outputs: u.of(packing.outputs)?,
        height: u.of(height)?,
        width: u.of(width)?,
        out_height: u.of(out_height)?,
        out_width: u.of(out_width)?,
        kernel_h: u.of(kernel_h)?,
        kernel_w: u.of(kernel_w)?,
        stride_h: u.signed(op.strides[0])?,
        stride_w: u.signed(op.strides[1])?,
        pad_top: u.signed(op.pads[0])?,
        pad_left: u.signed(op.pads[1])?,
        dilation_h: u.signed(op.dilations[0])?,
        dilation_w: u.signed(op.dilations[1])?,
    };
    let launch =
        direct::launch(direct::Variant::Default, direct::Constants, params, direct::Bindings { x, w, bias });
    let spread = Spread::Flat(tiles.div_ceil(WORKGROUP) * packing.blocks * op.groups);
    let work = images * shapes.y[1] * out_height * out_width * inputs * kernel_h * kernel_w;
    site.finish(launch, spread, work as u64)
}

/// Kernels as the shader reads them: `[groups * outputs, inner]` becomes `[groups * blocks, inner, 8]`, filled up with zeros.
#[derive(Clone, Copy)]
struct Packing {
    groups: usize,
    /// Output channels of a group.
    outputs: usize,
    blocks: usize,
    inner: usize,
}

impl Packing {
    fn new(groups: usize, w: &[usize; 4]) -> Self {
        let outputs = w[0] / groups.max(1);
        Self { groups, outputs, blocks: outputs.div_ceil(LANES), inner: w[1] * w[2] * w[3] }
    }

    const fn words(&self) -> usize {
        self.groups * self.blocks * self.inner * LANES
    }

    fn pack(&self, rows: &[f32]) -> Vec<f32> {
        let mut packed = vec![0.0; self.words()];
        for (row, values) in rows.chunks_exact(self.inner.max(1)).enumerate() {
            let (group, o) = (row / self.outputs, row % self.outputs);
            let start = (group * self.blocks + o / LANES) * self.inner * LANES + o % LANES;
            for (k, value) in values.iter().enumerate() {
                packed[start + k * LANES] = *value;
            }
        }
        packed
    }

    fn kernel(self, site: &mut Site<'_, '_>) -> Result<TensorId, EngineError> {
        match site.constant(1) {
            Some(tensor) => Ok(self.constant(site, tensor)),
            None => {
                let w = site.input(1)?;
                self.given(site, w)
            }
        }
    }

    fn bias(self, site: &mut Site<'_, '_>) -> Result<TensorId, EngineError> {
        let single = Self { inner: 1, ..self };
        if site.arity() < 3 {
            return Ok(site.numbers(&vec![0.0; single.words()]));
        }
        match site.constant(2) {
            Some(tensor) => Ok(single.constant(site, tensor)),
            None => {
                let bias = site.input(2)?;
                single.given(site, bias)
            }
        }
    }

    fn constant(self, site: &mut Site<'_, '_>, tensor: &Tensor) -> TensorId {
        let form = format!("blocks {} {} {} {}", self.groups, self.outputs, self.blocks, self.inner);
        site.rearranged(tensor, &form, self.words(), move |rows| self.pack(rows))
    }

    /// The same on the device, for kernels that are given at each run: whole blocks, then what is left of each group.
    fn given(self, site: &mut Site<'_, '_>, rows: TensorId) -> Result<TensorId, EngineError> {
        let packed = site.scratch(self.words());
        let (whole, rest) = (self.outputs / LANES, self.outputs % LANES);
        if rest > 0 {
            layout::fill(site, packed, self.words(), 0)?;
        }
        let block = self.inner * LANES;
        let mut part = |first: usize, blocks: usize, lanes: usize| {
            let moved = Move {
                shape: vec![self.groups, blocks, self.inner, lanes],
                strides: vec![self.outputs * self.inner, LANES * self.inner, 1, self.inner],
                base: first * LANES * self.inner,
                out_strides: vec![self.blocks * block, block, LANES, 1],
                out_base: first * block,
            };
            layout::place(site, rows, packed, &moved)
        };
        part(0, whole, LANES)?;
        part(whole, 1, rest)?;
        Ok(packed)
    }
}
