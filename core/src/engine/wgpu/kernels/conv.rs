//! Convolutions and transposed convolutions: which kernel for which shape.
//!
//! On an adapter that computes on a processor every load costs as much as many products, so there kernels keep patches of results
//! in registers (`direct`, `patch3x3`); graphics cards share loads through workgroup memory (`conv_tiled`). A kernel with one input channel
//! per group is `depthwise` everywhere. The stitch over images is a convolution with a kernel of one pixel.

use stitchscope_shaders::conv::{depthwise, direct, patch3x3, patch3x3_wide};

use super::super::plan::{Site, Spread};
use super::conv_tiled;
use super::packing::Packing;
use super::sizes::{U32, four};
use crate::engine::EngineError;
use crate::ops::conv::Conv;
use crate::ops::conv_transpose::ConvTranspose;

/// Output pixels along each side of a patch.
const PATCH: usize = 4;
/// Columns of a wide patch.
const WIDE: usize = 8;
/// Invocations of a workgroup of the patch kernels.
const WORKGROUP: usize = 32;
/// Products below which a kernel made for its shape does not win back the time to compile it.
const WORTH_A_PATCH: usize = 20_000_000;

/// A convolution with all its sizes.
#[derive(Clone, Copy)]
pub(super) struct Job {
    /// Images, channels, rows and columns of what comes in.
    pub x: [usize; 4],
    /// The same of the result.
    pub y: [usize; 4],
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Down and across.
    pub strides: [usize; 2],
    /// Down and across.
    pub dilations: [usize; 2],
    /// Top and left.
    pub pads: [usize; 2],
    /// Channels, and how the kernel is packed.
    pub packing: Packing,
}

/// The parameters of a kernel: groups of fields that kernels share, then its own.
///
/// `packed`: channels and groups; `planes`: rows and columns of images and results; `kernel`: those of the kernel; `pads`: top and left;
/// `steps`: strides and dilations.
macro_rules! params {
    ($kernel:ident, $u:ident, $job:ident, [$($group:ident)*], { $($own:tt)* }) => {
        params!(@ $kernel, $u, $job, [$($group)*], { $($own)* })
    };
    (@ $kernel:ident, $u:ident, $job:ident, [], { $($done:tt)* }) => { $kernel::Params { $($done)* } };
    (@ $kernel:ident, $u:ident, $job:ident, [packed $($rest:ident)*], { $($done:tt)* }) => {
        params!(@ $kernel, $u, $job, [$($rest)*], {
            $($done)*
            blocks: $u.of($job.packing.blocks())?,
            groups: $u.of($job.packing.groups)?,
            inputs: $u.of($job.packing.inputs)?,
            outputs: $u.of($job.packing.outputs)?,
        })
    };
    (@ $kernel:ident, $u:ident, $job:ident, [planes $($rest:ident)*], { $($done:tt)* }) => {
        params!(@ $kernel, $u, $job, [$($rest)*], {
            $($done)*
            height: $u.of($job.x[2])?,
            width: $u.of($job.x[3])?,
            out_height: $u.of($job.y[2])?,
            out_width: $u.of($job.y[3])?,
        })
    };
    (@ $kernel:ident, $u:ident, $job:ident, [kernel $($rest:ident)*], { $($done:tt)* }) => {
        params!(@ $kernel, $u, $job, [$($rest)*], {
            $($done)*
            kernel_h: $u.of($job.kernel[0])?,
            kernel_w: $u.of($job.kernel[1])?,
        })
    };
    (@ $kernel:ident, $u:ident, $job:ident, [pads $($rest:ident)*], { $($done:tt)* }) => {
        params!(@ $kernel, $u, $job, [$($rest)*], {
            $($done)*
            pad_top: $u.signed($job.pads[0])?,
            pad_left: $u.signed($job.pads[1])?,
        })
    };
    (@ $kernel:ident, $u:ident, $job:ident, [steps $($rest:ident)*], { $($done:tt)* }) => {
        params!(@ $kernel, $u, $job, [$($rest)*], {
            $($done)*
            stride_h: $u.signed($job.strides[0])?,
            stride_w: $u.signed($job.strides[1])?,
            dilation_h: $u.signed($job.dilations[0])?,
            dilation_w: $u.signed($job.dilations[1])?,
        })
    };
}
pub(super) use params;

impl Job {
    /// The job of the operator at `site`, whose kernel has these rows and columns; strides, dilations and pads as the operator says.
    fn at(
        site: &Site<'_, '_>,
        kernel: [usize; 2],
        (strides, dilations, pads): ([usize; 2], [usize; 2], [usize; 4]),
        packing: Packing,
    ) -> Result<Self, EngineError> {
        let (x, y) = (four(site, &site.shape(0))?, four(site, &site.result_shape(0))?);
        Ok(Self { x, y, kernel, strides, dilations, pads: [pads[0], pads[1]], packing })
    }

    fn tiles(&self, columns: usize) -> [usize; 2] {
        [self.y[2].div_ceil(PATCH), self.y[3].div_ceil(columns)]
    }

    /// Products, those with nothing included.
    pub(super) const fn work(&self) -> usize {
        let [images, channels, rows, columns] = self.y;
        images * channels * rows * columns * self.packing.inputs * self.packing.taps
    }

    /// Whether it slides a 3 x 3 window pixel by pixel.
    fn is_plain_3x3(&self) -> bool {
        self.kernel == [3; 2] && self.strides == [1; 2] && self.dilations == [1; 2]
    }
}

/// `y = conv(x, w) + bias`.
pub(super) fn conv(site: &mut Site<'_, '_>, op: &Conv) -> Result<(), EngineError> {
    let [outputs, inputs, down, across] = four(site, &site.shape(1))?;
    let outputs = outputs / op.groups.max(1);
    let on_processor = site.traits().on_processor;
    let taps = down * across;
    let packing = Packing { groups: op.groups, outputs, inputs, taps, transposed: false, tap_by_tap: !on_processor };
    let job = Job::at(site, [down, across], (op.strides, op.dilations, op.pads), packing)?;
    match job {
        _ if inputs == 1 && op.groups > 1 => by_channel(site, &job),
        _ if !on_processor => conv_tiled::plain(site, &job),
        _ if job.is_plain_3x3() && job.work() > WORTH_A_PATCH && job.y[3] > PATCH => by_wide_patches(site, &job),
        _ if job.is_plain_3x3() && job.work() > WORTH_A_PATCH => by_patches(site, &job),
        _ => directly(site, &job, direct::Variant::Plain),
    }
}

/// What a convolution with this kernel would have to be given to get `x`.
pub(super) fn transposed(site: &mut Site<'_, '_>, op: &ConvTranspose) -> Result<(), EngineError> {
    let [inputs, outputs, down, across] = four(site, &site.shape(1))?;
    let inputs = inputs / op.groups.max(1);
    let by_phases = !site.traits().on_processor && op.strides.iter().all(|stride| *stride <= conv_tiled::MOST_PHASES);
    let taps = down * across;
    let packing = Packing { groups: op.groups, outputs, inputs, taps, transposed: true, tap_by_tap: by_phases };
    let job = Job::at(site, [down, across], (op.strides, op.dilations, op.pads), packing)?;
    if by_phases { conv_tiled::transposed(site, &job) } else { directly(site, &job, direct::Variant::Transposed) }
}

fn directly(site: &mut Site<'_, '_>, job: &Job, variant: direct::Variant) -> Result<(), EngineError> {
    let bindings = direct::Bindings { x: site.input(0)?, w: job.packing.kernel(site)?, bias: job.packing.bias(site)? };
    let [tiles_y, tiles_x] = job.tiles(PATCH);
    let count = job.x[0] * tiles_x * tiles_y * job.packing.groups * job.packing.blocks();
    let u = U32(site);
    let params = params!(direct, u, job, [packed planes kernel pads steps], {
        count: u.of(count)?,
        tiles_x: u.of(tiles_x)?,
        tiles_y: u.of(tiles_y)?,
    });
    let launch = direct::launch(variant, direct::Constants, params, bindings);
    site.finish(launch, Spread::Flat(count.div_ceil(WORKGROUP)), job.work() as u64)
}

/// The two patch kernels differ only in how wide a patch is.
macro_rules! patches {
    ($name:ident, $kernel:ident, $columns:expr) => {
        fn $name(site: &mut Site<'_, '_>, job: &Job) -> Result<(), EngineError> {
            let bindings =
                $kernel::Bindings { x: site.input(0)?, w: job.packing.kernel(site)?, bias: job.packing.bias(site)? };
            let [tiles_y, tiles_x] = job.tiles($columns);
            let count = job.x[0] * tiles_x * tiles_y * job.packing.groups * job.packing.blocks();
            let u = U32(site);
            let params = params!($kernel, u, job, [packed planes pads], {
                count: u.of(count)?,
                tiles_x: u.of(tiles_x)?,
                tiles_y: u.of(tiles_y)?,
            });
            let launch = $kernel::launch($kernel::Variant::Default, $kernel::Constants, params, bindings);
            site.finish(launch, Spread::Flat(count.div_ceil(WORKGROUP)), job.work() as u64)
        }
    };
}
patches!(by_patches, patch3x3, PATCH);
patches!(by_wide_patches, patch3x3_wide, WIDE);

fn by_channel(site: &mut Site<'_, '_>, job: &Job) -> Result<(), EngineError> {
    let channels = job.y[1];
    let bias = if site.arity() < 3 { site.numbers(&vec![0.0; channels]) } else { site.input(2)? };
    let bindings = depthwise::Bindings { x: site.input(0)?, w: site.input(1)?, bias };
    let [tiles_y, tiles_x] = job.tiles(PATCH);
    let count = job.x[0] * channels * tiles_x * tiles_y;
    let u = U32(site);
    let params = params!(depthwise, u, job, [planes kernel pads steps], {
        count: u.of(count)?,
        tiles_x: u.of(tiles_x)?,
        tiles_y: u.of(tiles_y)?,
        channels: u.of(channels)?,
        multiplier: u.of(job.packing.outputs)?,
    });
    let launch = depthwise::launch(depthwise::Variant::Default, depthwise::Constants, params, bindings);
    site.finish(launch, Spread::Elements(count), job.work() as u64)
}
