//! A network that has forgotten what it learned: the numbers of every weight in random order.
//!
//! Each weight keeps its distribution, so signals keep their size; where the file kept BatchNorm, its statistics are measured
//! again, layer behind layer, on some images, because those of the trained weights would push every signal out of range.

use crate::cut;
use crate::data::Images;
use crate::engine::Engine;
use crate::graph::{Builder, Graph, GraphError, Node, ValueId, extract, translate};
use crate::ops::Op;
use crate::ops::family::statistics::batch;
use crate::random::{Purpose, Stream};
use crate::rewrite;
use crate::study::evaluate::image_batch;
use crate::study::{Network, StudyError};
use crate::tensor::Tensor;

/// Images that statistics are measured on.
const IMAGES: usize = 256;

/// `network` with its weights scrambled by `seed`; taps keep their places.
///
/// # Errors
/// [`StudyError`] from the engine.
pub(super) async fn scrambled(
    network: &Network,
    images: &Images,
    engine: &dyn Engine,
    seed: u64,
) -> Result<Network, StudyError> {
    let graph = shuffled(&rewrite::fold_constants(&network.graph)?, seed)?;
    let graph = remeasured(&graph, images, engine).await?;
    let taps = cut::taps(&graph);
    Ok(Network { reference: format!("{} scrambled", network.reference), graph, taps, ..network.clone() })
}

/// Every weight of a convolution or matrix product in random order.
fn shuffled(graph: &Graph, seed: u64) -> Result<Graph, GraphError> {
    let mut index = 0;
    translate(graph, |b, node, inputs| {
        if !matches!(node.op, Op::Conv(_) | Op::ConvTranspose(_) | Op::MatMul(_)) {
            return Ok(None);
        }
        let mut arguments = inputs.to_vec();
        for place in 0..2 {
            let Some(weight) = b.graph().constant(inputs[place]).cloned() else { continue };
            let Ok(values) = weight.as_f32() else { continue };
            let mut values = values.to_vec();
            Stream::new(seed, Purpose::Scramble, index, 0).shuffle(&mut values);
            index += 1;
            if let Ok(weight) = Tensor::f32(weight.shape(), values) {
                let name = b.graph().value(inputs[place]).name.clone();
                arguments[place] = b.named_constant(&name, weight);
            }
        }
        copied(b, graph, node, &arguments).map(Some)
    })
}

/// The node on other arguments, under its old names.
fn copied(b: &mut Builder, graph: &Graph, node: &Node, arguments: &[ValueId]) -> Result<Vec<ValueId>, GraphError> {
    let names: Vec<String> = node.outputs.iter().map(|o| graph.value(*o).name.clone()).collect();
    b.apply_named(&node.name, node.op.clone(), arguments, &names)
}

/// BatchNorm with the statistics of `images`, each layer's behind the new ones before it.
async fn remeasured(graph: &Graph, images: &Images, engine: &dyn Engine) -> Result<Graph, StudyError> {
    let Some(asking) = asking(graph)? else { return Ok(graph.clone()) };
    let chosen: Vec<usize> = (0..images.len().min(IMAGES)).collect();
    let program = engine.compile(&rewrite::simplify(&asking)?).await?;
    let input = engine.upload(&image_batch(images, &chosen)?).await?;
    let mut statistics = Vec::new();
    for buffer in program.run(&[&input]).await? {
        statistics.push(engine.read(&buffer).await?);
    }
    let mut found = statistics.into_iter();
    let graph = translate(graph, |b, node, inputs| {
        let (Op::BatchNormalization(_), &[x, scale, bias, ..]) = (&node.op, inputs) else { return Ok(None) };
        let (Some(mean), Some(variance)) = (found.next(), found.next()) else { return Ok(None) };
        let (mean, variance) = (b.constant(mean), b.constant(variance));
        copied(b, graph, node, &[x, scale, bias, mean, variance]).map(Some)
    })?;
    Ok(graph)
}

/// From images to mean and variance of every BatchNorm in turn, each normalising by its batch; `None` without one.
fn asking(graph: &Graph) -> Result<Option<Graph>, StudyError> {
    let mut asked = Vec::new();
    let translated = translate(graph, |b, node, inputs| {
        let (Op::BatchNormalization(_), &[x, scale, bias, ..]) = (&node.op, inputs) else { return Ok(None) };
        let (mean, variance) = batch(b, x)?;
        // By name: places change when the graph is finished.
        asked.extend([mean, variance].map(|value| b.graph().value(value).name.clone()));
        copied(b, graph, node, &[x, scale, bias, mean, variance]).map(Some)
    })?;
    if asked.is_empty() {
        return Ok(None);
    }
    let outputs: Vec<(&str, ValueId)> =
        asked.iter().filter_map(|name| Some((name.as_str(), translated.find(name)?))).collect();
    Ok(Some(extract(&translated, translated.inputs(), &outputs)?))
}
