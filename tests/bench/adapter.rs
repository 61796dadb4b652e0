//! The wgpu engine on a software adapter: forward, forward with input gradient, the stitch's gradient, and what buffers it plans.

use std::rc::Rc;

use anyhow::{Context, Result, bail};
use stitchscope_core::engine::wgpu::{Footprint, Wgpu};
use stitchscope_core::engine::{Buffer, Engine, Program, on_adapter};
use stitchscope_core::graph::{Builder, Graph};
use stitchscope_core::ops::stitch_grad::StitchGrad;
use stitchscope_core::platform::block_on;
use stitchscope_core::rewrite::simplify;
use stitchscope_core::tensor::{Dim, Tensor, TensorType};
use stitchscope_tests::attack_step;

use crate::material;
use crate::worker::{Prepared, number, text};

/// The engine on the first adapter whose name contains `name`.
fn open(name: &str) -> Result<Rc<Wgpu>> {
    let engine = block_on(on_adapter(|adapter| adapter.name().contains(name)))?;
    Ok(Rc::new(engine))
}

/// A repetition that runs a program and waits until the device has done it.
fn repeat(engine: Rc<Wgpu>, program: Program, arguments: Vec<Buffer>) -> Prepared {
    let text = engine.info().device.clone();
    let repetition = move || {
        let given: Vec<&Buffer> = arguments.iter().collect();
        block_on(program.run(&given))?;
        Ok(block_on(engine.idle())?)
    };
    Prepared { text, repetition: Box::new(repetition) }
}

/// `MODEL IMAGES ADAPTER`: the forward of a batch.
///
/// # Errors
/// If the network or the adapter is not there.
pub fn forward(arguments: &[String]) -> Result<Prepared> {
    let network = material::network(text(arguments, 0)?)?;
    let (count, engine) = (number(arguments, 1)?, open(text(arguments, 2)?)?);
    let program = block_on(engine.compile(&simplify(&network.graph)?))?;
    let images = material::images(count, &network)?;
    let (x, _) = block_on(material::batch(engine.as_ref(), &images, 0, count))?;
    Ok(repeat(engine, program, vec![x]))
}

/// `MODEL IMAGES ADAPTER`: forward, input gradient, sign step and projection of a batch.
///
/// # Errors
/// If the network or the adapter is not there.
pub fn gradient(arguments: &[String]) -> Result<Prepared> {
    let network = material::network(text(arguments, 0)?)?;
    let (count, engine) = (number(arguments, 1)?, open(text(arguments, 2)?)?);
    let program = block_on(engine.compile(&attack_step(&network.graph)?))?;
    let images = material::images(count, &network)?;
    let (x, label) = block_on(material::batch(engine.as_ref(), &images, 0, count))?;
    Ok(repeat(engine, program, vec![x.clone(), x, label]))
}

/// `fused|generic ADAPTER`: the stitch's gradient over 32 images of 32 channels and 16 x 16 positions, in one pass or from transposes,
/// products and sums.
///
/// # Errors
/// If the adapter is not there.
pub fn stitch(arguments: &[String]) -> Result<Prepared> {
    const SIZES: [usize; 4] = [32, 32, 16, 16];
    let engine = open(text(arguments, 1)?)?;
    let graph = match text(arguments, 0)? {
        "fused" => fused(&SIZES)?,
        "generic" => generic(&SIZES)?,
        other => bail!("`{other}` is neither fused nor generic"),
    };
    let program = block_on(engine.compile(&graph))?;
    let signal = Tensor::full(&SIZES, 0.5);
    let given = [block_on(engine.upload(&signal))?, block_on(engine.upload(&signal))?];
    Ok(repeat(engine, program, given.to_vec()))
}

fn fused(sizes: &[usize; 4]) -> Result<Graph> {
    let mut b = Builder::new();
    let (dy, x) = (b.input("dy", TensorType::f32(sizes)), b.input("x", TensorType::f32(sizes)));
    for (name, value) in ["dw", "db"].into_iter().zip(b.apply(StitchGrad, &[dy, x])?) {
        b.output(name, value);
    }
    Ok(b.finish())
}

/// What one writes without the fused operator: rows of channels on both sides, one product, one sum.
fn generic(sizes: &[usize; 4]) -> Result<Graph> {
    let mut b = Builder::new();
    let (dy, x) = (b.input("dy", TensorType::f32(sizes)), b.input("x", TensorType::f32(sizes)));
    let [images, channels, rows, columns] = *sizes;
    let as_rows = |b: &mut Builder, value| -> Result<_> {
        let last = b.transpose(value, &[0, 2, 3, 1])?;
        Ok(b.reshape(last, &[Dim::fixed(images * rows * columns), Dim::fixed(channels)])?)
    };
    let (up, signal) = (as_rows(&mut b, dy)?, as_rows(&mut b, x)?);
    let turned = b.transpose_last(up)?;
    let dw = b.matmul(turned, signal)?;
    let db = b.reduce_sum(up, &[0], false)?;
    b.output("dw", dw);
    b.output("db", db);
    Ok(b.finish())
}

/// What the attack step of a network takes with so many images.
///
/// # Errors
/// If the network or the adapter is not there.
pub fn footprint(model: &str, images: usize, adapter: &str) -> Result<Footprint> {
    let network = material::network(model)?;
    open(adapter)?.footprint(&attack_step(&network.graph)?, images).context("planning the attack step")
}
