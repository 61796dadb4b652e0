//! Predictions of networks on images, and what is counted from them.

use super::StudyError;
use super::report::{Agreement, Counts};
use crate::data::Images;
use crate::engine::{Engine, Program};
use crate::tensor::Tensor;

/// The class of each image, in order; `None` where the network gave something that is not a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predictions(pub Vec<Option<usize>>);

/// The first largest logit; `None` when one of them is NaN.
#[must_use]
pub fn predicted_class(logits: &[f32]) -> Option<usize> {
    if logits.is_empty() || logits.iter().any(|z| z.is_nan()) {
        return None;
    }
    let best = logits.iter().enumerate().fold(0, |best, (i, z)| if *z > logits[best] { i } else { best });
    Some(best)
}

impl Predictions {
    /// Indices of images that are classified as labelled.
    #[must_use]
    pub fn correct(&self, labels: &[u32]) -> Vec<usize> {
        let right = |(i, p): (usize, &Option<usize>)| (*p == Some(labels[i] as usize)).then_some(i);
        self.0.iter().enumerate().filter_map(right).collect()
    }

    /// Correct out of evaluated images.
    #[must_use]
    pub fn counts(&self, labels: &[u32]) -> Counts {
        Counts { correct: self.correct(labels).len() as u64, total: (self.0.len() - self.not_evaluated()) as u64 }
    }

    /// Equal predictions out of images that both evaluated.
    #[must_use]
    pub fn agreement(&self, other: &Self) -> Agreement {
        let both = self.0.iter().zip(&other.0).filter_map(|(a, b)| a.zip(*b)).collect::<Vec<_>>();
        Agreement { same: both.iter().filter(|(a, b)| a == b).count() as u64, total: both.len() as u64 }
    }

    /// Images on which the network gave no number.
    #[must_use]
    pub fn not_evaluated(&self) -> usize {
        self.0.iter().filter(|p| p.is_none()).count()
    }
}

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
    for start in (0..images.len()).step_by(batch) {
        let indices: Vec<usize> = (start..images.len().min(start + batch)).collect();
        let input = engine.upload(&image_batch(images, &indices)?).await?;
        for (predictions, buffer) in all.iter_mut().zip(program.run(&[&input]).await?) {
            let logits = engine.read(&buffer).await?;
            let classes = logits.shape().get(1).copied().unwrap_or(1).max(1);
            predictions.extend(logits.as_f32()?.chunks(classes).map(predicted_class));
        }
        step(start + indices.len())?;
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_neither_right_nor_wrong() {
        let p = Predictions(vec![Some(1), None, Some(0), Some(2)]);
        assert_eq!(p.counts(&[1, 1, 1, 2]), Counts { correct: 2, total: 3 });
        assert_eq!(predicted_class(&[0.0, f32::NAN]), None);
        assert_eq!(predicted_class(&[0.5, 2.0, 2.0]), Some(1));
        let q = Predictions(vec![Some(1), Some(1), Some(1), None]);
        assert_eq!(p.agreement(&q), Agreement { same: 1, total: 2 });
    }
}
