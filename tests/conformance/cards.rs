//! The kernels of graphics cards, variant by variant, on both software adapters: shapes that each is chosen for, with edges in every
//! direction, against the oracle.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::collections::BTreeSet;
use std::rc::Rc;

use stitchscope_core::engine::Engine;
use stitchscope_core::engine::wgpu::{Tuning, costs_on_card};
use stitchscope_core::graph::{Builder, Graph};
use stitchscope_core::ops::conv::Conv;
use stitchscope_core::ops::conv_transpose::ConvTranspose;
use stitchscope_core::ops::stitch_grad::StitchGrad;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::tensor::{Array, Tensor, TensorType, Tolerance};
use stitchscope_tests::{ADAPTERS, adapter, reference, run};

use super::case::{self, Case};
use super::{Failures, agree, both, on_all};

/// The kernels that have variants for shapes.
const TILED: [&str; 4] = ["conv/tiled", "matmul/quads", "matmul/tiled", "stitch/stitch_grad_tiled"];

/// A convolution from `x` with a kernel of `w`, as it is and as the one that is differentiated; the sizes of `x`, then of `w`.
fn conv(x: [usize; 4], w: [usize; 4], stride: usize, pad: usize, dilation: usize) -> Graph {
    let mut b = Builder::new();
    let (x, w) = (b.input("x", TensorType::f32(&x)), b.input("w", TensorType::f32(&w)));
    let (strides, pads, dilations) = ([stride; 2], [pad; 4], [dilation; 2]);
    let y = b.apply1(Conv { strides, pads, dilations, groups: 1 }, &[x, w]).unwrap();
    b.output("y", y);
    b.finish()
}

fn transposed(x: [usize; 4], w: [usize; 4], stride: usize, pad: usize, dilation: usize) -> Graph {
    let mut b = Builder::new();
    let (x, w) = (b.input("x", TensorType::f32(&x)), b.input("w", TensorType::f32(&w)));
    let (strides, pads, dilations) = ([stride; 2], [pad; 4], [dilation; 2]);
    let op = ConvTranspose { strides, pads, dilations, groups: 1, ..ConvTranspose::default() };
    let y = b.apply1(op, &[x, w]).unwrap();
    b.output("y", y);
    b.finish()
}

/// `a @ b`, either seen transposed.
fn product(rows: usize, inner: usize, columns: usize, turned: [bool; 2]) -> Graph {
    let mut b = Builder::new();
    let side = |b: &mut Builder, name: &str, [down, across]: [usize; 2], turned: bool| {
        let sizes = if turned { [across, down] } else { [down, across] };
        let value = b.input(name, TensorType::f32(&sizes));
        if turned { b.transpose_last(value).unwrap() } else { value }
    };
    let left = side(&mut b, "a", [rows, inner], turned[0]);
    let right = side(&mut b, "b", [inner, columns], turned[1]);
    let y = b.matmul(left, right).unwrap();
    b.output("y", y);
    b.finish()
}

/// A stitch's gradient between so many channels, over pictures or tokens.
fn stitch(outputs: &[usize], inputs: &[usize]) -> Graph {
    let mut b = Builder::new();
    let (dy, x) = (b.input("dy", TensorType::f32(outputs)), b.input("x", TensorType::f32(inputs)));
    for (name, value) in ["dw", "db"].into_iter().zip(b.apply(StitchGrad, &[dy, x]).unwrap()) {
        b.output(name, value);
    }
    b.finish()
}

/// Graphs, and the variant that each must be computed by.
fn cases() -> Vec<(&'static str, Graph)> {
    vec![
        ("conv/tiled o64", conv([5, 30, 59, 61], [61, 30, 1, 1], 1, 0, 1)),
        ("conv/tiled o64_few", conv([2, 31, 63, 61], [62, 31, 3, 3], 1, 1, 1)),
        ("conv/tiled o32", conv([5, 31, 61, 59], [31, 31, 3, 3], 1, 2, 2)),
        ("conv/tiled o16", conv([5, 20, 61, 67], [13, 20, 3, 3], 1, 1, 1)),
        ("conv/tiled o64_i4", conv([5, 3, 59, 61], [63, 3, 3, 3], 1, 1, 1)),
        ("conv/tiled o32_i4", conv([5, 3, 119, 121], [32, 3, 3, 3], 2, 1, 1)),
        ("conv/tiled o16_i4", conv([5, 5, 59, 61], [9, 5, 2, 2], 1, 0, 1)),
        ("conv/tiled o64", transposed([5, 16, 31, 30], [16, 64, 3, 3], 2, 1, 1)),
        ("conv/tiled o32", transposed([5, 31, 31, 30], [31, 30, 3, 3], 2, 1, 2)),
        ("conv/tiled o16", transposed([5, 21, 20, 19], [21, 11, 5, 4], 3, 1, 1)),
        ("matmul/quads t128", product(1412, 28, 1404, [false, false])),
        ("matmul/quads t128", product(1412, 28, 1404, [true, true])),
        ("matmul/quads t64", product(708, 44, 700, [true, false])),
        ("matmul/quads t64", product(708, 44, 700, [false, true])),
        ("matmul/quads t32", product(36, 68, 44, [false, false])),
        ("matmul/quads t32", product(36, 68, 44, [true, true])),
        ("matmul/tiled t128", product(1411, 27, 1405, [false, false])),
        ("matmul/tiled t128", product(1411, 27, 1405, [true, true])),
        ("matmul/tiled t64", product(707, 45, 701, [true, false])),
        ("matmul/tiled t64", product(707, 45, 701, [false, true])),
        ("matmul/tiled t32", product(35, 67, 41, [false, true])),
        ("matmul/tiled t32", product(35, 3000, 41, [true, false])),
        ("stitch/stitch_grad_tiled t64", stitch(&[7, 67, 9, 5], &[7, 61, 9, 5])),
        ("stitch/stitch_grad_tiled t64", stitch(&[7, 41, 61], &[7, 41, 125])),
        ("stitch/stitch_grad_tiled t32", stitch(&[7, 15, 9, 5], &[7, 31, 9, 5])),
        ("stitch/stitch_grad_tiled t32", stitch(&[37, 10], &[37, 20])),
    ]
}

/// Numbers for every input.
fn arguments(graph: &Graph) -> Vec<Array> {
    let drawn = |index: usize| {
        let sizes = graph.ty(graph.inputs()[index]).at(1);
        let mut values = vec![0.0; sizes.iter().product()];
        Stream::new(3, Purpose::Test, index as u64, 0).fill_uniform(&mut values, -1.0, 1.0);
        Tensor::f32(&sizes, values).unwrap().to_array()
    };
    (0..graph.inputs().len()).map(drawn).collect()
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn every_variant_of_the_kernels_for_cards_computes_the_same() {
    let cases = cases();
    let mut met = BTreeSet::new();
    for (variant, graph) in &cases {
        let chosen: Vec<String> = costs_on_card(graph, 1).unwrap().into_iter().map(|cost| cost.kernel).collect();
        assert!(chosen.iter().any(|kernel| kernel == variant), "{variant} is not chosen, but {chosen:?}");
        met.insert((*variant).to_owned());
    }
    let all: BTreeSet<String> = stitchscope_shaders::all()
        .into_iter()
        .filter(|kernel| TILED.contains(&kernel.name))
        .map(|kernel| format!("{} {}", kernel.name, kernel.variant))
        .collect();
    assert_eq!(met, all, "every variant has a case");
    let engines: Vec<Rc<dyn Engine>> =
        ADAPTERS.iter().map(|name| adapter(name, Tuning::ForCards) as Rc<dyn Engine>).collect();
    let mut failures = Failures::default();
    for (variant, graph) in &cases {
        let given = arguments(graph);
        let expected = run(&reference(), graph, &given).unwrap();
        for engine in &engines {
            let found = run(engine, graph, &given).unwrap();
            let what = format!("{variant} on {}", engine.info().device);
            failures.note(&what, agree(graph, &found, &expected, Tolerance::Operator));
        }
    }
    failures.settle();
}

/// The examples of the operators that have kernels of their own for cards.
#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn kernels_for_graphics_cards_compute_the_same() {
    let chosen = |case: &Case| ["Conv", "MatMul", "Stitch"].iter().any(|op| case.name.starts_with(op));
    let cases: Vec<Case> = case::all().into_iter().chain(case::with_free_batch()).filter(chosen).collect();
    for engine in ADAPTERS.map(|name| adapter(name, Tuning::ForCards)) {
        let engine: Rc<dyn Engine> = engine;
        on_all("wgpu for cards", &cases, |case| both(&engine, case));
    }
}
