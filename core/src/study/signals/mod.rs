//! What the donors' own taps do on the training images: one streamed pass per donor, for all its taps at once.

mod own;

use std::collections::BTreeMap;

use crate::cut;
use crate::engine::Engine;
use crate::ops::stitch::channel_axis;
use crate::report::Role;
use crate::rewrite;
use crate::similarity::{SUMS_PER_TAP, TapSums, tap_graph};
use crate::study::evaluate::{for_each_batch, labels};
use crate::study::{Network, Pair, Plan, StudyError};
use crate::tensor::TensorType;

pub(super) use own::{Columns, OwnModel, OwnModels, as_it_is, measuring_graph, own_models};

/// Sums per tap of a donor.
pub(in crate::study) type Signals = BTreeMap<usize, TapSums>;

/// Taps of a donor that are stitched, in order.
pub(in crate::study) fn stitched_taps(pairs: &[Pair], role: Role) -> Vec<usize> {
    let taps = pairs.iter().map(|pair| if role == Role::Front { pair.front } else { pair.end });
    let mut taps: Vec<usize> = taps.collect();
    taps.sort_unstable();
    taps.dedup();
    taps
}

/// Runs a donor up to `taps` over the training images; `step` hears how many are done.
///
/// # Errors
/// [`StudyError`] from the engine or from `step`.
pub(in crate::study) async fn signals(
    engine: &dyn Engine,
    plan: &Plan,
    network: &Network,
    taps: &[usize],
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
) -> Result<Signals, StudyError> {
    let chosen: Vec<_> = taps.iter().map(|tap| &network.taps[*tap]).collect();
    let graph = tap_graph(&cut::front_at(&network.graph, &chosen)?, network.classes)?;
    let program = engine.compile(&rewrite::simplify(&graph)?).await?;
    let (images, batch) = (&plan.train, program.batch_up_to(plan.recipe.run.batch));
    let mut found = vec![TapSums::default(); taps.len()];
    for_each_batch(engine, images, batch, step, async |indices, input| {
        let label = engine.upload(&labels(images, indices)).await?;
        let results = program.run(&[&input, &label]).await?;
        for (sums, parts) in found.iter_mut().zip(results.chunks(SUMS_PER_TAP)) {
            let mut read = Vec::with_capacity(parts.len());
            for part in parts {
                read.push(engine.read(part).await?);
            }
            sums.add(&read)?;
        }
        Ok(())
    })
    .await?;
    Ok(taps.iter().copied().zip(found).collect())
}

/// Training images of each class, `[classes]`.
#[expect(clippy::cast_precision_loss, reason = "counts of images")]
pub(in crate::study) fn class_counts(plan: &Plan, classes: usize) -> Vec<f64> {
    let count = |class: usize| plan.train.labels.iter().filter(|label| **label as usize == class).count() as f64;
    (0..classes).map(count).collect()
}

/// Positions of an activation: examples per image.
pub(in crate::study) fn rows_per_image(ty: &TensorType) -> usize {
    let axis = channel_axis(ty.rank());
    ty.at(1).iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, size)| size).product()
}
