//! Whether every image is classified by itself. Normalisation by the statistics of a batch, or a sum over images, gives other logits to
//! an image beside other images: then no count of single images means anything.

use crate::cut::cost;
use crate::engine::reference::{Precision, evaluate};
use crate::engine::tiling;
use crate::graph::{Graph, Source};
use crate::onnx::OnnxError;
use crate::random::{Purpose, Stream};
use crate::tensor::{Array, Dim, Tensor, TensorError};

/// Images that are classified together and one by one, where the graph alone does not show that they are apart.
const IMAGES: usize = 3;
/// Larger differences, as a share of the largest logit, are no rounding.
const ROUNDING: f64 = 1e-6;

/// Products that the oracle may spend on a comparison, some seconds' worth.
const MOST_PRODUCTS: u64 = 5_000_000_000;
/// Bytes of all tensors of a comparison.
const MOST_BYTES: u64 = 1 << 30;

/// Refuses a network in which images meet. The answer is a sentence for people where that could not be tried.
///
/// # Errors
/// [`OnnxError::Graph`], naming the first node in which they may.
pub(super) fn check(file: &str, graph: &Graph) -> Result<Option<String>, OnnxError> {
    let ([input], [output]) = (graph.inputs(), graph.outputs()) else { return Ok(None) };
    let free = |value| graph.ty(value).shape.first() == Some(&Dim::BATCH);
    // What is no classifier is refused elsewhere, with a better reason.
    if !free(*input) || !free(output.value) || tiling::cut_by_images(graph).is_some() {
        return Ok(None);
    }
    if !affordable(&[(graph, 2 * IMAGES, 2 * IMAGES)]) {
        let place = tiling::meeting(graph).unwrap_or_default();
        return Ok(Some(format!(
            "whether the images of a batch meet in node `{place}` was not tried, as the network is large: compare its accuracy with batches \
             of another size"
        )));
    }
    let fails = |error: &dyn std::error::Error| OnnxError::Graph(format!("{file} cannot be run: {error}"));
    let images = images(graph, IMAGES).map_err(|e| fails(&e))?;
    let together = run(graph, &images).map_err(|e| fails(&e))?;
    for (index, expected) in together.chunks((together.len() / IMAGES).max(1)).enumerate() {
        let alone = picked(&images, &[index]).map_err(|e| fails(&e))?;
        if differ(&run(graph, &alone).map_err(|e| fails(&e))?, expected) {
            return Err(OnnxError::Graph(meeting(file, graph)));
        }
    }
    Ok(None)
}

/// Whether the oracle can run graphs in some seconds: each with the number of images of its tensors, and how often its cost for one
/// image counts.
pub(super) fn affordable(runs: &[(&Graph, usize, usize)]) -> bool {
    let bytes = |graph: &Graph, images: usize| {
        let made = graph.values().iter().filter(|value| !matches!(value.source, Source::Constant(_)));
        made.fold(0_u64, |all, value| all.saturating_add(value.ty.bytes_at(images).unwrap_or(u64::MAX)))
    };
    let products = runs.iter().map(|(graph, _, times)| cost(graph).operations.saturating_mul(*times as u64));
    let bytes = runs.iter().map(|(graph, images, _)| bytes(graph, *images));
    products.fold(0, u64::saturating_add) <= MOST_PRODUCTS && bytes.fold(0, u64::saturating_add) <= MOST_BYTES
}

fn meeting(file: &str, graph: &Graph) -> String {
    let place = tiling::meeting(graph).map_or_else(String::new, |node| format!(", the first time in node `{node}`"));
    format!(
        "in {file} the images of a batch meet{place}: the logits of an image change with the images beside it, so that accuracy would \
         depend on the batch; export the network in evaluation mode, model.eval(), and without sums over the first axis"
    )
}

/// So many random images in [0, 1] as the network takes them.
pub(super) fn images(graph: &Graph, count: usize) -> Result<Tensor, TensorError> {
    let shape = graph.ty(graph.inputs()[0]).at(count);
    let mut values = vec![0.0; shape.iter().product()];
    Stream::new(0, Purpose::Check, 0, 0).fill_uniform(&mut values, 0.0, 1.0);
    Tensor::f32(&shape, values)
}

/// Some of the images `[N, ...]`.
pub(super) fn picked(images: &Tensor, chosen: &[usize]) -> Result<Tensor, TensorError> {
    let values = images.as_f32()?;
    let size = values.len() / images.shape().first().copied().unwrap_or(1).max(1);
    let shape = [&[chosen.len()], &images.shape()[1..]].concat();
    Tensor::f32(&shape, chosen.iter().flat_map(|i| values[i * size..(i + 1) * size].iter().copied()).collect())
}

/// Logits of images, in f64.
pub(super) fn run(graph: &Graph, images: &Tensor) -> Result<Vec<f64>, crate::engine::EngineError> {
    let batch = images.shape().first().copied().unwrap_or(1);
    let results = evaluate(graph, &[images.to_array()], batch, Precision::Double)?;
    Ok(match results.into_iter().next() {
        Some(Array::Real(logits)) => logits.into_iter().collect(),
        _ => Vec::new(),
    })
}

/// Whether logits differ by more than rounding; what is no number must be none on both sides.
pub(super) fn differ(found: &[f64], expected: &[f64]) -> bool {
    let finite = |values: &[f64]| values.iter().filter(|v| v.is_finite()).fold(0.0_f64, |most, v| most.max(v.abs()));
    let bound = ROUNDING * finite(expected).max(f64::MIN_POSITIVE);
    let apart = |(a, b): (&f64, &f64)| match (a.is_finite(), b.is_finite()) {
        (true, true) => (a - b).abs() > bound,
        _ => a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan()),
    };
    found.len() != expected.len() || found.iter().zip(expected).any(apart)
}
