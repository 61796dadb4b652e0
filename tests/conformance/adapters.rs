//! The wgpu engine against the oracle, on every software adapter.

use std::rc::Rc;

use stitchscope_core::engine::wgpu::{Draw, Tuning};
use stitchscope_core::engine::{Engine, EngineError};
use stitchscope_core::graph::Builder;
use stitchscope_core::ops::conv::Conv;
use stitchscope_core::ops::max_pool::MaxPool;
use stitchscope_core::platform::block_on;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::tensor::{Dim, Tensor, TensorType, Tolerance};
use stitchscope_tests::{ADAPTERS, adapter, numbers, reference, run};

use super::case;
use super::{agree, agrees, both, on_all, on_forward, on_gradient};

/// Runs a check on an engine for every adapter.
fn on_adapters(check: impl Fn(&Rc<dyn Engine>)) {
    for name in ADAPTERS {
        let engine: Rc<dyn Engine> = adapter(name, Tuning::ForAdapter);
        check(&engine);
    }
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn graphics_processors_compute_every_operator() {
    on_adapters(|engine| on_all("wgpu", &case::all(), |case| on_forward(case, |trial| agrees(engine, trial))));
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn graphics_processors_compute_every_gradient() {
    on_adapters(|engine| {
        on_all("wgpu gradient", &case::all(), |case| on_gradient(case, |trial| agrees(engine, trial)));
    });
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn graphics_processors_take_a_free_batch() {
    on_adapters(|engine| on_all("wgpu, free batch", &case::with_free_batch(), |case| both(engine, case)));
}

/// Uniform numbers of core's streams, bit for bit: odd counts, indices beyond 32 bits, a later restart.
#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn graphics_processors_draw_the_same_numbers() {
    let draw = Draw { seed: 11, purpose: Purpose::AttackStart, restart: 2, range: [-0.031, 0.031] };
    let images = [0, 7, 1 << 40];
    for engine in ADAPTERS.map(|name| adapter(name, Tuning::ForAdapter)) {
        let drawn = engine.uniform(&draw, &images, 785).unwrap();
        let found = block_on(engine.read(&drawn)).unwrap();
        for (image, numbers) in images.iter().zip(found.as_f32().unwrap().chunks(785)) {
            let mut expected = vec![0.0; 785];
            let mut stream = Stream::new(draw.seed, draw.purpose, *image, draw.restart);
            stream.fill_uniform(&mut expected, draw.range[0], draw.range[1]);
            assert_eq!(numbers, expected, "image {image} on {}", engine.info().device);
        }
    }
}

/// A tensor beyond what a kernel can see is a clear error, and the engine works on.
#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn a_tensor_beyond_the_device_is_an_error() {
    for engine in ADAPTERS.map(|name| adapter(name, Tuning::ForAdapter)) {
        let mut b = Builder::new();
        let x = b.input("x", TensorType::f32(&[1]));
        let wide = b.expand(x, &[Dim::fixed(1 << 31)]).unwrap();
        let y = b.neg(wide).unwrap();
        b.output("y", y);
        let one = block_on(engine.upload(&Tensor::full(&[1], 1.0))).unwrap();
        let program = block_on(engine.compile(&b.finish())).unwrap();
        let error = block_on(program.run(&[&one])).unwrap_err();
        assert!(matches!(error, EngineError::TooLarge { .. }) && error.to_string().contains("8192 MiB"), "{error}");
        assert_eq!(block_on(engine.read(&one)).unwrap().as_f32().unwrap(), [1.0]);
    }
}

/// Larger than one workgroup, than one row of workgroups and than a loop of 2^16 in every family.
#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn graphics_processors_take_large_tensors() {
    for name in ADAPTERS {
        let engine: Rc<dyn Engine> = adapter(name, Tuning::ForAdapter);
        let long = (1 << 22) + 65;
        let mut b = Builder::new();
        let x = b.input("x", TensorType::f32(&[long]));
        let doubled = b.add(x, x).unwrap();
        b.output("doubled", doubled);
        let sum = b.reduce_sum(x, &[0], true).unwrap();
        b.output("sum", sum);
        let rows = b.reshape(x, &[Dim::fixed(long / 3), Dim::fixed(3)]).unwrap();
        let turned = b.transpose_last(rows).unwrap();
        let gram = b.matmul(turned, rows).unwrap();
        b.output("gram", gram);
        let graph = b.finish();
        let mut values = vec![0.0; long];
        Stream::new(0, Purpose::Test, 0, 0).fill_uniform(&mut values, -1.0, 1.0);
        let arguments = [Tensor::f32(&[long], values).unwrap().to_array()];
        let expected = run(&reference(), &graph, &arguments).unwrap();
        let found = run(&engine, &graph, &arguments).unwrap();
        agree(&graph, &found, &expected, Tolerance::Operator).unwrap();
    }
}

/// What is not a number stays none through convolution, rectifier, pool and product: it must never look like an answer.
#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn what_is_not_a_number_stays_none() {
    let mut b = Builder::new();
    let x = b.input("x", TensorType::f32_batch(&[1, 4, 4]));
    let kernel = b.constant(Tensor::full(&[3, 1, 3, 3], 0.5));
    let maps = b.apply1(Conv { pads: [1; 4], ..Conv::default() }, &[x, kernel]).unwrap();
    let active = b.relu(maps).unwrap();
    let pool = MaxPool { kernel: [2; 2], strides: [2; 2], pads: [0; 4], dilations: [1; 2], ceil_mode: false };
    let pooled = b.apply(pool, &[active]).unwrap()[0];
    let mean = b.global_average_pool(pooled).unwrap();
    let rows = b.reshape(mean, &[Dim::BATCH, Dim::fixed(3)]).unwrap();
    let weight = b.constant(Tensor::full(&[3, 2], 1.0));
    let logits = b.matmul(rows, weight).unwrap();
    b.output("logits", logits);
    let graph = b.finish();
    let mut pixels = vec![0.25; 32];
    pixels[5] = f32::NAN;
    let arguments = [Tensor::f32(&[2, 1, 4, 4], pixels).unwrap().to_array()];
    let expected = run(&reference(), &graph, &arguments).unwrap();
    on_adapters(|engine| {
        let found = run(engine, &graph, &arguments).unwrap();
        agree(&graph, &found, &expected, Tolerance::Operator).unwrap();
        let numbers = numbers(&found[0]);
        assert!(numbers[..2].iter().all(|z| z.is_nan()) && numbers[2..].iter().all(|z| z.is_finite()), "{numbers:?}");
    });
}
