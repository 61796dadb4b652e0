//! Pad: a border of one value around a tensor. <https://onnx.ai/onnx/operators/onnx__Pad.html>
//!
//! Shapes: axis `i` of `y` is `before[i] + x_i + after[i]`. Gradient: the inside of `dy`. ONNX's negative pads cut (a Slice
//! here); its reflected, repeated and wrapped borders are copies of positions (a Gather here).

use ndarray::{ArrayD, Axis, IxDyn};

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::{args, each};
use crate::ops::gather::Gather;
use crate::ops::slice::Slice;
use crate::ops::{
    Applied, Attribute, Derivative, Example, Export, ExportInput, Import, OpError, OpExamples, OpRules, Sample,
};
use crate::tensor::{Array, DType, Dim, Shape, Tensor, TensorType, fixed_shape};

/// A border of one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Pad {
    /// Positions added before each axis.
    pub before: Shape,
    /// Positions added after each axis.
    pub after: Shape,
    /// What they hold; other than 0 only for f32.
    pub value: f32,
}

crate::ops::role::part!(Pad: Passive, InOrder, Own);

/// Reader of `Pad` nodes (pads and value as inputs; as attributes before opset 11).
pub const ONNX: &[Import] = &[("Pad", |n| {
    let pads = read_pads(n)?;
    let mode = n.text("mode", "constant")?;
    let mut value = n.input(0)?;
    let fill = fill_value(n)?;
    if mode != "constant" {
        return copied_border(n, value, &pads, &mode);
    }
    // Cuts first: they are what a negative pad means, and the border then only grows.
    for (axis, (before, after)) in pads.iter().enumerate() {
        let (from_start, from_end) = (cut_by(*before), cut_by(*after));
        if from_start + from_end > 0 {
            let dim = n.b.ty(value).shape[axis];
            let len = each::minus(dim, Dim::fixed(from_start + from_end));
            let len = len.ok_or_else(|| n.error(format!("cuts more than the {dim} of axis {axis}")))?;
            let cut = Slice { axis, start: Dim::fixed(from_start), len };
            value = n.b.apply1(cut, &[value]).map_err(|e| n.wrap(e))?;
        }
    }
    let grow = |pad: i64| Dim::fixed(usize::try_from(pad).unwrap_or(0));
    let before = pads.iter().map(|p| grow(p.0)).collect();
    let after = pads.iter().map(|p| grow(p.1)).collect();
    Ok(n.apply_to(Pad { before, after, value: fill }, &[value])?[..1].to_vec())
})];

/// How many positions a negative pad cuts.
fn cut_by(pad: i64) -> usize {
    usize::try_from(pad.min(0).unsigned_abs()).unwrap_or(usize::MAX / 4).min(1 << 30)
}

/// The border's value: attribute or input 2.
#[expect(clippy::cast_possible_truncation, reason = "the border is stored as the tensor is")]
fn fill_value(n: &NodeContext<'_>) -> Result<f32, OnnxError> {
    let attribute = n.float("value", 0.0)?;
    let given = n.numbers_input(2)?.and_then(|v| v.first().copied());
    Ok(given.map_or(attribute, |v| v as f32))
}

/// Before and after for every axis.
fn read_pads(n: &mut NodeContext<'_>) -> Result<Vec<(i64, i64)>, OnnxError> {
    let rank = n.ty(0)?.rank();
    let pads = match n.ints("pads")? {
        Some(pads) => pads,
        None => n.ints_input(1)?.ok_or_else(|| n.error("the pads are missing"))?,
    };
    let axes = match n.ints_input(3)? {
        Some(axes) => n.axes(&axes, rank)?,
        None => (0..rank).collect(),
    };
    if pads.len() != 2 * axes.len() {
        return Err(n.error(format!("{} pads do not fit {} axes", pads.len(), axes.len())));
    }
    if pads.iter().any(|p| p.unsigned_abs() > 1 << 20) {
        return Err(n.error("pads of more than 2^20 are not supported"));
    }
    let mut all = vec![(0, 0); rank];
    for (index, axis) in axes.iter().enumerate() {
        all[*axis] = (pads[index], pads[index + axes.len()]);
    }
    Ok(all)
}

/// Borders that copy positions of the tensor itself.
fn copied_border(
    n: &mut NodeContext<'_>,
    x: ValueId,
    pads: &[(i64, i64)],
    mode: &str,
) -> Result<Vec<ValueId>, OnnxError> {
    let padded: Vec<usize> = (0..pads.len()).filter(|i| pads[*i] != (0, 0)).collect();
    let mut value = x;
    for (count, axis) in padded.iter().enumerate() {
        let dim = n.b.ty(value).shape[*axis];
        let size = args::known(dim, "a padded axis").map_err(|e| n.refuse(e))?;
        let indices = border_indices(size, pads[*axis], mode).map_err(|why| n.error(why))?;
        let indices = n.b.constant(Tensor::indices(&indices));
        let op = Gather { axis: *axis };
        let last = count + 1 == padded.len();
        value = if last {
            n.apply_to(op, &[value, indices])?[0]
        } else {
            n.b.apply1(op, &[value, indices]).map_err(|e| n.wrap(e))?
        };
    }
    Ok(vec![value])
}

/// Which position of an axis of `size` each position of the padded axis copies.
fn border_indices(size: usize, (before, after): (i64, i64), mode: &str) -> Result<Vec<i64>, String> {
    let size = i64::try_from(size).map_err(|e| e.to_string())?;
    let widest = if mode == "reflect" { size - 1 } else { i64::MAX };
    if size == 0 || before.max(after) > widest {
        return Err(format!("pads {before} and {after} are too wide to {mode} an axis of {size}"));
    }
    let source = |at: i64| match mode {
        "reflect" if at < 0 => Ok(-at),
        "reflect" if at >= size => Ok(2 * (size - 1) - at),
        "reflect" => Ok(at),
        "edge" => Ok(at.clamp(0, size - 1)),
        "wrap" => Ok(at.rem_euclid(size)),
        other => Err(format!("mode `{other}` is none of constant, reflect, edge, wrap")),
    };
    (-before..size + after).map(source).collect()
}

impl OpRules for Pad {
    fn name(&self) -> &'static str {
        "Pad"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::type_at(inputs, 0)?;
        if self.before.len() != x.rank() || self.after.len() != x.rank() {
            return Err(OpError::shape(format!("has pads for {} axes, was given {x}", self.before.len())));
        }
        if x.dtype == DType::Bool || (self.value != 0.0 && !x.dtype.is_real()) {
            return Err(OpError::shape(format!("pads {} only with zeros", x.dtype)));
        }
        let sides = self.before.iter().zip(&self.after);
        let shape = x.shape.iter().zip(sides).map(|(d, (before, after))| before.plus(*d).plus(*after)).collect();
        Ok(vec![TensorType { dtype: x.dtype, shape }])
    }

    fn eval(&self, inputs: &[Array], batch: usize) -> Result<Vec<Array>, OpError> {
        let at = |pads: &[Dim]| pads.iter().map(|d| d.at(batch)).collect::<Vec<_>>();
        let (before, after) = (at(&self.before), at(&self.after));
        Ok(vec![match args::any(inputs, 0)? {
            Array::Real(a) => Array::Real(bordered(a, &before, &after, f64::from(self.value))),
            Array::Int(a) => Array::Int(bordered(a, &before, &after, 0)),
            Array::Bool(_) => return Err(OpError::shape("pads numbers")),
        }])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, _, like, dy| {
            let shape = b.ty(like).shape.clone();
            let mut inside = dy;
            for (axis, len) in shape.into_iter().enumerate() {
                inside = b.slice(inside, axis, self.before[axis], len)?;
            }
            Ok(inside)
        })
    }

    fn export(&self) -> Export {
        let pads = self.before.iter().chain(&self.after).copied().collect();
        let node = Export::with("Pad", 1, vec![("mode", Attribute::Text("constant".to_owned()))]);
        let node = node.and_input(ExportInput::Shape(pads));
        // Left out, ONNX pads with zeros of the tensor's own type; another value is written in f32, as networks hold it.
        if self.value == 0.0 { node } else { node.and_input(ExportInput::Constant(Tensor::scalar(self.value))) }
    }
}

/// `a` in the middle of an array of `value`.
fn bordered<T: Clone>(a: &ArrayD<T>, before: &[usize], after: &[usize], value: T) -> ArrayD<T> {
    let sizes: Vec<usize> = (0..a.ndim()).map(|i| before[i] + a.shape()[i] + after[i]).collect();
    let mut all = ArrayD::from_elem(IxDyn(&sizes), value);
    let mut inside = all.view_mut();
    for (axis, (start, size)) in before.iter().zip(a.shape()).enumerate() {
        inside.slice_axis_inplace(Axis(axis), ndarray::Slice::from(*start..start + size));
    }
    inside.assign(a);
    drop(inside);
    all
}

impl OpExamples for Pad {
    fn examples() -> Vec<Example> {
        let border = |before: &[usize], after: &[usize], value| Self {
            before: fixed_shape(before),
            after: fixed_shape(after),
            value,
        };
        vec![
            Example::new("zeros", border(&[0, 1, 2], &[0, 0, 3], 0.0), vec![Sample::real(&[2, 3, 5])]),
            Example::new("a value", border(&[1, 0], &[2, 1], -1.5), vec![Sample::real(&[1, 4])]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_copy_as_numpy_pads() {
        assert_eq!(border_indices(4, (2, 3), "reflect").unwrap(), [2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert_eq!(border_indices(3, (2, 1), "edge").unwrap(), [0, 0, 0, 1, 2, 2]);
        assert_eq!(border_indices(3, (2, 1), "wrap").unwrap(), [1, 2, 0, 1, 2, 0]);
        assert!(border_indices(3, (3, 0), "reflect").is_err());
        assert!(border_indices(3, (1, 0), "mirror").is_err());
    }
}
