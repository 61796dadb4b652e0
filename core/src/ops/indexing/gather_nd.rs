//! GatherND and ScatterND: places named by several indices at once, read as GatherElements, Gather and ScatterElements over
//! the indexed axes laid out as one. <https://onnx.ai/onnx/operators/onnx__GatherND.html>,
//! <https://onnx.ai/onnx/operators/onnx__ScatterND.html>
//!
//! Shapes: `x` [outer.., indexed.., rest..], indices [outer.., picked.., number of indexed axes], results and updates
//! [outer.., picked.., rest..]; `outer` are the `batch_dims` of GatherND, none for ScatterND.

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;
use crate::ops::family::args;
use crate::ops::reshape::Reshape;
use crate::tensor::{Dim, Shape, Tensor};

/// Readers of both.
pub const ONNX: &[Import] = &[("GatherND", gather), ("ScatterND", scatter)];

fn gather(n: &mut NodeContext<'_>) -> Result<Vec<ValueId>, OnnxError> {
    let (x, indices) = (n.input(0)?, n.input(1)?);
    let outer = usize::try_from(n.int("batch_dims", 0)?).unwrap_or(usize::MAX);
    let plan = Plan::new(n, x, indices, outer)?;
    let shape: Shape = plan.outer.iter().chain(&plan.picked).chain(&plan.rest).copied().collect();
    let taken = n.build(|b| {
        let (lines, places) = (plan.lines(b, x)?, plan.places(b, indices)?);
        if plan.outer.is_empty() {
            let flat = b.reshape(places, &[plan.count])?;
            let lines = b.reshape(lines, &[Dim::fixed(plan.cells), plan.width])?;
            return b.gather(lines, flat, 0);
        }
        let places = b.expand(places, &[plan.images, plan.count, plan.width])?;
        b.gather_elements(lines, places, 1)
    })?;
    n.apply_to(Reshape { shape }, &[taken])
}

fn scatter(n: &mut NodeContext<'_>) -> Result<Vec<ValueId>, OnnxError> {
    let add = match n.text("reduction", "none")?.as_str() {
        "none" => false,
        "add" => true,
        other => return Err(n.error(format!("reduction `{other}` is not supported; `none` and `add` are"))),
    };
    let (x, indices, updates) = (n.input(0)?, n.input(1)?, n.input(2)?);
    let plan = Plan::new(n, x, indices, 0)?;
    let shape = n.ty(0)?.shape;
    let written = n.build(|b| {
        let (lines, places) = (plan.lines(b, x)?, plan.places(b, indices)?);
        let wide = [Dim::ONE, plan.count, plan.width];
        let (places, updates) = (b.expand(places, &wide)?, b.reshape(updates, &wide)?);
        b.scatter_elements(lines, places, updates, 1, add)
    })?;
    n.apply_to(Reshape { shape }, &[written])
}

/// How the axes come together: `x` as [images, cells, width], places as [images, count, 1].
struct Plan {
    outer: Shape,
    picked: Shape,
    rest: Shape,
    /// Sizes of the indexed axes.
    indexed: Vec<usize>,
    images: Dim,
    cells: usize,
    count: Dim,
    width: Dim,
}

impl Plan {
    fn new(n: &NodeContext<'_>, x: ValueId, indices: ValueId, outer: usize) -> Result<Self, OnnxError> {
        let (ty, at) = (n.b.ty(x).clone(), n.b.ty(indices).clone());
        let refuse = || n.error(format!("indices {at} do not name places of {ty} with {outer} outer axes"));
        let (depth, lead) = at.shape.split_last().ok_or_else(refuse)?;
        let depth = depth.known().filter(|d| *d > 0).ok_or_else(refuse)?;
        if outer > lead.len() || outer + depth > ty.rank() || ty.shape[..outer] != lead[..outer] {
            return Err(refuse());
        }
        let indexed = ty.shape[outer..outer + depth].iter().map(|d| {
            args::known(*d, "an axis that is indexed").map_err(|e| n.refuse(e))
        });
        let indexed = indexed.collect::<Result<Vec<_>, _>>()?;
        let cells = indexed.iter().try_fold(1_usize, |all, d| all.checked_mul(*d)).ok_or_else(refuse)?;
        let product = |dims: &[Dim]| dims.iter().try_fold(Dim::ONE, |all, d| all.times(*d)).ok_or_else(refuse);
        let (picked, rest) = (lead[outer..].to_vec(), ty.shape[outer + depth..].to_vec());
        let (images, count, width) = (product(&lead[..outer])?, product(&picked)?, product(&rest)?);
        Ok(Self { outer: lead[..outer].to_vec(), picked, rest, indexed, images, cells, count, width })
    }

    /// [images, cells, width].
    fn lines(&self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
        b.reshape(x, &[self.images, Dim::fixed(self.cells), self.width])
    }

    /// Every place as one number, [images, count, 1]; indices below 0 count from the end of their axis.
    fn places(&self, b: &mut Builder, indices: ValueId) -> Result<ValueId, GraphError> {
        let depth = self.indexed.len();
        let indices = b.reshape(indices, &[self.images, self.count, Dim::fixed(depth)])?;
        let sizes = b.constant(whole(&[depth], self.indexed.clone()));
        let zero = b.scalar_like(0.0, indices);
        let (negative, raised) = (b.less(indices, zero)?, b.add(indices, sizes)?);
        let indices = b.select(negative, raised, indices)?;
        let mut place = b.slice(indices, 2, 0, 1)?;
        for (axis, size) in self.indexed.iter().enumerate().skip(1) {
            let (size, next) = (b.constant(whole(&[], vec![*size])), b.slice(indices, 2, axis, 1)?);
            let rows = b.mul(place, size)?;
            place = b.add(rows, next)?;
        }
        Ok(place)
    }
}

#[expect(clippy::cast_possible_wrap, reason = "sizes of tensors in memory")]
fn whole(shape: &[usize], values: Vec<usize>) -> Tensor {
    let values = values.into_iter().map(|v| v as i64).collect();
    Tensor::i64(shape, values).unwrap_or_else(|_| Tensor::indices(&[]))
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;
    use crate::tensor::Tensor;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("GatherND").on(&[2, 2, 2], &[0.6, 1.3, -0.5, -0.5, 0.2, -1.1, -1.0, -0.7]).constant(Tensor::i64(&[2, 2], vec![0, -1, 1, 0]).unwrap()).gives(&[2, 2], &[-0.5, -0.5, 0.2, -1.1]);
        Trial::of("GatherND").with("batch_dims", 1).on(&[2, 3, 2], &[-0.2, -1.7, 1.0, 0.3, -0.8, -1.7, 1.1, -1.5, -1.5, -1.5, -1.7, 1.6]).constant(Tensor::i64(&[2, 1], vec![1, -1]).unwrap()).gives(&[2, 2], &[1.0, 0.3, -1.7, 1.6]);
        Trial::of("ScatterND").on(&[3, 2], &[-0.9, -0.8, 1.3, 0.5, -1.3, -0.3]).constant(Tensor::i64(&[2, 1], vec![2, 0]).unwrap()).on(&[2, 2], &[1.5, -0.5, 0.8, -1.6]).gives(&[3, 2], &[0.8, -1.6, 1.3, 0.5, 1.5, -0.5]);
        Trial::of("ScatterND").with("reduction", "add").on(&[2, 2], &[0.9, 1.1, 1.3, 0.7]).constant(Tensor::i64(&[2, 2], vec![0, 1, 0, 1]).unwrap()).on(&[2], &[-0.5, -1.7]).gives(&[2, 2], &[0.9, -1.1, 1.3, 0.7]);
    }
}
