//! One attack step: forward, input gradient, sign step and projection of a batch.

use anyhow::Result;
use stitchscope_core::engine::Buffer;
use stitchscope_core::graph::{Builder, ValueId};
use stitchscope_core::ops::Op;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::tensor::{Tensor, TensorType};
use stitchscope_core::{onnx, rewrite};
use stitchscope_tests::attack_step;

use crate::material::{self, Files};
use crate::worker::{Prepared, number, text};

/// `MODEL IMAGES SLICE`: a step of that many images, so many at a time.
///
/// # Errors
/// If the step cannot be built.
pub fn prepare(arguments: &[String]) -> Result<Prepared> {
    let network = material::network(text(arguments, 0)?)?;
    let (count, slice) = (number(arguments, 1)?, number(arguments, 2)?.max(1));
    let engine = material::engine()?;
    let program = pollster::block_on(engine.compile(&attack_step(&network.graph)?))?;
    let images = material::images(count, &network)?;
    let mut parts: Vec<(Buffer, Buffer)> = Vec::new();
    for from in (0..count).step_by(slice) {
        parts.push(pollster::block_on(material::batch(engine.as_ref(), &images, from, count.min(from + slice)))?);
    }
    let repetition = move || {
        for (x, label) in &parts {
            pollster::block_on(program.run(&[x, x, label]))?;
        }
        Ok(())
    };
    Ok(Prepared { text: engine.info().device.clone(), repetition: Box::new(repetition) })
}

/// `MODEL IMAGES`: a forward pass.
///
/// # Errors
/// If the network cannot be compiled.
pub fn prepare_forward(arguments: &[String]) -> Result<Prepared> {
    let network = material::network(text(arguments, 0)?)?;
    let (count, engine) = (number(arguments, 1)?, material::engine()?);
    let program = pollster::block_on(engine.compile(&rewrite::simplify(&network.graph)?))?;
    let images = material::images(count, &network)?;
    let (x, _) = pollster::block_on(material::batch(engine.as_ref(), &images, 0, count))?;
    let repetition = move || Ok(pollster::block_on(program.run(&[&x])).map(drop)?);
    Ok(Prepared { text: engine.info().device.clone(), repetition: Box::new(repetition) })
}

/// `SIZE TIMES`: a plain product of square matrices of that size, so often.
///
/// # Errors
/// If the engine is not there.
pub fn prepare_product(arguments: &[String]) -> Result<Prepared> {
    let (size, times) = (number(arguments, 0)?, number(arguments, 1)?);
    let engine = material::engine()?;
    let mut stream = Stream::new(0, Purpose::Test, 0, 0);
    let mut drawn = || Tensor::f32(&[size, size], (0..size * size).map(|_| stream.uniform_f32()).collect());
    let mut b = Builder::new();
    let x = b.input("x", TensorType::f32_batch(&[size]));
    let right = b.constant(drawn()?);
    let y = b.matmul(x, right)?;
    b.output("y", y);
    let program = pollster::block_on(engine.compile(&b.finish()))?;
    let left = pollster::block_on(engine.upload(&drawn()?))?;
    let repetition = move || {
        for _ in 0..times {
            pollster::block_on(program.run(&[&left]))?;
        }
        Ok(())
    };
    Ok(Prepared { text: engine.info().device.clone(), repetition: Box::new(repetition) })
}

/// Products of numbers of a step's convolutions and matrix products, for one image.
///
/// # Errors
/// If the step cannot be built.
pub fn products(model: &str) -> Result<f64> {
    let graph = attack_step(&material::network(model)?.graph)?;
    let sizes = |value: ValueId| graph.ty(value).at(1);
    let mut all = 0;
    for node in graph.nodes() {
        let results: usize = node.outputs.first().map_or(0, |output| sizes(*output).iter().product());
        all += match &node.op {
            Op::Conv(_) => results * sizes(node.inputs[1]).iter().skip(1).product::<usize>(),
            Op::MatMul(_) => results * sizes(node.inputs[0]).last().copied().unwrap_or(0),
            _ => 0,
        };
    }
    #[expect(clippy::cast_precision_loss, reason = "millions")]
    let all = all as f64;
    Ok(all)
}

/// Writes the step of the ordinary network as the engine gets it.
///
/// # Errors
/// If it cannot be built or written.
pub fn dump(file: &str) -> Result<()> {
    let [model, _] = Files::find()?.pair;
    let network = material::network(&model.to_string_lossy())?;
    let bytes = onnx::write(&attack_step(&network.graph)?, &onnx::WriteOptions::named("step"))?;
    Ok(std::fs::write(file, bytes)?)
}
