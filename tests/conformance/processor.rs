//! The processor's f32 engine against the oracle: every operator, and the sizes at which its loops take another way.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::rc::Rc;

use stitchscope_core::engine::Engine;
use stitchscope_core::engine::processor::Processor;
use stitchscope_core::graph::Builder;
use stitchscope_core::ops::Op;
use stitchscope_core::ops::conv::Conv;
use stitchscope_core::ops::matmul::MatMul;
use stitchscope_core::ops::relu::Relu;
use stitchscope_core::ops::stitch::Stitch;
use stitchscope_core::ops::stitch_grad::StitchGrad;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::tensor::{Array, Tensor, TensorType, Tolerance};
use stitchscope_tests::{numbers, reference, run};

use super::case::{self, Case};
use super::{Fallible, agree, agrees, on_all, on_forward, on_gradient};

fn engine() -> Rc<dyn Engine> {
    Rc::new(Processor::new())
}

fn both(case: &Case) -> Fallible {
    on_forward(case, |trial| agrees(&engine(), trial))?;
    on_gradient(case, |trial| agrees(&engine(), trial))
}

#[test]
fn the_processor_computes_every_operator_and_gradient() {
    on_all("processor", &case::all(), both);
}

#[test]
fn the_processor_takes_a_free_batch() {
    on_all("processor, free batch", &case::with_free_batch(), both);
}

fn drawn(shape: &[usize], index: u64) -> Tensor {
    let mut values = vec![0.0; shape.iter().product()];
    Stream::new(3, Purpose::Test, index, 0).fill_uniform(&mut values, -1.0, 1.0);
    Tensor::f32(shape, values).unwrap()
}

/// An operator on drawn tensors of these shapes.
fn compare(op: impl Into<Op>, shapes: &[&[usize]]) {
    let op = op.into();
    let mut b = Builder::new();
    let arguments: Vec<Tensor> = (0..).zip(shapes).map(|(index, shape)| drawn(shape, index)).collect();
    let inputs: Vec<_> = arguments.iter().map(|t| b.input("x", TensorType::f32(t.shape()))).collect();
    for (index, output) in b.apply(op.clone(), &inputs).unwrap().into_iter().enumerate() {
        b.output(&format!("y{index}"), output);
    }
    let graph = b.finish();
    let arguments: Vec<Array> = arguments.iter().map(Tensor::to_array).collect();
    let expected = run(&reference(), &graph, &arguments).unwrap();
    let found = run(&engine(), &graph, &arguments).unwrap();
    agree(&graph, &found, &expected, Tolerance::Operator).unwrap_or_else(|why| panic!("{op:?} on {shapes:?}: {why}"));
}

/// Rows that fill tiles and rows that do not, few and many outputs, with every stride, gap, border and group.
#[test]
fn convolutions_of_every_width_agree() {
    for wide in [1, 3, 7, 8, 10, 14, 17, 33] {
        for outputs in [1, 6, 18] {
            for (strides, dilations, pads, groups) in [
                ([1, 1], [1, 1], [1, 1, 1, 1], 1),
                ([2, 2], [1, 1], [1, 1, 1, 1], 1),
                ([2, 3], [2, 1], [3, 2, 4, 5], outputs),
                ([1, 1], [1, 3], [0, 4, 2, 3], 2 - outputs % 2),
            ] {
                let op = Conv { strides, dilations, pads, groups };
                let inner = 3;
                compare(op, &[&[2, inner * groups, 9, wide], &[outputs, inner, 3, 3], &[outputs]]);
            }
        }
    }
    // A kernel over the whole image and one of a single cell.
    compare(Conv::default(), &[&[3, 5, 6, 7], &[12, 5, 6, 7]]);
    compare(Conv { strides: [2, 2], ..Conv::default() }, &[&[2, 16, 8, 8], &[32, 16, 1, 1]]);
}

/// Sizes at which 3 x 3 convolutions are computed in Winograd's form: whole vectors of tiles, parts of them, several images in one.
#[test]
fn convolutions_in_winograds_form_agree() {
    let op = || Conv { pads: [1; 4], ..Conv::default() };
    for (images, rows, columns) in [(1, 2, 2), (5, 4, 4), (3, 8, 8), (2, 6, 34), (4, 10, 14), (1, 32, 32), (2, 16, 16)]
    {
        for (inner, outputs) in [(32, 32), (35, 41)] {
            compare(op(), &[&[images, inner, rows, columns], &[outputs, inner, 3, 3], &[outputs]]);
        }
    }
}

/// Convolutions with a constant kernel, and what follows them: a residual, a rectifier, a rectifier's gradient, alone and together.
#[test]
fn what_follows_a_convolution_is_computed_with_it() {
    for (channels, size) in [(32, 8), (5, 7), (16, 12)] {
        let mut b = Builder::new();
        let x = b.input("x", TensorType::f32_batch(&[channels, size, size]));
        let up = b.input("up", TensorType::f32_batch(&[channels, size, size]));
        let kernel = |b: &mut Builder, index| b.constant(drawn(&[channels, channels, 3, 3], index));
        let (w, v) = (kernel(&mut b, 7), kernel(&mut b, 8));
        let bias = b.constant(drawn(&[channels], 9));
        let conv = || Conv { pads: [1; 4], ..Conv::default() };
        let first = b.apply1(conv(), &[x, w, bias]).unwrap();
        let active = b.relu(first).unwrap();
        let second = b.apply1(conv(), &[active, v]).unwrap();
        let sum = b.add(active, second).unwrap();
        let end = b.relu(sum).unwrap();
        let one = b.constant(drawn(&[channels, channels, 1, 1], 11));
        let shortcut = b.apply1(Conv::default(), &[up, one]).unwrap();
        let back = b.apply1(conv(), &[up, v, bias]).unwrap();
        let both = b.add(back, shortcut).unwrap();
        let mask = b.sign(active).unwrap();
        let masked = b.mul(mask, both).unwrap();
        let further = b.apply1(conv(), &[masked, w]).unwrap();
        let other = b.sign(end).unwrap();
        let gradient = b.mul(further, other).unwrap();
        // One that is also shown stays to itself.
        b.output("sum", sum);
        b.output("end", end);
        b.output("gradient", gradient);
        let graph = b.finish();
        for images in [1, 3, 70] {
            let arguments = [0, 1].map(|index| drawn(&[images, channels, size, size], index).to_array());
            let expected = run(&reference(), &graph, &arguments).unwrap();
            let found = run(&engine(), &graph, &arguments).unwrap();
            agree(&graph, &found, &expected, Tolerance::Operator).unwrap_or_else(|why| panic!("{channels}: {why}"));
        }
    }
}

#[test]
fn products_and_stitches_of_uneven_sizes_agree() {
    compare(MatMul, &[&[37, 700], &[700, 19]]);
    compare(MatMul, &[&[2, 1, 9, 33], &[5, 33, 10]]);
    compare(Stitch, &[&[3, 17, 9, 11], &[21, 17], &[21]]);
    compare(Stitch, &[&[3, 10, 17], &[9, 17], &[9]]);
    compare(StitchGrad, &[&[3, 21, 19, 31], &[3, 17, 19, 31]]);
    compare(StitchGrad, &[&[130, 10, 21], &[130, 10, 17]]);
}

/// A tensor that is read twice is not written over by its first reader.
#[test]
fn memory_that_others_read_stays() {
    let mut b = Builder::new();
    let x = b.input("x", TensorType::f32(&[4]));
    let c = b.constant(Tensor::f32(&[4], vec![-1.0, 2.0, -3.0, 4.0]).unwrap());
    let active = b.apply1(Relu, &[c]).unwrap();
    let sum = b.add(active, x).unwrap();
    let twice = b.add(sum, sum).unwrap();
    let again = b.mul(sum, c).unwrap();
    for (name, value) in [("sum", sum), ("twice", twice), ("again", again)] {
        b.output(name, value);
    }
    let graph = b.finish();
    let arguments = [drawn(&[4], 0).to_array()];
    let expected = run(&reference(), &graph, &arguments).unwrap();
    // Twice: a constant that was written over would show in the second run.
    let engine = engine();
    for _ in 0..2 {
        let found = run(&engine, &graph, &arguments).unwrap();
        agree(&graph, &found, &expected, Tolerance::Exact).unwrap();
    }
}

#[test]
fn what_is_not_a_number_stays_none() {
    let mut b = Builder::new();
    let x = b.input("x", TensorType::f32_batch(&[1, 4, 8]));
    let kernel = b.constant(Tensor::full(&[3, 1, 3, 3], 0.5));
    let maps = b.apply1(Conv { pads: [1; 4], ..Conv::default() }, &[x, kernel]).unwrap();
    let active = b.relu(maps).unwrap();
    let mean = b.global_average_pool(active).unwrap();
    b.output("mean", mean);
    let graph = b.finish();
    let mut pixels = vec![0.25; 64];
    pixels[5] = f32::NAN;
    let found = run(&engine(), &graph, &[Tensor::f32(&[2, 1, 4, 8], pixels).unwrap().to_array()]).unwrap();
    let means = numbers(&found[0]);
    assert!(means[..3].iter().all(|z| z.is_nan()) && means[3..].iter().all(|z| z.is_finite()), "{means:?}");
}
