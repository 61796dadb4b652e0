//! Reader of `Resize` and `Upsample` nodes: any axes, in any order, by scales or sizes.
//!
//! The operator resizes the last two of four axes. Axes are independent of each other, so others are brought there, two at a
//! time.

use super::filter::{Axis, Curve, Filter, Place};
use super::{Resize, ResizeMode};
use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError, SymbolicInt};
use crate::ops::OpRules;
use crate::ops::family::interpolation::{Coordinates, Rounding};
use crate::ops::reshape::Reshape;
use crate::ops::transpose::Transpose;
use crate::tensor::Dim;

/// Largest size of an axis that is read.
const LARGEST: f64 = 16384.0;

/// What one axis becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Target {
    axis: usize,
    size: usize,
    /// Result pixels per pixel, where it is not the quotient of the sizes.
    scale: Option<f32>,
}

/// How pixels are made, alike for all axes.
#[derive(Clone, Copy)]
struct Manner {
    mode: ResizeMode,
    coordinates: Coordinates,
}

/// Reads a `Resize` node: scales are input 1 in operator set 10; later inputs are a region, scales and sizes.
pub(super) fn resize(n: &mut NodeContext<'_>) -> Result<Vec<ValueId>, OnnxError> {
    let old = n.info.opset < 11;
    let filter = asked(n, old)?;
    if !old {
        let _region = n.given(1);
    }
    let (axes, place) = (axes(n)?, coordinates(n, old)?.unwrap_or(Coordinates::HalfPixel));
    let scales = n.numbers_input(if old { 1 } else { 2 })?.filter(|s| !s.is_empty());
    let sizes = if old { None } else { n.symbols_input(3)?.filter(|s| !s.is_empty()) };
    let targets = match (scales, sizes) {
        (Some(scales), None) => by_scales(n, &axes, &scales, place)?,
        (None, Some(sizes)) => by_sizes(n, &axes, &sizes)?,
        _ => return Err(n.error("needs either scales or sizes")),
    };
    match filter {
        Some(filter) => filtered(n, &axes, targets, filter),
        None => {
            let mode = mode(n, rounding(n, old)?)?;
            apply(n, &targets, Manner { mode, coordinates: place })
        }
    }
}

/// Reads an `Upsample` node, whose scales are given.
pub(in crate::ops) fn upsample(n: &mut NodeContext<'_>, scales: &[f64]) -> Result<Vec<ValueId>, OnnxError> {
    let mode = mode(n, Rounding::Floor)?;
    let axes: Vec<usize> = (0..n.ty(0)?.rank()).collect();
    let targets = by_scales(n, &axes, scales, Coordinates::Asymmetric)?;
    apply(n, &targets, Manner { mode, coordinates: Coordinates::Asymmetric })
}

/// Where pixels lie; `None` for a region of the image.
fn coordinates(n: &NodeContext<'_>, old: bool) -> Result<Option<Coordinates>, OnnxError> {
    let usual = if old { "asymmetric" } else { "half_pixel" };
    Ok(Some(match n.text("coordinate_transformation_mode", usual)?.as_str() {
        "asymmetric" => Coordinates::Asymmetric,
        "half_pixel" => Coordinates::HalfPixel,
        "half_pixel_symmetric" => Coordinates::HalfPixelSymmetric,
        "pytorch_half_pixel" => Coordinates::PyTorchHalfPixel,
        "align_corners" => Coordinates::AlignCorners,
        "tf_crop_and_resize" => return Ok(None),
        other => return Err(n.error(format!("coordinate_transformation_mode `{other}` is not supported"))),
    }))
}

fn rounding(n: &NodeContext<'_>, old: bool) -> Result<Rounding, OnnxError> {
    match n.text("nearest_mode", if old { "floor" } else { "round_prefer_floor" })?.as_str() {
        "round_prefer_floor" => Ok(Rounding::PreferFloor),
        "round_prefer_ceil" => Ok(Rounding::PreferCeil),
        "floor" => Ok(Rounding::Floor),
        "ceil" => Ok(Rounding::Ceil),
        other => Err(n.error(format!("nearest_mode `{other}` is not supported"))),
    }
}

/// The filter that the node asks for, if the operator cannot do it.
fn asked(n: &NodeContext<'_>, old: bool) -> Result<Option<Filter>, OnnxError> {
    let (coordinates, rounding) = (coordinates(n, old)?, rounding(n, old)?);
    let curve = match n.text("mode", "nearest")?.as_str() {
        "nearest" => Curve::Nearest(rounding),
        "cubic" => Curve::Cubic(f64::from(n.float("cubic_coeff_a", -0.75)?)),
        _ => Curve::Linear,
    };
    // It is for one of the curves.
    n.irrelevant(&["cubic_coeff_a"]);
    let outside = f64::from(n.float("extrapolation_value", 0.0)?);
    let nearest = matches!(curve, Curve::Nearest(_));
    let antialias = n.int("antialias", 0)? != 0 && !nearest;
    let exclude_outside = n.int("exclude_outside", 0)? != 0 && !nearest;
    let place = coordinates.map_or(Place::Region(outside), Place::Usual);
    let needed = matches!(curve, Curve::Cubic(_)) || antialias || exclude_outside || coordinates.is_none();
    Ok(needed.then_some(Filter { curve, antialias, exclude_outside, place }))
}

/// Axis by axis, each by its matrix.
fn filtered(
    n: &mut NodeContext<'_>,
    axes: &[usize],
    mut targets: Vec<Target>,
    filter: Filter,
) -> Result<Vec<ValueId>, OnnxError> {
    let shape = n.ty(0)?.shape;
    let mut regions = vec![[0.0, 1.0]; shape.len()];
    if matches!(filter.place, Place::Region(_)) {
        let ends = n.numbers_input(1)?.unwrap_or_default();
        if ends.len() != 2 * axes.len() {
            return Err(n.error(format!("a region of {} numbers does not fit {} axes", ends.len(), axes.len())));
        }
        for (index, axis) in axes.iter().enumerate() {
            regions[*axis] = [ends[index], ends[index + axes.len()]];
            let moved = regions[*axis] != [0.0, 1.0] && targets.iter().all(|t| t.axis != *axis);
            if let (true, Some(size)) = (moved, shape[*axis].known()) {
                targets.push(Target { axis: *axis, size, scale: None });
            }
        }
    }
    let mut value = n.input(0)?;
    for Target { axis, size, scale } in targets {
        let image = pixels(n, axis)?;
        #[expect(clippy::cast_precision_loss, reason = "checked to be small")]
        let scale = scale.map_or(size as f64 / image, f64::from);
        let image = whole(n, image)?;
        let axis = Axis { axis, image, size, scale, region: regions[axis] };
        value = n.build(|b| filter.apply(b, value, &axis))?;
    }
    let shape = n.b.ty(value).shape.clone();
    n.apply_to(Reshape { shape }, &[value])
}

fn mode(n: &NodeContext<'_>, rounding: Rounding) -> Result<ResizeMode, OnnxError> {
    match n.text("mode", "nearest")?.as_str() {
        "nearest" => Ok(ResizeMode::Nearest(rounding)),
        "linear" | "bilinear" => Ok(ResizeMode::Linear),
        other => Err(n.error(format!("mode `{other}` is not supported; nearest and linear are"))),
    }
}

/// The axes that scales and sizes are for, in their order: those of the attribute, or all.
fn axes(n: &mut NodeContext<'_>) -> Result<Vec<usize>, OnnxError> {
    let rank = n.ty(0)?.rank();
    let Some(given) = n.ints("axes")?.filter(|axes| !axes.is_empty()) else {
        return Ok((0..rank).collect());
    };
    let axes = n.axes(&given, rank)?;
    match (1..axes.len()).find(|i| axes[..*i].contains(&axes[*i])) {
        None => Ok(axes),
        Some(twice) => Err(n.error(format!("its axes name {} twice", axes[twice]))),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "files hold scales in f32")]
fn by_scales(
    n: &mut NodeContext<'_>,
    axes: &[usize],
    scales: &[f64],
    coordinates: Coordinates,
) -> Result<Vec<Target>, OnnxError> {
    if scales.len() != axes.len() {
        return Err(n.error(format!("{} scales do not fit {} axes", scales.len(), axes.len())));
    }
    // What becomes of the ratio of sides is a matter of sizes.
    n.irrelevant(&["keep_aspect_ratio_policy"]);
    let mut targets = Vec::new();
    for (axis, scale) in axes.iter().zip(scales).filter(|(_, scale)| **scale != 1.0) {
        let size = pixels(n, *axis)? * scale;
        if coordinates == Coordinates::AlignCorners && size.fract() != 0.0 {
            return Err(n.error(format!(
                "align_corners with a scale that leads to {size} positions means different things to the standard and to ONNX \
                 Runtime; give sizes instead"
            )));
        }
        let size = whole(n, size.floor())?;
        targets.push(Target { axis: *axis, size, scale: Some(*scale as f32) });
    }
    Ok(targets)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "sizes are checked to be small")]
fn by_sizes(n: &mut NodeContext<'_>, axes: &[usize], sizes: &[SymbolicInt]) -> Result<Vec<Target>, OnnxError> {
    if sizes.len() != axes.len() {
        return Err(n.error(format!("{} sizes do not fit {} axes", sizes.len(), axes.len())));
    }
    let shape = n.ty(0)?.shape;
    let policy = n.text("keep_aspect_ratio_policy", "stretch")?;
    let mut targets = Vec::new();
    let mut factors = Vec::new();
    for (axis, size) in axes.iter().zip(sizes) {
        if policy == "stretch" && SymbolicInt::from(shape[*axis]) == *size {
            continue;
        }
        let wanted = size.known().ok_or_else(|| n.error("a size other than that of the batch depends on it"))?;
        let size = whole(n, wanted as f64)?;
        factors.push(size as f64 / pixels(n, *axis)?);
        targets.push(Target { axis: *axis, size, scale: None });
    }
    let common = match policy.as_str() {
        "stretch" => return Ok(targets),
        "not_larger" => factors.into_iter().fold(f64::INFINITY, f64::min),
        "not_smaller" => factors.into_iter().fold(0.0, f64::max),
        other => return Err(n.error(format!("keep_aspect_ratio_policy `{other}` is not supported"))),
    };
    for target in &mut targets {
        let size = pixels(n, target.axis)? * common;
        target.size = whole(n, (size + 0.5).floor())?;
        target.scale = Some(common as f32);
    }
    Ok(targets)
}

/// Size of an axis that is resized.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn pixels(n: &mut NodeContext<'_>, axis: usize) -> Result<f64, OnnxError> {
    let dim = n.ty(0)?.shape[axis];
    let known = dim.known().filter(|size| *size > 0);
    known.map(|size| size as f64).ok_or_else(|| n.error(format!("axis {axis} of {dim} positions cannot be resized")))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be small")]
fn whole(n: &NodeContext<'_>, size: f64) -> Result<usize, OnnxError> {
    if (1.0..=LARGEST).contains(&size) {
        Ok(size as usize)
    } else {
        Err(n.error(format!("it would make an axis of {size} positions; 1 to {LARGEST} are supported")))
    }
}

/// Two axes at a time.
fn apply(n: &mut NodeContext<'_>, targets: &[Target], manner: Manner) -> Result<Vec<ValueId>, OnnxError> {
    let mut value = n.input(0)?;
    let mut sorted = targets.to_vec();
    sorted.sort_by_key(|target| target.axis);
    let pairs: Vec<&[Target]> = sorted.chunks(2).collect();
    for (index, pair) in pairs.iter().enumerate() {
        value = step(n, value, pair, manner, index + 1 == pairs.len())?;
    }
    Ok(vec![value])
}

/// One or two axes of `value`; `last`: under the node's names.
fn step(
    n: &mut NodeContext<'_>,
    value: ValueId,
    pair: &[Target],
    manner: Manner,
    last: bool,
) -> Result<ValueId, OnnxError> {
    let shape = n.b.ty(value).shape.clone();
    let stays = |axis: usize| Target { axis, size: shape[axis].fixed, scale: None };
    if shape.len() == 4 && shape[2..].iter().all(|d| d.known().is_some()) && pair.iter().all(|t| t.axis >= 2) {
        let of = |axis: usize| pair.iter().find(|t| t.axis == axis).copied().unwrap_or_else(|| stays(axis));
        let image = [shape[2].fixed, shape[3].fixed];
        let op = operator([of(2), of(3)], image, manner);
        if !whole_by_scales(&op, image) {
            return parts(n, &op, value);
        }
        return if last { Ok(n.apply_to(op, &[value])?[0]) } else { n.b.apply1(op, &[value]).map_err(|e| n.wrap(e)) };
    }
    let others: Vec<usize> = (0..shape.len()).filter(|i| pair.iter().all(|t| t.axis != *i)).collect();
    let order: Vec<usize> = others.iter().copied().chain(pair.iter().map(|t| t.axis)).collect();
    let lead = others.iter().try_fold(Dim::ONE, |all, axis| all.times(shape[*axis]));
    let lead = lead.ok_or_else(|| n.error("the batch appears in two of its axes"))?;
    let (rows, columns) = match pair {
        [rows, columns] => (*rows, *columns),
        [columns] => (Target { axis: 0, size: 1, scale: None }, *columns),
        _ => return Err(n.error("has no axes to resize")),
    };
    let image = [if pair.len() == 2 { shape[rows.axis].fixed } else { 1 }, shape[columns.axis].fixed];
    let turned = n.b.transpose(value, &order).map_err(|e| n.wrap(e))?;
    let flat = [lead, Dim::ONE, Dim::fixed(image[0]), Dim::fixed(image[1])];
    let flat = n.b.reshape(turned, &flat).map_err(|e| n.wrap(e))?;
    let op = operator([rows, columns], image, manner);
    let made = if whole_by_scales(&op, image) {
        n.b.apply1(op, &[flat]).map_err(|e| n.wrap(e))?
    } else {
        parts(n, &op, flat)?
    };
    let sizes = pair.iter().map(|t| Dim::fixed(t.size));
    let result: Vec<Dim> = others.iter().map(|axis| shape[*axis]).chain(sizes).collect();
    let back: Vec<usize> = (0..order.len()).filter_map(|axis| order.iter().position(|o| *o == axis)).collect();
    if back.iter().copied().eq(0..back.len()) && last {
        return Ok(n.apply_to(Reshape { shape: result }, &[made])?[0]);
    }
    let shaped = n.b.reshape(made, &result).map_err(|e| n.wrap(e))?;
    if last {
        return Ok(n.apply_to(Transpose { order: back }, &[shaped])?[0]);
    }
    n.b.transpose(shaped, &back).map_err(|e| n.wrap(e))
}

/// The operator as its parts.
fn parts(n: &mut NodeContext<'_>, op: &Resize, value: ValueId) -> Result<ValueId, OnnxError> {
    let parts = op.parts(n.b, &[value]).map_err(|e| n.wrap(e))?;
    parts.and_then(|parts| parts.first().copied()).ok_or_else(|| n.error("cannot be taken apart"))
}

/// Whether scales, where they are given, lead to the size: they do not where a ratio of sides is kept and rounded. ONNX has no
/// node for that.
fn whole_by_scales(op: &Resize, image: [usize; 2]) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
    let leads = |axis: usize, scale: f32| (image[axis] as f64 * f64::from(scale)).floor() == op.size[axis] as f64;
    op.scales.is_none_or(|scales| leads(0, scales[0]) && leads(1, scales[1]))
}

fn operator(targets: [Target; 2], image: [usize; 2], Manner { mode, coordinates }: Manner) -> Resize {
    #[expect(clippy::cast_precision_loss, reason = "small sizes, as files hold scales")]
    let quotient = |i: usize| targets[i].size as f32 / image[i] as f32;
    let given = targets.iter().any(|t| t.scale.is_some());
    let scales = given.then(|| [0, 1].map(|i| targets[i].scale.unwrap_or_else(|| quotient(i))));
    Resize { size: targets.map(|t| t.size), scales, mode, coordinates }
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;
    use crate::tensor::Tensor;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Resize").with("axes", vec![2, 3]).with("mode", "cubic").with("cubic_coeff_a", -0.5_f32).with("exclude_outside", 1).on(&[1, 1, 3, 4], &[-1.8, -0.2, 0.5, 0.2, -1.7, 0.4, -1.1, -1.2, 1.5, -1.2, -0.2, 1.0]).absent().absent().constant(Tensor::i64(&[2], vec![5, 6]).unwrap()).gives(&[1, 1, 5, 6], &[-1.910327, -1.123307, -0.04698251, 0.5528264, 0.5048837, 0.2849308, -2.03915, -0.960799, 0.1785048, -0.03968837, -0.2647938, -0.4085036, -1.838157, -0.6235294, 0.3421294, -0.8893517, -1.241176, -1.206579, 0.4474862, -0.08713776, -0.675216, -0.6453584, -0.1872257, 0.2152099, 1.942974, 0.2305218, -1.369912, -0.3857224, 0.6250835, 1.25144]);
        Trial::of("Resize").with("mode", "linear").with("antialias", 1).on(&[1, 1, 3, 4], &[-1.8, -0.2, 0.5, 0.2, -1.7, 0.4, -1.1, -1.2, 1.5, -1.2, -0.2, 1.0]).absent().absent().constant(Tensor::i64(&[4], vec![1, 1, 2, 2]).unwrap()).gives(&[1, 1, 2, 2], &[-0.8875, -0.1458333, -0.09583335, -0.1375]);
        Trial::of("Resize").with("axes", vec![2, 3]).with("mode", "linear").with("coordinate_transformation_mode", "tf_crop_and_resize").with("extrapolation_value", 3.0_f32).on(&[1, 1, 3, 4], &[-1.8, -0.2, 0.5, 0.2, -1.7, 0.4, -1.1, -1.2, 1.5, -1.2, -0.2, 1.0]).constant(Tensor::f32(&[4], vec![0.2, 0.1, 1.2, 0.8]).unwrap()).absent().constant(Tensor::i64(&[2], vec![2, 3]).unwrap()).gives(&[1, 1, 2, 3], &[-1.22, -0.023, -0.228, 3.0, 3.0, 3.0]);
    }
}
