//! One attack step: forward, input gradient, sign step and projection of a batch.

use anyhow::Result;
use stitchscope_core::attack::{AttackSettings, Norm, Start, step_graph};
use stitchscope_core::engine::Buffer;
use stitchscope_core::graph::Graph;
use stitchscope_core::loss::Loss;
use stitchscope_core::{onnx, rewrite};

use crate::material::{self, Files};
use crate::worker::{Prepared, number, text};

const SETTINGS: AttackSettings = AttackSettings {
    norm: Norm::Linf,
    eps: 8.0 / 255.0,
    alpha: 2.0 / 255.0,
    steps: 10,
    restarts: 1,
    start: Start::Clean,
    loss: Loss::CrossEntropy,
    seed: 0,
};

/// `MODEL IMAGES SLICE`: a step of that many images, so many at a time.
///
/// # Errors
/// If the step cannot be built.
pub fn prepare(arguments: &[String]) -> Result<Prepared> {
    let network = material::network(text(arguments, 0)?)?;
    let (count, slice) = (number(arguments, 1)?, number(arguments, 2)?.max(1));
    let engine = material::ort()?;
    let program = pollster::block_on(engine.compile(&graph(&network.graph)?))?;
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

/// Writes the step of the ordinary network as the engine gets it.
///
/// # Errors
/// If it cannot be built or written.
pub fn dump(file: &str) -> Result<()> {
    let [model, _] = Files::find()?.pair;
    let network = material::network(&model.to_string_lossy())?;
    let bytes = onnx::write(&graph(&network.graph)?, &onnx::WriteOptions::named("step"))?;
    Ok(std::fs::write(file, bytes)?)
}

/// The network is simplified before it is differentiated, as a study does it: no gradient then meets a BatchNorm.
///
/// # Errors
/// If the network has no gradient.
pub fn graph(network: &Graph) -> Result<Graph> {
    Ok(rewrite::simplify(&step_graph(&rewrite::simplify(network)?, &SETTINGS)?)?)
}
