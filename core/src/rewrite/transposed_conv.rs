//! A transposed convolution with frozen weights, which is what the input gradient of a convolution is, as an ordinary one.
//!
//! Stride 1: the kernel transposed and flipped, `pads' = dilation (k - 1) - pads`.
//! Stride s: output position `s q + r` (phase `r`) only meets kernel cells `k = r + pad (mod s)`, at input `q + (r + pad - k) / s`.
//! All `s * s` phases are computed by one stride-1 convolution with `s * s` times the channels over the `K'` distinct
//! input offsets, and interleaved by depth-to-space. Engines run plain convolutions far better than transposed ones.

use crate::graph::{Builder, Graph, GraphError, ValueId, translate};
use crate::ops::Op;
use crate::ops::conv::Conv;
use crate::ops::conv_transpose::ConvTranspose;
use crate::ops::depth_to_space::{DepthOrder, DepthToSpace};
use crate::tensor::{Dim, Tensor};

/// Replaces transposed convolutions with constant weights where one of the forms applies.
///
/// # Errors
/// [`GraphError`] from the builder.
pub(crate) fn direct_convolutions(graph: &Graph) -> Result<Graph, GraphError> {
    translate(graph, |b, node, inputs| {
        let (Op::ConvTranspose(op), [x, w]) = (&node.op, inputs) else { return Ok(None) };
        let Some(weight) = b.graph().constant(*w).cloned() else { return Ok(None) };
        let sizes = b.ty(*x).shape.get(2..4).and_then(|s| Some([s[0].known()?, s[1].known()?]));
        let Some(image) = sizes else { return Ok(None) };
        match op.strides {
            [1, 1] => stride_one(b, op, *x, &weight),
            [s, t] if s == t && op.dilations == [1, 1] => strided(b, op, *x, &weight, image),
            _ => Ok(None),
        }
    })
}

/// Sizes of a transposed kernel `[inputs, outputs / groups, rows, columns]`.
struct Kernel {
    inputs: usize,
    outputs: usize,
    size: [usize; 2],
    groups: usize,
    values: Vec<f32>,
}

impl Kernel {
    fn of(weight: &Tensor, groups: usize) -> Option<Self> {
        let [inputs, per_group, rows, columns] = *weight.shape() else { return None };
        let values = weight.as_f32().ok()?.to_vec();
        Some(Self { inputs, outputs: per_group * groups, size: [rows, columns], groups, values })
    }

    /// Input channels that an output channel meets.
    const fn fan_in(&self) -> usize {
        self.inputs / self.groups
    }

    /// The cell that joins output channel `o` to the `i`-th input channel of its group.
    fn at(&self, o: usize, i: usize, row: usize, column: usize) -> f32 {
        let per_group = self.outputs / self.groups;
        let input = (o / per_group) * self.fan_in() + i;
        self.values[((input * per_group + o % per_group) * self.size[0] + row) * self.size[1] + column]
    }
}

fn stride_one(
    b: &mut Builder,
    op: &ConvTranspose,
    x: ValueId,
    weight: &Tensor,
) -> Result<Option<Vec<ValueId>>, GraphError> {
    let Some(kernel) = Kernel::of(weight, op.groups) else { return Ok(None) };
    let [rows, columns] = kernel.size;
    let border = [op.dilations[0] * (rows - 1), op.dilations[1] * (columns - 1)];
    let pad = |side: usize, axis: usize, extra: usize| (border[axis] + extra).checked_sub(op.pads[side]);
    let pads = [pad(0, 0, 0), pad(1, 1, 0), pad(2, 0, op.output_padding[0]), pad(3, 1, op.output_padding[1])];
    let [Some(top), Some(left), Some(bottom), Some(right)] = pads else { return Ok(None) };
    let mut flipped = Vec::with_capacity(kernel.values.len());
    for o in 0..kernel.outputs {
        for i in 0..kernel.fan_in() {
            for row in (0..rows).rev() {
                flipped.extend((0..columns).rev().map(|column| kernel.at(o, i, row, column)));
            }
        }
    }
    let Ok(w) = Tensor::f32(&[kernel.outputs, kernel.fan_in(), rows, columns], flipped) else { return Ok(None) };
    let w = b.constant(w);
    let conv = Conv { strides: [1, 1], dilations: op.dilations, pads: [top, left, bottom, right], groups: op.groups };
    Ok(Some(b.apply(conv, &[x, w])?))
}

/// One axis of the strided form.
struct Phases {
    stride: usize,
    /// Zeros before the input: the most negative offset.
    before: usize,
    /// Zeros after the input.
    after: usize,
    /// Distinct input offsets.
    span: usize,
    /// Output positions per phase.
    count: usize,
    /// Size of the result.
    size: usize,
    pad: usize,
    kernel: usize,
}

impl Phases {
    /// `None` when the input would have to be cropped instead of padded.
    fn of(op: &ConvTranspose, axis: usize, image: usize, kernel: usize) -> Option<Self> {
        let (stride, pad, end) = (op.strides[axis], op.pads[axis], op.pads[axis + 2]);
        let size = ((image - 1) * stride + kernel + op.output_padding[axis]).checked_sub(pad + end)?;
        let cells = (0..stride).flat_map(|r| (0..kernel).map(move |k| (r, k)));
        let offsets: Vec<isize> = cells.filter_map(|(r, k)| offset(stride, pad, r, k)).collect();
        let (low, high) = (*offsets.iter().min()?, *offsets.iter().max()?);
        let before = usize::try_from(-low).ok()?;
        let span = usize::try_from(high - low + 1).ok()?;
        let count = size.div_ceil(stride);
        let after = (count + span).checked_sub(image + before + 1)?;
        Some(Self { stride, before, after, span, count, size, pad, kernel })
    }

    /// The kernel cell that phase `r` meets at position `index` of the merged kernel.
    fn cell(&self, r: usize, index: usize) -> Option<usize> {
        let wanted = isize::try_from(index).ok()? - isize::try_from(self.before).ok()?;
        (0..self.kernel).find(|k| offset(self.stride, self.pad, r, *k) == Some(wanted))
    }
}

/// Input offset at which phase `r` meets kernel cell `k`, if it does.
fn offset(stride: usize, pad: usize, r: usize, k: usize) -> Option<isize> {
    let signed = |v: usize| isize::try_from(v).ok();
    let distance = signed(r + pad)? - signed(k)?;
    (distance.rem_euclid(signed(stride)?) == 0).then_some(distance / signed(stride)?)
}

fn strided(
    b: &mut Builder,
    op: &ConvTranspose,
    x: ValueId,
    weight: &Tensor,
    image: [usize; 2],
) -> Result<Option<Vec<ValueId>>, GraphError> {
    let Some(kernel) = Kernel::of(weight, op.groups) else { return Ok(None) };
    let phases = [Phases::of(op, 0, image[0], kernel.size[0]), Phases::of(op, 1, image[1], kernel.size[1])];
    let [Some(down), Some(across)] = phases else { return Ok(None) };
    let block = down.stride;
    let mut values = Vec::new();
    for o in 0..kernel.outputs {
        for (ry, rx) in (0..block).flat_map(|ry| (0..block).map(move |rx| (ry, rx))) {
            for i in 0..kernel.fan_in() {
                for (row, column) in (0..down.span).flat_map(|r| (0..across.span).map(move |c| (r, c))) {
                    let cell = down.cell(ry, row).zip(across.cell(rx, column));
                    values.push(cell.map_or(0.0, |(r, c)| kernel.at(o, i, r, c)));
                }
            }
        }
    }
    let shape = [kernel.outputs * block * block, kernel.fan_in(), down.span, across.span];
    let Ok(w) = Tensor::f32(&shape, values) else { return Ok(None) };
    let w = b.constant(w);
    let pads = [down.before, across.before, down.after, across.after];
    let conv = Conv { strides: [1, 1], dilations: [1, 1], pads, groups: op.groups };
    let merged = b.apply1(conv, &[x, w])?;
    let woven = b.apply1(DepthToSpace { block, order: DepthOrder::ColumnRowDepth }, &[merged])?;
    let mut result = woven;
    for (axis, phase) in [(2, &down), (3, &across)] {
        if phase.count * block > phase.size {
            result = b.slice(result, axis, Dim::fixed(0), Dim::fixed(phase.size))?;
        }
    }
    Ok(Some(vec![result]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::reference::{Precision, evaluate};
    use crate::ops::Sample;
    use crate::tensor::{Array, TensorType, Tolerance};

    fn same_after_rewriting(op: ConvTranspose, image: [usize; 2], kernel: [usize; 2], channels: (usize, usize)) {
        let mut b = Builder::new();
        let x = b.input("x", TensorType::f32_batch(&[channels.0, image[0], image[1]]));
        let shape = [channels.0, channels.1 / op.groups, kernel[0], kernel[1]];
        let w = b.constant(Sample::real(&shape).draw(5, 0).to_tensor(crate::tensor::DType::F32));
        let what = format!("{op:?} {image:?} {kernel:?}");
        let y = b.apply1(op, &[x, w]).unwrap();
        b.output("y", y);
        let graph = b.finish();
        let fast = direct_convolutions(&graph).unwrap();
        assert!(!crate::graph::dump(&fast).contains("ConvTranspose"), "not rewritten: {what}");
        let argument = Sample::real(&[2, channels.0, image[0], image[1]]).draw(5, 1);
        let results = |g: &Graph| match &evaluate(g, std::slice::from_ref(&argument), 2, Precision::Double).unwrap()[0]
        {
            Array::Real(a) => a.clone(),
            other => panic!("{other:?}"),
        };
        let (expected, found) = (results(&graph), results(&fast));
        assert_eq!(expected.shape(), found.shape());
        let flat = |a: &ndarray::ArrayD<f64>| a.iter().copied().collect::<Vec<_>>();
        assert!(Tolerance::Double.accepts(&flat(&found), &flat(&expected)), "{what}");
    }

    #[test]
    fn stride_one_is_a_convolution_with_the_flipped_kernel() {
        let op =
            |pads, groups| ConvTranspose { strides: [1, 1], dilations: [1, 1], pads, output_padding: [0, 0], groups };
        same_after_rewriting(op([1, 1, 1, 1], 1), [5, 4], [3, 3], (2, 3));
        same_after_rewriting(op([0, 1, 2, 0], 1), [5, 4], [3, 2], (3, 1));
        same_after_rewriting(op([1, 1, 1, 1], 2), [5, 4], [3, 3], (4, 6));
        let dilated =
            ConvTranspose { strides: [1, 1], dilations: [2, 1], pads: [2, 0, 1, 1], output_padding: [0, 0], groups: 1 };
        same_after_rewriting(dilated, [6, 5], [3, 2], (2, 2));
    }

    #[test]
    fn strides_become_channels() {
        let op = |s, pads, output_padding, groups| ConvTranspose {
            strides: [s, s],
            dilations: [1, 1],
            pads,
            output_padding,
            groups,
        };
        same_after_rewriting(op(2, [1, 1, 1, 1], [1, 1], 1), [4, 5], [3, 3], (2, 3));
        same_after_rewriting(op(2, [1, 1, 1, 1], [0, 1], 1), [4, 5], [3, 3], (2, 3));
        same_after_rewriting(op(2, [0, 0, 0, 0], [1, 1], 1), [3, 3], [1, 1], (3, 2));
        same_after_rewriting(op(2, [1, 1, 1, 1], [0, 0], 3), [3, 4], [4, 4], (3, 3));
        same_after_rewriting(op(3, [2, 2, 1, 1], [0, 0], 1), [3, 4], [5, 5], (2, 2));
    }
}
