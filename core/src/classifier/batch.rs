//! A batch that the file fixes: let go, and held against the file's own network.

use super::alone::alone;
use super::apart::{affordable, differ, images, picked, run};
use crate::engine::tiling;
use crate::graph::Graph;
use crate::onnx::{Model, OnnxError};
use crate::tensor::Dim;

/// Batches of the file's size that are compared.
const BATCHES: usize = 2;
/// Most images of them that are.
const MOST_IMAGES: usize = 16;

/// Gives the model a batch of any size, and says how where that costs time.
///
/// # Errors
/// [`OnnxError::Graph`] when the network depends on its batch in a way that cannot be let go.
pub(super) fn free(file: &str, model: &mut Model) -> Result<(), OnnxError> {
    let Some(fixed) = model.origin.fixed.clone() else { return Ok(()) };
    let Some(size) = fixed.ty(fixed.inputs()[0]).shape.first().and_then(|dim| dim.known()) else { return Ok(()) };
    let every = (BATCHES.saturating_mul(size)).div_ceil(MOST_IMAGES);
    let chosen: Vec<usize> = (0..BATCHES.saturating_mul(size)).step_by(every).collect();
    let stuck = match model.origin.stuck.take() {
        Some(why) => why,
        None => match compared(file, &model.graph, (&fixed, size), &chosen)? {
            Some(false) => "images of one batch are treated in different ways".to_owned(),
            Some(true) => return Ok(()),
            // Nodes that treat every image by itself leave little to go wrong; of others nothing is known.
            None if tiling::cut_by_images(&model.graph).is_none() => {
                "whether its images are apart was not tried, as the network is large".to_owned()
            }
            None => {
                model
                    .warnings
                    .push(format!("its batch of {size} is let go, unchecked, as the network is large: {UNCHECKED}"));
                return Ok(());
            }
        },
    };
    let refuse = |why: String| {
        OnnxError::Graph(format!(
            "{file} takes exactly {size} image(s) at a time, and cannot be run for another number: {why}; export it with a dynamic \
             batch axis (dynamic_axes={{\"image\": {{0: \"N\"}}}}, or dynamic_shapes with dynamo=True)"
        ))
    };
    let Some(graph) = alone(&fixed).map_err(|error| refuse(error.to_string()))? else { return Err(refuse(stuck)) };
    let ends: Vec<usize> = if size > 1 { vec![0, size - 1] } else { vec![0, 1] };
    let unchecked = match compared(file, &graph, (&fixed, size), &ends)? {
        Some(true) => String::new(),
        Some(false) => {
            return Err(refuse("the images of a batch meet in it, so that none has logits of its own".to_owned()));
        }
        None => format!("; that is unchecked, as the network is large: {UNCHECKED}"),
    };
    model.graph = graph;
    model.warnings.push(match size {
        1 => format!("it takes exactly 1 image at a time ({stuck}); each image is put through alone{unchecked}"),
        _ => format!(
            "it takes exactly {size} images at a time ({stuck}); each image is put through alone, where images are not apart with {} copies \
             of itself, which takes up to {size} times as long{unchecked}; export it with a dynamic batch axis",
            size - 1
        ),
    });
    Ok(())
}

/// What an unchecked network wants.
const UNCHECKED: &str = "compare its accuracy with the published one";

/// Whether the free network gives the `chosen` images the logits that the file's own gives them in batches of its size; `None` where
/// that takes too long.
fn compared(
    file: &str,
    free: &Graph,
    (fixed, size): (&Graph, usize),
    chosen: &[usize],
) -> Result<Option<bool>, OnnxError> {
    let fails = |error: &dyn std::error::Error| OnnxError::Graph(format!("{file} cannot be run: {error}"));
    if free.ty(free.outputs()[0].value).shape.first() != Some(&Dim::BATCH) {
        return Ok(Some(false));
    }
    // The cost of a fixed network is that of its whole batch.
    if !affordable(&[(fixed, 1, BATCHES), (free, chosen.len(), chosen.len())]) {
        return Ok(None);
    }
    let all = images(free, BATCHES.saturating_mul(size)).map_err(|e| fails(&e))?;
    let mut rows = Vec::new();
    for batch in 0..BATCHES {
        let part: Vec<usize> = (batch * size..(batch + 1) * size).collect();
        rows.extend(run(fixed, &picked(&all, &part).map_err(|e| fails(&e))?).map_err(|e| fails(&e))?);
    }
    let row = rows.len() / (BATCHES.saturating_mul(size));
    let expected: Vec<f64> = chosen.iter().flat_map(|i| rows[i * row..(i + 1) * row].iter().copied()).collect();
    let found = run(free, &picked(&all, chosen).map_err(|e| fails(&e))?).map_err(|e| fails(&e))?;
    Ok(Some(!differ(&found, &expected)))
}
