//! Pools over one, two or three axes of positions, as pools over planes. Maxima and sums over a volume are taken within its
//! slices first and across them second.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::sliding::{self, Along};
use crate::ops::family::window::Window;
use crate::tensor::Dim;

/// One pool over planes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plane {
    /// Its window.
    pub window: Window,
    /// Rows and columns before.
    pub image: [usize; 2],
    /// Rows and columns after.
    pub count: [usize; 2],
    /// Whether the count was rounded up.
    pub ceil: bool,
}

/// What a pool does on [N, C, H, W].
pub(crate) type Step<'a> = &'a mut dyn FnMut(&mut Builder, ValueId, &Plane) -> Result<ValueId, GraphError>;

/// Reads the window of a pool node and applies `step` to `x` [N, C, positions..], once or (three axes) twice.
///
/// # Errors
/// What does not fit, at the node.
pub(crate) fn every_plane(n: &mut NodeContext<'_>, x: ValueId, step: Step<'_>) -> Result<ValueId, OnnxError> {
    let shape = n.b.ty(x).shape.clone();
    let image = sliding::positions(n.b.ty(x)).map_err(|e| n.refuse(e))?;
    let kernel = sliding::kernel_shape(n, image.len())?;
    let along = sliding::read(n, &kernel, &image)?;
    let ceil = sliding::rounds_up(n)?;
    let (images, channels) = (shape[0], shape[1]);
    match *along.as_slice() {
        [only] => over(n, x, [images, channels, Dim::ONE, shape[2]], [Along::STILL, only], ceil, step, |y| {
            vec![y[0], y[1], y[3]]
        }),
        [down, across] => {
            over(n, x, [images, channels, shape[2], shape[3]], [down, across], ceil, step, <[Dim]>::to_vec)
        }
        [depth, down, across] => {
            let slices = channels.times(shape[2]).ok_or_else(|| n.error("its channels depend on the batch"))?;
            let flat = over(n, x, [images, slices, shape[3], shape[4]], [down, across], ceil, step, <[Dim]>::to_vec)?;
            let size = n.b.ty(flat).shape.clone();
            let area = size[2].times(size[3]).unwrap_or(Dim::ONE);
            over(n, flat, [images, channels, shape[2], area], [depth, Along::STILL], ceil, step, |y| {
                vec![y[0], y[1], y[2], size[2], size[3]]
            })
        }
        _ => Err(n.error(format!("slides over 1 to 3 axes, not over {}", along.len()))),
    }
}

/// One step on `x` as planes of this shape; `finish` makes the shape that is wanted of the result's.
fn over(
    n: &mut NodeContext<'_>,
    x: ValueId,
    shape: [Dim; 4],
    [down, across]: [Along; 2],
    ceil: bool,
    step: Step<'_>,
    finish: impl FnOnce(&[Dim]) -> Vec<Dim>,
) -> Result<ValueId, OnnxError> {
    let planes = n.build(|b| b.reshape(x, &shape))?;
    let image = crate::ops::family::window::image_size(n.b.ty(planes)).map_err(|e| n.refuse(e))?;
    let window = sliding::window(down, across);
    let count = window.positions(image, ceil).and_then(|count| window.sees_image(image, count).map(|()| count));
    let count = count.map_err(|e| n.refuse(e))?;
    n.build(|b| {
        let made = step(b, planes, &Plane { window, image, count, ceil })?;
        let shape = finish(&b.ty(made).shape.clone());
        b.reshape(made, &shape)
    })
}
