//! Strided convolutions seen from behind, as graphics cards want them.
//!
//! `rewrite` spells such a gradient as one convolution with `s * s` times the channels and depth-to-space, for engines that are slow at
//! transposed convolutions. Cards compute these by phases (`kernels/conv_tiled.rs`), without the products with zeros that fill up the
//! merged kernel, and without a launch that moves pixels; so there the transposed convolution comes back.

use crate::graph::{Builder, Graph, GraphError, ValueId, translate};
use crate::ops::Op;
use crate::ops::conv::Conv;
use crate::ops::conv_transpose::ConvTranspose;
use crate::ops::depth_to_space::DepthOrder;
use crate::tensor::Tensor;

/// Depth-to-space of convolutions with constant kernels, and of sums of these, as transposed convolutions.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(super) fn unwoven(graph: &Graph) -> Result<Graph, GraphError> {
    translate(graph, |b, node, inputs| {
        let Op::DepthToSpace(op) = &node.op else { return Ok(None) };
        if op.order != DepthOrder::ColumnRowDepth {
            return Ok(None);
        }
        Ok(of(b, op.block, inputs[0])?.map(|value| vec![value]))
    })
}

/// The pixels of `value`, channels woven into blocks; `None` where it is neither such a convolution nor a sum of two.
fn of(b: &mut Builder, block: usize, value: ValueId) -> Result<Option<ValueId>, GraphError> {
    let Some(maker) = b.graph().producer(value) else { return Ok(None) };
    let (op, inputs) = (maker.op.clone(), maker.inputs.clone());
    match (op, inputs.as_slice()) {
        (Op::Add(_), [left, right]) => {
            let (Some(left), Some(right)) = (of(b, block, *left)?, of(b, block, *right)?) else { return Ok(None) };
            Ok(Some(b.add(left, right)?))
        }
        (Op::Conv(conv), [x, w]) if conv.strides == [1; 2] && conv.dilations == [1; 2] => {
            let weight = b.graph().constant(*w).cloned();
            let Some((op, kernel)) = weight.and_then(|w| transposed(&conv, block, &w)) else { return Ok(None) };
            let kernel = b.constant(kernel);
            Ok(Some(b.apply1(op, &[*x, kernel])?))
        }
        _ => Ok(None),
    }
}

/// One axis: phase r's cell at index j of the merged kernel is cell `r + stride (span - 1 - j)` of the transposed one.
#[derive(Clone, Copy)]
struct Axis {
    stride: usize,
    span: usize,
    /// Rows cut before and after.
    pads: [usize; 2],
    /// Cells of nothing but zeros that were left out before the first.
    skipped: usize,
    kernel: usize,
    extra: usize,
}

impl Axis {
    fn of(stride: usize, span: usize, [before, after]: [usize; 2]) -> Option<Self> {
        let pad = |side: usize| (span - 1).checked_sub(side).map(|cells| cells * stride);
        Some(Self { stride, span, pads: [pad(before)?, pad(after)?], skipped: 0, kernel: stride * span, extra: 0 })
    }

    /// Without the cells before `first` and after `last`, the first and last that hold anything.
    fn cropped(mut self, first: usize, last: usize) -> Self {
        self.skipped = first.min(self.pads[0]);
        let behind = self.kernel - 1 - last;
        self.kernel = last + 1 - self.skipped;
        self.pads[0] -= self.skipped;
        self.extra = behind.saturating_sub(self.pads[1]);
        self.pads[1] = self.pads[1].saturating_sub(behind);
        self
    }

    /// Phase and index of a cell of the transposed kernel.
    const fn source(&self, cell: usize) -> (usize, usize) {
        let cell = cell + self.skipped;
        (cell % self.stride, self.span - 1 - cell / self.stride)
    }
}

/// The transposed convolution that computes what `conv` and depth-to-space do.
fn transposed(conv: &Conv, block: usize, weight: &Tensor) -> Option<(ConvTranspose, Tensor)> {
    let &[merged, fan_in, rows, columns] = weight.shape() else { return None };
    let (values, groups) = (weight.as_f32().ok()?, conv.groups);
    let (outputs, per_group) = (merged / (block * block), merged / (block * block) / groups);
    if outputs * block * block != merged || per_group * groups != outputs || block == 0 {
        return None;
    }
    let [top, left, bottom, right] = conv.pads;
    let (down, across) = (Axis::of(block, rows, [top, bottom])?, Axis::of(block, columns, [left, right])?);
    let at = |o: usize, i: usize, (ry, j): (usize, usize), (rx, k): (usize, usize)| {
        values[((((o * block + ry) * block + rx) * fan_in + i) * rows + j) * columns + k]
    };
    let channels =
        |mut any: Box<dyn FnMut(usize, usize) -> bool + '_>| (0..outputs).any(|o| (0..fan_in).any(|i| any(o, i)));
    let row_holds = |row: usize| {
        (0..across.kernel)
            .any(|column| channels(Box::new(move |o, i| at(o, i, down.source(row), across.source(column)) != 0.0)))
    };
    let column_holds = |column: usize| {
        (0..down.kernel)
            .any(|row| channels(Box::new(move |o, i| at(o, i, down.source(row), across.source(column)) != 0.0)))
    };
    let ends = |size: usize, holds: &dyn Fn(usize) -> bool| {
        Some(((0..size).find(|k| holds(*k))?, (0..size).rfind(|k| holds(*k))?))
    };
    let (first, last) = ends(down.kernel, &row_holds)?;
    let (left, right) = ends(across.kernel, &column_holds)?;
    let (down, across) = (down.cropped(first, last), across.cropped(left, right));
    let mut kernel = Vec::with_capacity(groups * fan_in * per_group * down.kernel * across.kernel);
    for (group, i) in (0..groups).flat_map(|group| (0..fan_in).map(move |i| (group, i))) {
        for o in group * per_group..(group + 1) * per_group {
            for (row, column) in (0..down.kernel).flat_map(|row| (0..across.kernel).map(move |column| (row, column))) {
                kernel.push(at(o, i, down.source(row), across.source(column)));
            }
        }
    }
    let op = ConvTranspose {
        strides: [block; 2],
        dilations: [1; 2],
        pads: [down.pads[0], across.pads[0], down.pads[1], across.pads[1]],
        output_padding: [down.extra, across.extra],
        groups,
    };
    Some((op, Tensor::f32(&[groups * fan_in, per_group, down.kernel, across.kernel], kernel).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::reference::{Precision, evaluate};
    use crate::ops::Sample;
    use crate::rewrite::direct_convolutions;
    use crate::tensor::{Array, DType, TensorType, Tolerance};

    /// There and back: the kernel that was given, without the zeros that filled it up.
    fn comes_back(op: &ConvTranspose, image: [usize; 2], kernel: [usize; 2], channels: (usize, usize)) {
        let mut b = Builder::new();
        let x = b.input("x", TensorType::f32_batch(&[channels.0, image[0], image[1]]));
        let shape = [channels.0, channels.1 / op.groups, kernel[0], kernel[1]];
        let w = b.constant(Sample::real(&shape).draw(5, 0).to_tensor(DType::F32));
        let y = b.apply1(op.clone(), &[x, w]).unwrap();
        b.output("y", y);
        let graph = b.finish();
        let merged = direct_convolutions(&graph).unwrap();
        assert!(merged.nodes().iter().any(|node| matches!(node.op, Op::DepthToSpace(_))), "{op:?}");
        let back = unwoven(&merged).unwrap();
        let sizes: Vec<Vec<usize>> = back
            .nodes()
            .iter()
            .filter(|node| matches!(node.op, Op::ConvTranspose(_)))
            .map(|node| back.constant(node.inputs[1]).unwrap().shape()[2..].to_vec())
            .collect();
        assert_eq!(sizes, [kernel.to_vec()], "{op:?}");
        assert!(!back.nodes().iter().any(|node| matches!(node.op, Op::Conv(_) | Op::DepthToSpace(_))), "{op:?}");
        let argument = Sample::real(&[2, channels.0, image[0], image[1]]).draw(5, 1);
        let results = |g: &Graph| match &evaluate(g, std::slice::from_ref(&argument), 2, Precision::Double).unwrap()[0]
        {
            Array::Real(a) => a.iter().copied().collect::<Vec<f64>>(),
            other => panic!("{other:?}"),
        };
        assert!(Tolerance::Double.accepts(&results(&back), &results(&graph)), "{op:?}");
    }

    #[test]
    fn the_transposed_convolution_comes_back() {
        let op = |s, pads, output_padding, groups| ConvTranspose {
            strides: [s, s],
            dilations: [1, 1],
            pads,
            output_padding,
            groups,
        };
        comes_back(&op(2, [1, 1, 1, 1], [1, 1], 1), [4, 5], [3, 3], (2, 3));
        comes_back(&op(2, [1, 1, 1, 1], [0, 1], 1), [4, 5], [3, 3], (2, 3));
        comes_back(&op(2, [0, 0, 0, 0], [1, 1], 1), [3, 3], [1, 1], (3, 2));
        comes_back(&op(2, [1, 1, 1, 1], [0, 0], 3), [3, 4], [4, 4], (3, 3));
        comes_back(&op(3, [2, 2, 1, 1], [0, 0], 1), [3, 4], [5, 5], (2, 2));
    }
}
