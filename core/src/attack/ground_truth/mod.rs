//! Attacks against mathematical proof: images whose boxes verifiers have proved robust or broken.
//!
//! An image that *holds* cannot be fooled inside its box; one that falls all the same is evaluated again in f64 inside the exact box
//! before anyone is blamed, as boxes and radii are rounded. An image that is *violated* has an adversarial example, which a strong
//! attack finds.

mod arrays;
mod instances;
mod vnnlib;

pub use instances::{Instances, Proved};
pub use vnnlib::Property;

use super::{AttackError, Progress, StageCount, Suite, Verdict};
use crate::data::DataError;
use crate::engine::Engine;
use crate::engine::reference::{Precision, evaluate};
use crate::graph::Graph;
use crate::metrics::{first_largest, predicted_class};
use crate::rewrite;
use crate::tensor::{Array, Tensor};

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum GroundTruthError {
    /// An archive of instances that cannot be read.
    #[error("{file}: {what}: {problem}; it should be an archive of instances as NumPy writes it")]
    File {
        /// The archive.
        file: String,
        /// The array, or what of it.
        what: String,
        /// What is wrong.
        problem: String,
    },
    /// Its images are no set of images.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The attack ends without a result.
    #[error(transparent)]
    Attack(#[from] AttackError),
}

/// An image that holds and fell.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// Its place among the instances.
    pub index: usize,
    /// Another class wins at this point [C, H, W] of the exact box, in f64.
    pub image: Vec<f64>,
}

/// What attacks came to on the instances of one network.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Images that hold.
    pub hold: usize,
    /// Of them fallen to a point that is outside the exact box: moved into it, in f64, the label wins.
    pub outside: Vec<usize>,
    /// Of them fallen inside the exact box: attack, network or proof is wrong.
    pub contradictions: Vec<Contradiction>,
    /// Images that are violated.
    pub violated: usize,
    /// Of them not found.
    pub missed: Vec<usize>,
    /// Images of which nothing is proved.
    pub open: usize,
    /// Of them fallen.
    pub open_fallen: usize,
    /// Images that the network gets wrong to begin with, or at which it gave no number.
    pub not_judged: Vec<usize>,
    /// What each attack did.
    pub stages: Vec<StageCount>,
}

/// Attacks every instance within its own radius by `suite`, whose ball is in L-infinity, and compares with what is proved.
///
/// # Errors
/// [`GroundTruthError::Attack`].
pub async fn compare(
    engine: &dyn Engine,
    network: &Graph,
    instances: &Instances,
    (suite, batch): (&Suite, usize),
    progress: Progress<'_>,
) -> Result<Comparison, GroundTruthError> {
    let images = &instances.images;
    let network = rewrite::simplify(network).map_err(AttackError::from)?;
    let right: Vec<usize> = clean_classes(engine, &network, instances, batch).await?;
    let radii: Vec<f32> = right.iter().map(|index| instances.eps[*index]).collect();
    let suite = suite.clone().keeping_images();
    let outcome = suite.run_within(engine, &network, images, (&right, &radii), batch, progress).await?;
    let mut found = Comparison {
        hold: 0,
        outside: Vec::new(),
        contradictions: Vec::new(),
        violated: 0,
        missed: Vec::new(),
        open: 0,
        open_fallen: 0,
        not_judged: (0..images.len()).filter(|index| !right.contains(index)).collect(),
        stages: outcome.stages,
    };
    for (index, attacked) in right.iter().zip(outcome.found) {
        let fallen = attacked.verdict == Verdict::Fooled;
        if attacked.verdict == Verdict::NotEvaluated {
            found.not_judged.push(*index);
        }
        match instances.proved[*index] {
            Proved::Holds => {
                found.hold += 1;
                let image = attacked.image.filter(|_| fallen);
                if let Some(image) = image.map(|x| instances.into_box(*index, &x)) {
                    match wins(&network, instances, *index, &image)? {
                        true => found.outside.push(*index),
                        false => found.contradictions.push(Contradiction { index: *index, image }),
                    }
                }
            }
            Proved::Violated => {
                found.violated += 1;
                found.missed.extend((!fallen).then_some(*index));
            }
            Proved::Open => {
                found.open += 1;
                found.open_fallen += usize::from(fallen);
            }
        }
    }
    Ok(found)
}

/// Indices of images that the network gets right.
async fn clean_classes(
    engine: &dyn Engine,
    network: &Graph,
    instances: &Instances,
    batch: usize,
) -> Result<Vec<usize>, AttackError> {
    let (images, [c, h, w]) = (&instances.images, instances.images.shape());
    let program = engine.compile(network).await?;
    let all: Vec<usize> = (0..images.len()).collect();
    let mut right = Vec::new();
    for group in all.chunks(program.batch_up_to(batch).max(1)) {
        let pixels = Tensor::f32(&[group.len(), c, h, w], images.pixels_f32(group))?;
        let results = program.run(&[&engine.upload(&pixels).await?]).await?;
        let logits = engine.read(results.first().ok_or(crate::engine::EngineError::ForeignBuffer)?).await?;
        let classes = logits.shape().get(1).copied().unwrap_or(1).max(1);
        let rows = group.iter().zip(logits.as_f32()?.chunks(classes));
        right
            .extend(rows.filter(|(i, row)| predicted_class(row) == Some(images.labels[**i] as usize)).map(|(i, _)| *i));
    }
    Ok(right)
}

/// Whether the label has the largest logit at `image`, all in f64.
fn wins(network: &Graph, instances: &Instances, index: usize, image: &[f64]) -> Result<bool, AttackError> {
    let [c, h, w] = instances.images.shape();
    let x = Tensor::f64(&[1, c, h, w], image.to_vec())?.to_array();
    let Some(Array::Real(logits)) = evaluate(network, &[x], 1, Precision::Double)?.into_iter().next() else {
        return Ok(false);
    };
    let logits: Vec<f64> = logits.iter().copied().collect();
    Ok(first_largest(&logits) == Some(instances.images.labels[index] as usize))
}
