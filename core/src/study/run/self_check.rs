//! Does the engine compute what the oracle computes? A few images of the study tell, before anything is counted.
//!
//! A driver that computes wrongly gives plausible numbers; this is how one is found on a user's own machine and network.

use crate::cut;
use crate::data::Images;
use crate::engine::reference::{Precision, Reference};
use crate::engine::{Engine, EngineError};
use crate::graph::Graph;
use crate::report::SelfCheck;
use crate::rewrite;
use crate::study::evaluate::image_batch;
use crate::study::{Network, StudyError};
use crate::tensor::{Tolerance, relative_error};

/// Images that are compared, if the network is small enough.
const IMAGES: u64 = 8;
/// Products that the oracle does in about a second.
const AFFORDABLE: u64 = 1_000_000_000;

/// Runs the first images through `networks` on `engine` and on the oracle: eight, or fewer of a large network; none where a single
/// image would keep the oracle busy for many seconds.
///
/// # Errors
/// [`EngineError::SelfCheck`] when they differ by more than rounding, or what the engine reports.
pub async fn self_check(
    engine: &dyn Engine,
    networks: [&Network; 2],
    images: &Images,
) -> Result<Option<SelfCheck>, StudyError> {
    let cost = networks.iter().map(|n| cut::cost(&n.graph).operations).fold(1, u64::saturating_add);
    let count = usize::try_from((AFFORDABLE / cost).min(IMAGES)).unwrap_or(0).min(images.len());
    if count == 0 || engine.info().engine == "reference" {
        return Ok(None);
    }
    let oracle = Reference::new(Precision::AsTyped);
    let mut difference = 0.0_f64;
    for network in networks {
        let graph = rewrite::simplify(&network.graph)?;
        let found = logits(engine, &graph, images, count).await?;
        // The oracle takes the network as it was read: simplifying is checked too.
        let expected = logits(&oracle, &network.graph, images, count).await?;
        if let Some(overflow) = overflow(network, &expected) {
            return Err(overflow);
        }
        difference = difference.max(relative_error(&found, &expected));
    }
    if difference > Tolerance::Network.bound() {
        let device = engine.info().device.clone();
        return Err(EngineError::SelfCheck { device, images: count, difference }.into());
    }
    Ok(Some(SelfCheck { images: count, difference }))
}

/// Logits that 32 bits cannot hold say nothing about an engine. A class at -inf is one that is masked.
fn overflow(network: &Network, expected: &[f64]) -> Option<StudyError> {
    // Engines add up in other orders: near the end of the range one may overflow where another does not.
    let most = f64::from(f32::MAX) / 64.0;
    let beyond = expected.iter().find(|z| z.is_nan() || (z.abs() > most && **z != f64::NEG_INFINITY))?;
    Some(StudyError::Misfit(format!(
        "{}: its logits are not numbers of 32 bits (one is {beyond:e}), so that no class can be told; check that its weights are those of \
         a trained network and its pixels run from 0 to 1",
        network.reference
    )))
}

async fn logits(engine: &dyn Engine, graph: &Graph, images: &Images, count: usize) -> Result<Vec<f64>, StudyError> {
    let indices: Vec<usize> = (0..count).collect();
    let input = engine.upload(&image_batch(images, &indices)?).await?;
    let results = engine.compile(graph).await?.run(&[&input]).await?;
    let mut all = Vec::new();
    for result in &results {
        all.extend(engine.read(result).await?.to_f64());
    }
    Ok(all)
}
