//! One epoch of task matching at a tap: ours with the cached front, and the reference procedure on our own engine.
//!
//! The reference procedure (Balogh & Jelasity's code) runs both networks whole at each step: the front to its logits, the end
//! from the image, its activation at the tap replaced by the stitched one.

use std::time::Instant;

use anyhow::{Context, Result};
use stitchscope_core::cut::{self, Tap};
use stitchscope_core::data::Images;
use stitchscope_core::engine::{Buffer, Engine, Program};
use stitchscope_core::graph::{Builder, Graph, inline};
use stitchscope_core::ops::stitch::channel_axis;
use stitchscope_core::rewrite;
use stitchscope_core::stitch::{
    Lesson, Objective, Optimizer, Parameters, Schedule, TrainGraph, TrainSettings, Weights, training_graph,
};
use stitchscope_core::study::Network;
use stitchscope_core::tensor::{Tensor, TensorType};

use crate::material;
use crate::worker::{Prepared, number, text};

const SETTINGS: TrainSettings = TrainSettings {
    epochs: 1,
    rate: 1e-3,
    schedule: Schedule::Constant,
    weight_decay: 0.0,
    batch: 128,
    optimizer: Optimizer::Adam,
    l1: 0.0,
};

/// Both halves of both donors at a tap of the same name.
struct Halves {
    front: (Graph, Graph),
    end: (Graph, Graph),
    activation: TensorType,
    images: Images,
    init: Weights,
}

impl Halves {
    /// `FRONT END TAP IMAGES`.
    fn of(arguments: &[String]) -> Result<Self> {
        let (front, end) = (material::network(text(arguments, 0)?)?, material::network(text(arguments, 1)?)?);
        let name = text(arguments, 2)?;
        let images = material::images(number(arguments, 3)?, &front)?;
        let tap_of = |network: &'_ Network| -> Result<Tap> { Ok(network.taps[network.tap(name)?].clone()) };
        let (front_tap, end_tap) = (tap_of(&front)?, tap_of(&end)?);
        let channels = |tap: &Tap| tap.ty.shape[channel_axis(tap.ty.rank())].known().context("unknown channels");
        let init = Weights::random(channels(&end_tap)?, channels(&front_tap)?, 0);
        let halves = |network: &Network, tap: &Tap| -> Result<(Graph, Graph)> {
            let (before, after) = cut::split(&network.graph, tap)?;
            Ok((rewrite::simplify(&before)?, rewrite::simplify(&after)?))
        };
        let (front, end) = (halves(&front, &front_tap)?, halves(&end, &end_tap)?);
        Ok(Self { front, end, activation: front_tap.ty, images, init })
    }

    fn compile(&self, engine: &dyn Engine, source: TrainGraph<'_>) -> Result<Program> {
        let lesson = Lesson {
            source,
            end: &self.end.1,
            target: None,
            channels: (self.init.out, self.init.input),
            parameters: &Parameters::Full,
            objective: Objective::Task,
            settings: &SETTINGS,
        };
        let graph = training_graph(&lesson)?;
        Ok(pollster::block_on(engine.compile(&rewrite::simplify(&graph)?))?)
    }

    /// `w`, `b` and their moments, at the start.
    fn state(&self, engine: &dyn Engine) -> Result<Vec<Buffer>> {
        let (weight, bias) = self.init.tensors()?;
        let zeros = [weight.shape(), weight.shape(), bias.shape(), bias.shape()].map(|shape| Tensor::full(shape, 0.0));
        let tensors = [&weight, &bias].into_iter().chain(&zeros);
        tensors.map(|tensor| Ok(pollster::block_on(engine.upload(tensor))?)).collect()
    }
}

/// One step: batch inputs, then the state, which it replaces.
async fn advance(
    engine: &dyn Engine,
    program: &Program,
    mut inputs: Vec<Buffer>,
    state: &mut Vec<Buffer>,
    t: usize,
) -> Result<()> {
    let count = inputs.last().and_then(|label| label.shape().first()).copied().unwrap_or(1);
    inputs.append(state);
    for number in SETTINGS.numbers(SETTINGS.rate, t, count) {
        inputs.push(engine.upload(&Tensor::scalar(number)).await?);
    }
    let mut results = program.run(&inputs.iter().collect::<Vec<_>>()).await?;
    let loss = results.pop().context("the step gave no loss")?;
    engine.read(&loss).await?;
    *state = results;
    Ok(())
}

/// The front's activations of all images, on the device.
async fn fill(engine: &dyn Engine, halves: &Halves) -> Result<Buffer> {
    let program = engine.compile(&halves.front.0).await?;
    let (count, mut values) = (halves.images.len(), Vec::new());
    for from in (0..count).step_by(SETTINGS.batch) {
        let (image, _) = material::batch(engine, &halves.images, from, count.min(from + SETTINGS.batch)).await?;
        let activation = program.run(&[&image]).await?.pop().context("the front gave nothing")?;
        values.extend_from_slice(engine.read(&activation).await?.as_f32()?);
    }
    let mut shape = halves.activation.at(1);
    shape[0] = count;
    Ok(engine.upload(&Tensor::f32(&shape, values)?).await?)
}

/// Ours. `FRONT END TAP IMAGES`; the text tells the time that filling the cache took.
///
/// # Errors
/// If the step cannot be built.
pub fn cached(arguments: &[String]) -> Result<Prepared> {
    let (engine, halves) = (material::engine()?, Halves::of(arguments)?);
    let start = Instant::now();
    let cache = pollster::block_on(fill(engine.as_ref(), &halves))?;
    let filled = start.elapsed().as_secs_f64();
    let count = halves.images.len();
    let program =
        halves.compile(engine.as_ref(), TrainGraph::Cached { activation: &halves.activation, images: count })?;
    let text = format!("cache of {count} images filled once in {filled:.2} s ({} MiB)", cache.bytes() >> 20);
    let repetition = move || {
        let mut state = halves.state(engine.as_ref())?;
        for (step, from) in (0..count).step_by(SETTINGS.batch).enumerate() {
            // The cache is read in scattered order, as a shuffled epoch does.
            let to = count.min(from + SETTINGS.batch);
            let chosen: Vec<usize> = (from..to).map(|i| i * 257 % count).collect();
            let index: Vec<i64> = chosen.iter().map(|i| i64::try_from(*i)).collect::<Result<_, _>>()?;
            let label: Vec<i64> = chosen.iter().map(|i| i64::from(halves.images.labels[*i])).collect();
            let mut inputs = vec![cache.clone()];
            for numbers in [index, label] {
                inputs.push(pollster::block_on(engine.upload(&Tensor::indices(&numbers)))?);
            }
            pollster::block_on(advance(engine.as_ref(), &program, inputs, &mut state, step + 1))?;
        }
        Ok(())
    };
    Ok(Prepared { text, repetition: Box::new(repetition) })
}

/// The reference procedure on our engine: the step through the front, and what else both whole networks compute.
///
/// # Errors
/// If the step cannot be built.
pub fn whole(arguments: &[String]) -> Result<Prepared> {
    let (engine, halves) = (material::engine()?, Halves::of(arguments)?);
    let program = halves.compile(engine.as_ref(), TrainGraph::Whole { front: &halves.front.0 })?;
    let rest = pollster::block_on(engine.compile(&unused(&halves)?))?;
    let count = halves.images.len();
    let repetition = move || {
        let mut state = halves.state(engine.as_ref())?;
        for (step, from) in (0..count).step_by(SETTINGS.batch).enumerate() {
            let to = count.min(from + SETTINGS.batch);
            let (image, label) = pollster::block_on(material::batch(engine.as_ref(), &halves.images, from, to))?;
            let activation = Tensor::full(&halves.activation.at(to - from), 0.5);
            let activation = pollster::block_on(engine.upload(&activation))?;
            pollster::block_on(rest.run(&[&image, &activation]))?;
            pollster::block_on(advance(engine.as_ref(), &program, vec![image, label], &mut state, step + 1))?;
        }
        Ok(())
    };
    Ok(Prepared { text: "both networks whole at each step, our engine".to_owned(), repetition: Box::new(repetition) })
}

/// What the reference procedure computes and nobody uses: the end before the tap, the front after it.
fn unused(halves: &Halves) -> Result<Graph> {
    let mut b = Builder::new();
    let image_type = halves.end.0.ty(halves.end.0.inputs()[0]).clone();
    let (image, activation) = (b.input("image", image_type), b.input("activation", halves.activation.clone()));
    let replaced = inline(&mut b, &halves.end.0, &[image])?[0];
    let logits = inline(&mut b, &halves.front.1, &[activation])?[0];
    b.output("replaced", replaced);
    b.output("front_logits", logits);
    Ok(b.finish())
}
