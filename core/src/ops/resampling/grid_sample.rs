//! GridSample: pixels of a picture at places that another tensor names, read as gathers and weighted sums.
//! <https://onnx.ai/onnx/operators/onnx__GridSample.html>
//!
//! Shapes: `x` [images, channels, positions..], places [images, places.., axes] in [-1, 1], across first; result
//! [images, channels, places..]. Gradients flow to the pixels, and to the places where pixels are interpolated.

mod axis;

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::NodeContext;
use crate::ops::Import;
use crate::ops::family::kernel_gradient::at;
use crate::ops::family::sliding;
use crate::ops::reshape::Reshape;
use crate::ops::{OpError, wher};
use crate::tensor::{DType, Dim, Shape};
use axis::{Border, Manner, Mode, Neighbour};

/// Reader of `GridSample` nodes over one to three axes.
pub const ONNX: &[Import] = &[("GridSample", read), ("com.microsoft.GridSample", read)];

fn read(n: &mut NodeContext<'_>) -> Result<Vec<ValueId>, crate::onnx::OnnxError> {
    let (x, grid) = (n.input(0)?, n.input(1)?);
    let mode = match n.text("mode", "linear")?.as_str() {
        "linear" | "bilinear" => Mode::Linear,
        "nearest" => Mode::Nearest,
        "cubic" | "bicubic" => Mode::Cubic,
        other => return Err(n.error(format!("mode `{other}` is none of linear, nearest, cubic"))),
    };
    let border = match n.text("padding_mode", "zeros")?.as_str() {
        "zeros" => Border::Zeros,
        "border" => Border::Edge,
        "reflection" => Border::Mirror,
        other => return Err(n.error(format!("padding_mode `{other}` is none of zeros, border, reflection"))),
    };
    let manner = Manner { mode, border, corners: n.int("align_corners", 0)? != 0 };
    let image = sliding::positions(&n.ty(0)?).map_err(|e| n.refuse(e))?;
    let (ty, at) = (n.ty(0)?, n.ty(1)?);
    let places = at.shape.clone();
    let fits = places.len() == ty.rank() && places.last() == Some(&Dim::fixed(image.len()));
    if !fits || image.len() > 3 || image.contains(&0) || places.first() != ty.shape.first() {
        return Err(n.error(format!("places of type {at} do not lie in {ty}")));
    }
    let shape: Shape = ty.shape[..2].iter().chain(&places[1..places.len() - 1]).copied().collect();
    let sampled = n.build(|b| sampled(b, x, grid, &image, manner))?;
    n.apply_to(Reshape { shape }, &[sampled])
}

/// The samples as [images, channels, places].
fn sampled(b: &mut Builder, x: ValueId, grid: ValueId, image: &[usize], manner: Manner) -> Result<ValueId, GraphError> {
    let refuse = |why: &str| at("GridSample", OpError::shape(why));
    let shape = b.ty(x).shape.clone();
    let places = b.ty(grid).shape.clone();
    let count = places[1..places.len() - 1].iter().try_fold(Dim::ONE, |all, d| all.times(*d));
    let count = count.ok_or_else(|| refuse("the number of places depends on the batch"))?;
    let points = b.reshape(grid, &[shape[0], count, Dim::fixed(image.len())])?;
    let area: usize = image.iter().product();
    let pixels = b.reshape(x, &[shape[0], shape[1], Dim::fixed(area)])?;
    let mut corners: Vec<Neighbour> = Vec::new();
    for (axis, size) in image.iter().enumerate() {
        // Places are named the last axis first.
        let point = b.slice(points, 2, image.len() - 1 - axis, 1)?;
        let point = b.reshape(point, &[shape[0], Dim::ONE, count])?;
        let own = axis::neighbours(b, point, *size, manner)?;
        corners = if corners.is_empty() { own } else { crossed(b, &corners, &own, *size)? };
    }
    let wide = [shape[0], shape[1], count];
    let mut sum = None;
    for corner in corners {
        let place = b.cast(corner.place, DType::I64)?;
        let place = b.expand(place, &wide)?;
        let pixel = b.gather_elements(pixels, place, 2)?;
        let share = match (corner.weight, corner.inside) {
            (Some(weight), _) => b.mul(pixel, weight)?,
            (None, _) => pixel,
        };
        let share = match corner.inside {
            Some(inside) => {
                let zero = b.scalar_like(0.0, share);
                b.apply1(wher::Where, &[inside, share, zero])?
            }
            None => share,
        };
        sum = Some(match sum {
            Some(sum) => b.add(sum, share)?,
            None => share,
        });
    }
    sum.ok_or_else(|| refuse("there are no axes"))
}

/// Every corner of the axes before with every neighbour along the next, of `size` pixels.
fn crossed(b: &mut Builder, before: &[Neighbour], next: &[Neighbour], size: usize) -> Result<Vec<Neighbour>, GraphError> {
    let mut all = Vec::with_capacity(before.len() * next.len());
    for first in before {
        #[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
        let rows = b.scale(first.place, size as f64)?;
        for second in next {
            let weight = match (first.weight, second.weight) {
                (Some(a), Some(c)) => Some(b.mul(a, c)?),
                (one, other) => one.or(other),
            };
            let inside = match (first.inside, second.inside) {
                (Some(a), Some(c)) => Some(b.apply1(crate::ops::and::And, &[a, c])?),
                (one, other) => one.or(other),
            };
            all.push(Neighbour { place: b.add(rows, second.place)?, weight, inside });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;
    use crate::tensor::Tensor;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("GridSample").with("mode", "linear").with("padding_mode", "zeros").with("align_corners", 0).on(&[1, 1, 3, 3], &[-0.1, -0.4, 0.9, 0.1, 0.9, -1.7, 0.3, 0.2, 1.7]).on(&[1, 2, 2, 2], &[0.513, -0.787, 0.113, 0.813, -1.187, 0.613, -1.387, 1.313]).gives(&[1, 1, 2, 2], &[0.4919868, 0.3545422, 0.06231605, 0.0]);
        Trial::of("GridSample").with("mode", "cubic").with("padding_mode", "border").with("align_corners", 1).on(&[1, 1, 3, 3], &[-0.1, -0.4, 0.9, 0.1, 0.9, -1.7, 0.3, 0.2, 1.7]).on(&[1, 2, 2, 2], &[0.513, -0.787, 0.113, 0.813, -1.187, 0.613, -1.387, 1.313]).gives(&[1, 1, 2, 2], &[0.09145227, 0.4166429, 0.2390521, 0.3]);
        Trial::of("GridSample").with("mode", "linear").with("padding_mode", "reflection").with("align_corners", 0).on(&[1, 1, 3, 3], &[-0.1, -0.4, 0.9, 0.1, 0.9, -1.7, 0.3, 0.2, 1.7]).on(&[1, 2, 2, 2], &[0.513, -0.787, 0.113, 0.813, -1.187, 0.613, -1.387, 1.313]).gives(&[1, 1, 2, 2], &[0.60035, 0.4542502, 0.2839001, 0.29195]);
        Trial::of("GridSample").with("mode", "nearest").with("padding_mode", "reflection").with("align_corners", 1).on(&[1, 1, 3, 3], &[-0.1, -0.4, 0.9, 0.1, 0.9, -1.7, 0.3, 0.2, 1.7]).constant(Tensor::f32(&[1, 2, 2, 2], vec![0.513, -0.787, 0.113, 0.813, -1.187, 0.613, -1.387, 1.313]).unwrap()).gives(&[1, 1, 2, 2], &[0.9, 0.2, 0.3, 0.3]);
    }
}
