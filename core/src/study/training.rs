//! Task matching over epochs: batches in seeded order, state on the device.

use super::StudyError;
use super::evaluate::image_batch;
use crate::data::Images;
use crate::engine::{Buffer, Engine};
use crate::graph::Graph;
use crate::random::{Purpose, Stream};
use crate::rewrite;
use crate::stitch::{TrainGraph, TrainSettings, Weights, training_graph};
use crate::tensor::{Tensor, TensorType};

/// A trained stitch.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The stitch after the last step.
    pub weights: Weights,
    /// Mean loss of each batch, in order.
    pub losses: Vec<f32>,
}

/// Trains a stitch on labels. With `cache` ([images, C, ...]) the front is never run; without, it runs at every step.
/// `step` hears (steps done, steps in all, last loss).
///
/// # Errors
/// [`StudyError`] from the engine or from `step`.
#[expect(clippy::too_many_arguments, reason = "each is a different thing; a struct would only rename them")]
pub async fn train(
    engine: &dyn Engine,
    halves: (&Graph, &Graph),
    cache: Option<&Buffer>,
    images: &Images,
    init: &Weights,
    settings: &TrainSettings,
    seed: u64,
    step: &mut dyn FnMut(usize, usize, f32) -> Result<(), StudyError>,
) -> Result<Trained, StudyError> {
    let (front, end) = halves;
    let activation: &TensorType = end.ty(end.inputs()[0]);
    let mut at_tap = activation.clone();
    at_tap.shape[crate::ops::stitch::channel_axis(activation.rank())] = init.input.into();
    let source = match cache {
        Some(_) => TrainGraph::Cached { activation: &at_tap, images: images.len() },
        None => TrainGraph::Whole { front },
    };
    let graph = training_graph(source, end, (init.out, init.input), settings.weight_decay)?;
    let program = engine.compile(&rewrite::simplify(&graph)?).await?;

    let mut state = first_state(engine, init).await?;
    let mut order: Vec<usize> = (0..images.len()).collect();
    let batch = settings.batch.max(1);
    let total = settings.epochs * images.len().div_ceil(batch);
    let mut losses = Vec::with_capacity(total);
    for epoch in 0..settings.epochs {
        Stream::new(seed, Purpose::BatchOrder, epoch as u64, 0).shuffle(&mut order);
        for chosen in order.chunks(batch) {
            let mut inputs = batch_inputs(engine, cache, images, chosen).await?;
            inputs.append(&mut state);
            let rate = settings.rate_at(epoch, losses.len(), total);
            for number in settings.numbers(rate, losses.len() + 1, chosen.len()) {
                inputs.push(engine.upload(&Tensor::scalar(number)).await?);
            }
            let mut results = program.run(&inputs.iter().collect::<Vec<_>>()).await?;
            let loss = results.pop().ok_or_else(|| StudyError::Misfit("the step gave no loss".to_owned()))?;
            state = results;
            losses.push(engine.read(&loss).await?.as_f32()?.first().copied().unwrap_or(f32::NAN));
            step(losses.len(), total, losses[losses.len() - 1])?;
        }
    }
    let (weight, bias) = (engine.read(&state[0]).await?, engine.read(&state[1]).await?);
    let weights =
        Weights { out: init.out, input: init.input, weight: weight.as_f32()?.to_vec(), bias: bias.as_f32()?.to_vec() };
    Ok(Trained { weights, losses })
}

/// `w`, `b` and four moments of zeros.
async fn first_state(engine: &dyn Engine, init: &Weights) -> Result<Vec<Buffer>, StudyError> {
    let (weight, bias) = init.tensors()?;
    let zeros = [weight.shape(), weight.shape(), bias.shape(), bias.shape()].map(|shape| Tensor::full(shape, 0.0));
    let mut state = Vec::with_capacity(6);
    for tensor in [&weight, &bias].into_iter().chain(&zeros) {
        state.push(engine.upload(tensor).await?);
    }
    Ok(state)
}

/// `cache` and `index`, or `image`; then `label`.
async fn batch_inputs(
    engine: &dyn Engine,
    cache: Option<&Buffer>,
    images: &Images,
    chosen: &[usize],
) -> Result<Vec<Buffer>, StudyError> {
    #[expect(clippy::cast_possible_wrap, reason = "indices of images")]
    let index: Vec<i64> = chosen.iter().map(|i| *i as i64).collect();
    let label: Vec<i64> = chosen.iter().map(|i| i64::from(images.labels[*i])).collect();
    let label = engine.upload(&Tensor::indices(&label)).await?;
    Ok(match cache {
        Some(cache) => vec![cache.clone(), engine.upload(&Tensor::indices(&index)).await?, label],
        None => vec![engine.upload(&image_batch(images, chosen)?).await?, label],
    })
}
