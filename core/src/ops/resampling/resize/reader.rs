//! Reader of `Resize` and `Upsample` nodes: any axes, in any order, by scales or sizes.
//!
//! The operator resizes the last two of four axes. Axes are independent of each other, so others are brought there, two at a
//! time.

use super::{Resize, ResizeMode};
use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError, SymbolicInt};
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
    let manner = manner(n, old)?;
    // They are for regions (which `coordinates` refuses) and for cubic curves (which `mode` does).
    n.irrelevant(&["extrapolation_value", "exclude_outside", "cubic_coeff_a"]);
    if !old {
        let _region = n.given(1);
    }
    let axes = axes(n)?;
    let scales = n.numbers_input(if old { 1 } else { 2 })?.filter(|s| !s.is_empty());
    let sizes = if old { None } else { n.symbols_input(3)?.filter(|s| !s.is_empty()) };
    let targets = match (scales, sizes) {
        (Some(scales), None) => by_scales(n, &axes, &scales, manner.coordinates)?,
        (None, Some(sizes)) => by_sizes(n, &axes, &sizes)?,
        _ => return Err(n.error("needs either scales or sizes")),
    };
    apply(n, &targets, manner)
}

/// Reads an `Upsample` node, whose scales are given.
pub(in crate::ops) fn upsample(n: &mut NodeContext<'_>, scales: &[f64]) -> Result<Vec<ValueId>, OnnxError> {
    let mode = mode(n, Rounding::Floor)?;
    let axes: Vec<usize> = (0..n.ty(0)?.rank()).collect();
    let targets = by_scales(n, &axes, scales, Coordinates::Asymmetric)?;
    apply(n, &targets, Manner { mode, coordinates: Coordinates::Asymmetric })
}

fn manner(n: &NodeContext<'_>, old: bool) -> Result<Manner, OnnxError> {
    let coordinates =
        match n.text("coordinate_transformation_mode", if old { "asymmetric" } else { "half_pixel" })?.as_str() {
            "asymmetric" => Coordinates::Asymmetric,
            "half_pixel" => Coordinates::HalfPixel,
            "half_pixel_symmetric" => Coordinates::HalfPixelSymmetric,
            "pytorch_half_pixel" => Coordinates::PyTorchHalfPixel,
            "align_corners" => Coordinates::AlignCorners,
            other => return Err(n.error(format!("coordinate_transformation_mode `{other}` is not supported"))),
        };
    let rounding = match n.text("nearest_mode", if old { "floor" } else { "round_prefer_floor" })?.as_str() {
        "round_prefer_floor" => Rounding::PreferFloor,
        "round_prefer_ceil" => Rounding::PreferCeil,
        "floor" => Rounding::Floor,
        "ceil" => Rounding::Ceil,
        other => return Err(n.error(format!("nearest_mode `{other}` is not supported"))),
    };
    if n.int("antialias", 0)? != 0 {
        return Err(n.error("antialias is not supported"));
    }
    Ok(Manner { mode: mode(n, rounding)?, coordinates })
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
        let op = operator([of(2), of(3)], [shape[2].fixed, shape[3].fixed], manner);
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
    let made = n.b.apply1(operator([rows, columns], image, manner), &[flat]).map_err(|e| n.wrap(e))?;
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

fn operator(targets: [Target; 2], image: [usize; 2], Manner { mode, coordinates }: Manner) -> Resize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "small sizes, as files hold scales"
    )]
    let quotient = |i: usize| targets[i].size as f32 / image[i] as f32;
    let given = targets.iter().any(|t| t.scale.is_some());
    let scales = given.then(|| [0, 1].map(|i| targets[i].scale.unwrap_or_else(|| quotient(i))));
    Resize { size: targets.map(|t| t.size), scales, mode, coordinates }
}
