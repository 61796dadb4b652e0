//! Runs programs over image sets, batch by batch.

use crate::data::Images;
use crate::engine::{Buffer, Engine, Program};
use crate::metrics::{Predictions, predicted_class};
use crate::study::StudyError;
use crate::tensor::Tensor;

/// Runs a program from image batch [N, C, H, W] to one or more rows of logits [N, K] over all images.
/// `step` hears how many images are done.
///
/// # Errors
/// [`StudyError`] from the engine or from `step`.
pub async fn evaluate(
    engine: &dyn Engine,
    program: &Program,
    images: &Images,
    batch: usize,
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
) -> Result<Vec<Predictions>, StudyError> {
    let batch = program.batch_up_to(batch);
    let mut all = vec![Vec::with_capacity(images.len()); program.outputs().len()];
    for_each_batch(engine, images, batch, step, async |_, input| {
        for (predictions, buffer) in all.iter_mut().zip(program.run(&[&input]).await?) {
            let logits = engine.read(&buffer).await?;
            let classes = logits.shape().get(1).copied().unwrap_or(1).max(1);
            predictions.extend(logits.as_f32()?.chunks(classes).map(predicted_class));
        }
        Ok(())
    })
    .await?;
    Ok(all.into_iter().map(Predictions).collect())
}

/// As [`evaluate`], of a network: a program with one row of logits for each image and no other result.
///
/// # Errors
/// [`StudyError`] from the engine or from `step`, and where the program gives anything else.
pub async fn predictions(
    engine: &dyn Engine,
    program: &Program,
    images: &Images,
    batch: usize,
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
) -> Result<Predictions, StudyError> {
    let all = evaluate(engine, program, images, batch, step).await?;
    match <[Predictions; 1]>::try_from(all) {
        Ok([predictions]) if predictions.0.len() == images.len() => Ok(predictions),
        Ok([predictions]) => Err(StudyError::Misfit(format!(
            "{} images gave {} rows of logits; a network must give one row for each image",
            images.len(),
            predictions.0.len()
        ))),
        Err(all) => {
            Err(StudyError::Misfit(format!("a network has {} results, one with the logits is needed", all.len())))
        }
    }
}

/// Uploads all images in order, `batch` at a time, and hands each batch on: the images' indices, and their pixels [N, C, H, W] in
/// [0, 1] on the device. `step` hears after each batch how many images went through.
///
/// # Errors
/// [`StudyError`] from the engine, from `each` or from `step`.
pub(super) async fn for_each_batch(
    engine: &dyn Engine,
    images: &Images,
    batch: usize,
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
    mut each: impl AsyncFnMut(&[usize], Buffer) -> Result<(), StudyError>,
) -> Result<(), StudyError> {
    let batch = batch.max(1);
    for start in (0..images.len()).step_by(batch) {
        let indices: Vec<usize> = (start..images.len().min(start + batch)).collect();
        let input = engine.upload(&image_batch(images, &indices)?).await?;
        each(&indices, input).await?;
        step(start + indices.len())?;
    }
    Ok(())
}

/// Images [N, C, H, W] in [0, 1].
///
/// # Errors
/// [`StudyError::Tensor`] when the set contradicts itself.
pub(super) fn image_batch(images: &Images, indices: &[usize]) -> Result<Tensor, StudyError> {
    batch_of(images, images.pixels_f32(indices))
}

/// Pixels of whole images like those of `images`, as a batch [N, C, H, W].
///
/// # Errors
/// [`StudyError::Tensor`] when they are not whole images.
pub(super) fn batch_of(images: &Images, pixels: Vec<f32>) -> Result<Tensor, StudyError> {
    let size = (images.channels * images.height * images.width).max(1);
    Ok(Tensor::f32(&[pixels.len() / size, images.channels, images.height, images.width], pixels)?)
}

/// Labels `[n]` of chosen images.
pub(in crate::study) fn labels(images: &Images, chosen: &[usize]) -> Tensor {
    let labels: Vec<i64> = chosen.iter().map(|i| i64::from(images.labels[*i])).collect();
    Tensor::indices(&labels)
}
