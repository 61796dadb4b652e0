//! Slice: a run of positions along one axis. <https://onnx.ai/onnx/operators/onnx__Slice.html>
//!
//! Shapes: `y` is `x` with the axis cut to `start .. start + len`. Gradient: `dy` with zeros put back around it. ONNX slices
//! several axes at once (a chain here) and with steps (a Gather here).

use ndarray::Axis;

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError, SymbolicInt};
use crate::ops::family::{args, each};
use crate::ops::gather::Gather;
use crate::ops::{Applied, Derivative, Example, Export, ExportInput, Import, Op, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, Dim, Tensor, TensorType};

/// A contiguous run along one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The axis that is cut.
    pub axis: usize,
    /// First position that stays.
    pub start: Dim,
    /// How many positions stay.
    pub len: Dim,
}

crate::ops::role::part!(Slice: Passive, InOrder, Own);

/// Reader of `Slice` nodes (starts, ends, axes, steps as inputs; as attributes before opset 10).
pub const ONNX: &[Import] = &[("Slice", |n| {
    let cuts = cuts(n)?;
    let mut value = n.input(0)?;
    let last = cuts.len();
    for (index, cut) in cuts.into_iter().enumerate() {
        let (op, mut inputs) = (cut.op(n, value)?, vec![value]);
        if let Cut { steps: Some(indices), .. } = cut {
            inputs.push(n.b.constant(Tensor::indices(&indices)));
        }
        value = if index + 1 == last {
            n.apply_to(op, &inputs)?[0]
        } else {
            n.b.apply1(op, &inputs).map_err(|e| n.wrap(e))?
        };
    }
    Ok(vec![value])
})];

/// What one axis is asked for.
struct Cut {
    axis: usize,
    start: SymbolicInt,
    end: SymbolicInt,
    /// The chosen positions, when the step is not 1.
    steps: Option<Vec<i64>>,
}

impl Cut {
    /// The operator for this axis of `value`.
    fn op(&self, n: &NodeContext<'_>, value: ValueId) -> Result<Op, OnnxError> {
        if self.steps.is_some() {
            return Ok(Gather { axis: self.axis }.into());
        }
        let dim = n.b.ty(value).shape[self.axis];
        let behind = |_| {
            n.error(format!(
                "it cuts axis {} of {dim} positions, one for each image, at a fixed position, which smaller batches do not have; every \
                 image must be treated alike, whatever stands beside it",
                self.axis
            ))
        };
        let (start, end) = (bound(self.start, dim).map_err(behind)?, bound(self.end, dim).map_err(behind)?);
        let len = each::minus(end, start);
        // An end before the start means nothing is left.
        let len = len.or_else(|| each::fits(end, start).then_some(Dim::fixed(0)));
        let len = len.ok_or_else(|| n.error(format!("from {start} to {end} has no size for every batch")))?;
        Ok(Slice { axis: self.axis, start, len }.into())
    }
}

/// A bound lies behind some batches and within others.
struct Behind;

/// A bound counted from either end, clamped to `0 ..= dim`.
fn bound(at: SymbolicInt, dim: Dim) -> Result<Dim, Behind> {
    let signed = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
    let negative = at.batch < 0 || (at.batch == 0 && at.fixed < 0);
    let shift = if negative { dim } else { Dim::fixed(0) };
    let batch = at.batch.saturating_add(signed(shift.batch));
    let fixed = at.fixed.saturating_add(signed(shift.fixed));
    match (usize::try_from(batch), usize::try_from(fixed)) {
        (Ok(batch), Ok(fixed)) => {
            let here = Dim { batch, fixed };
            match (fixed < (1 << 30) && each::fits(here, dim), dim.batch) {
                (true, _) => Ok(here),
                // A huge fixed end ("to the end") lies behind every batch.
                (false, 0) => Ok(dim),
                (false, _) if fixed >= (1 << 30) || each::fits(dim, here) => Ok(dim),
                (false, _) => Err(Behind),
            }
        }
        _ => Ok(Dim::fixed(0)),
    }
}

/// Reads the cuts, one per axis.
fn cuts(n: &mut NodeContext<'_>) -> Result<Vec<Cut>, OnnxError> {
    let shape = n.ty(0)?.shape;
    let fixed = |ints: Vec<i64>| ints.into_iter().map(|fixed| SymbolicInt { batch: 0, fixed }).collect::<Vec<_>>();
    let (starts, ends) = match (n.ints("starts")?, n.ints("ends")?) {
        (Some(starts), Some(ends)) => (fixed(starts), fixed(ends)),
        _ => (n.symbols_input(1)?.unwrap_or_default(), n.symbols_input(2)?.unwrap_or_default()),
    };
    let axes = match n.ints("axes")? {
        Some(axes) => Some(axes),
        None => n.ints_input(3)?,
    };
    let axes = match axes {
        Some(axes) => n.axes(&axes, shape.len())?,
        None => (0..starts.len()).collect(),
    };
    let steps = n.ints_input(4)?.unwrap_or_else(|| vec![1; axes.len()]);
    if starts.len() != axes.len() || ends.len() != axes.len() || steps.len() != axes.len() {
        return Err(n.error("starts, ends, axes and steps must be equally long"));
    }
    let mut cuts = Vec::with_capacity(axes.len());
    for (index, axis) in axes.into_iter().enumerate() {
        let dim = *shape.get(axis).ok_or_else(|| n.error(format!("there is no axis {axis}")))?;
        let (start, end, step) = (starts[index], ends[index], steps[index]);
        let steps = if step == 1 { None } else { Some(stepped(n, dim, start, end, step)?) };
        cuts.push(Cut { axis, start, end, steps });
    }
    Ok(cuts)
}

/// The positions that a step other than 1 chooses.
fn stepped(
    n: &NodeContext<'_>,
    dim: Dim,
    start: SymbolicInt,
    end: SymbolicInt,
    step: i64,
) -> Result<Vec<i64>, OnnxError> {
    let size = args::known(dim, "an axis that is sliced with steps").map_err(|e| n.refuse(e))?;
    let size = i64::try_from(size).map_err(|_| n.error("the axis is too long"))?;
    if step == 0 || start.batch != 0 || end.batch != 0 {
        return Err(n.error("needs a step other than 0 and bounds that do not depend on the batch"));
    }
    let wrap = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    let (first, stop) = if step > 0 {
        (wrap(start.fixed).clamp(0, size), wrap(end.fixed).clamp(0, size))
    } else {
        (wrap(start.fixed).clamp(-1, size - 1), wrap(end.fixed).clamp(-1, size - 1))
    };
    let positions = std::iter::successors(Some(first), |at| at.checked_add(step));
    Ok(positions.take_while(|at| if step > 0 { *at < stop } else { *at > stop }).collect())
}

impl OpRules for Slice {
    fn name(&self) -> &'static str {
        "Slice"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::type_at(inputs, 0)?;
        each::axis_within(self.axis, x.rank())?;
        let (dim, end) = (x.shape[self.axis], self.start.plus(self.len));
        if !each::fits(end, dim) {
            return Err(OpError::shape(format!(
                "{} .. {end} is not within the {dim} of axis {}",
                self.start, self.axis
            )));
        }
        let mut y = x.clone();
        y.shape[self.axis] = self.len;
        Ok(vec![y])
    }

    fn eval(&self, inputs: &[Array], batch: usize) -> Result<Vec<Array>, OpError> {
        let x = args::any(inputs, 0)?;
        each::axis_within(self.axis, x.shape().len())?;
        let (start, end) = (self.start.at(batch), self.start.plus(self.len).at(batch));
        if end > x.shape()[self.axis] {
            return Err(OpError::shape(format!(
                "{start} .. {end} is not within axis {} of {}",
                self.axis,
                each::show(x)
            )));
        }
        let range = ndarray::Slice::from(start..end);
        Ok(vec![each::each_kind!(x, |a| Ok::<_, OpError>(a.slice_axis(Axis(self.axis), range).to_owned()))])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, _, like, dy| {
            let dim = b.ty(like).shape[self.axis];
            let end = self.start.plus(self.len);
            let after = each::minus(dim, end).ok_or_else(|| GraphError::Mismatch {
                what: "what a slice leaves out must have a size for every batch".to_owned(),
                expected: format!("an end within {dim}"),
                found: end.to_string(),
            })?;
            b.pad_axis(dy, self.axis, self.start, after)
        })
    }

    fn export(&self) -> Export {
        #[expect(clippy::cast_possible_wrap, reason = "axes are small")]
        let axes = Tensor::indices(&[self.axis as i64]);
        Export::plain("Slice", 1)
            .and_input(ExportInput::Shape(vec![self.start]))
            .and_input(ExportInput::Shape(vec![self.start.plus(self.len)]))
            .and_input(ExportInput::Constant(axes))
    }
}

impl OpExamples for Slice {
    fn examples() -> Vec<Example> {
        let cut = |axis, start, len| Self { axis, start: Dim::fixed(start), len: Dim::fixed(len) };
        vec![
            Example::new("inner", cut(1, 2, 3), vec![Sample::real(&[2, 7, 3])]),
            Example::new("last axis, one", cut(2, 4, 1), vec![Sample::real(&[2, 3, 5])]),
            Example::new("first axis, all", cut(0, 0, 3), vec![Sample::real(&[3, 2])]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_count_from_either_end_and_are_clamped() {
        let at = |batch, fixed, dim| bound(SymbolicInt { batch, fixed }, dim).ok();
        assert_eq!(at(0, -2, Dim::fixed(5)), Some(Dim::fixed(3)));
        assert_eq!(at(0, -9, Dim::fixed(5)), Some(Dim::fixed(0)));
        assert_eq!(at(0, 9, Dim::fixed(5)), Some(Dim::fixed(5)));
        assert_eq!(at(0, i64::MAX, Dim::BATCH), Some(Dim::BATCH));
        assert_eq!(at(1, 0, Dim::BATCH), Some(Dim::BATCH));
        // The first two images of a batch that may hold one.
        assert_eq!(at(0, 2, Dim::BATCH), None);
        assert_eq!(at(0, 1, Dim::BATCH), Some(Dim::ONE));
    }
}
