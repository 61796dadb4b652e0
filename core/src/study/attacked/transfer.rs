//! Attacks that were made on the donors, tried on stitched networks.
//!
//! A donor's attacked images depend on the donor alone: they are made once per study, when the donor is attacked, and kept in memory. Each
//! image is the one that fooled the donor; where none did, what the attack had come to within its ball; where the donor errs by
//! itself, the clean image.

use crate::attack::doubt::{GRADIENT_MASKING, beats};
use crate::attack::{Doubt, Found};
use crate::data::{Images, Parts, Pixels};
use crate::engine::{Engine, Program};
use crate::metrics::Predictions;
use crate::report::{Counts, Transfer};
use crate::study::attacked::Attacked;
use crate::study::evaluate::predictions;
use crate::study::events::{Observer, Progress, Stage, progress};
use crate::study::{Plan, StudyError};

/// Bytes that one donor's attacked images may take; of larger test sets the first images that fit are tried.
const MOST_BYTES: usize = 512 << 20;

/// The test images as each donor's attack left them.
#[derive(Clone, Debug)]
pub(in crate::study) struct Crafted {
    pub front: Images,
    pub end: Images,
}

/// The first test images, with what was found for those of `subset` in their place.
pub(in crate::study) fn crafted(test: &Images, subset: &[usize], found: Vec<Found>) -> Vec<f32> {
    let shape = test.shape();
    let size = shape.iter().product::<usize>().max(1);
    let count = (MOST_BYTES / (4 * size)).max(1).min(test.len());
    let indices: Vec<usize> = (0..count).collect();
    let mut pixels = test.pixels_f32(&indices);
    for (index, found) in subset.iter().zip(found).filter(|(index, _)| **index < count) {
        let Some(image) = found.image.filter(|x| x.iter().all(|v| (0.0..=1.0).contains(v))) else { continue };
        if let Some(place) = pixels.get_mut(index * size..(index + 1) * size).filter(|p| p.len() == image.len()) {
            place.copy_from_slice(&image);
        }
    }
    pixels
}

/// The images of which [`crafted`] gave the pixels.
///
/// # Errors
/// [`StudyError::Data`] where they are not those of the first test images.
pub(in crate::study) fn recalled(test: &Images, pixels: Vec<f32>) -> Result<Images, StudyError> {
    let shape = test.shape();
    let count = pixels.len() / shape.iter().product::<usize>().max(1);
    let name = format!("{}, attacked", test.name);
    let labels = test.labels.get(..count).unwrap_or_default().to_vec();
    let (images_file, labels_file) = (name.clone(), name.clone());
    let pixels = Pixels::F32(pixels);
    Ok(Images::new(Parts { name, images_file, labels_file, shape, pixels, labels, classes: test.classes.clone() })?)
}

/// What both donors' images do to `network`; where they fool what the attack on it could not, a doubt is added to `attacked`.
pub(in crate::study) async fn transferred(
    engine: &dyn Engine,
    plan: &Plan,
    crafted: &Crafted,
    (program, about): (&Program, &Progress),
    (clean, attacked): (&Predictions, &mut Attacked),
    observer: &mut Observer<'_>,
) -> Result<Transfer, StudyError> {
    let mut counted = [Counts { correct: 0, total: 0 }; 2];
    let mut beaten = vec![false; plan.test.len()];
    for (images, counted) in [&crafted.front, &crafted.end].into_iter().zip(&mut counted) {
        let mut step = |done: usize| progress(observer, about.at(Stage::DonorsAttacks, done, images.len()));
        let attacked_class = predictions(engine, program, images, plan.recipe.run.batch, &mut step).await?;
        *counted = count(clean, &attacked_class, &plan.test.labels);
        for index in &attacked.standing {
            let class = attacked_class.0.get(*index).copied().flatten();
            beaten[*index] |= class.is_some_and(|class| class != plan.test.labels[*index] as usize);
        }
    }
    let more = beaten.iter().filter(|b| **b).count() as u64;
    if beats(more, attacked.robust.total) {
        let reason = format!(
            "images made to fool the donors fool {more} that the attack on the stitched network itself had left: it may hide its \
             gradients, and stronger attacks may fool more"
        );
        attacked.doubts.push(Doubt::new(GRADIENT_MASKING, reason));
    }
    let [front, end] = counted;
    Ok(Transfer { front, end })
}

/// Right on both, out of images that gave numbers in both.
fn count(clean: &Predictions, attacked: &Predictions, labels: &[u32]) -> Counts {
    let both = clean.0.iter().zip(&attacked.0).zip(labels).filter_map(|((a, b), label)| {
        let label = *label as usize;
        Some(u64::from(((*a)? == label) && ((*b)? == label)))
    });
    both.fold(Counts { correct: 0, total: 0 }, |sum, right| Counts {
        correct: sum.correct + right,
        total: sum.total + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::Verdict;

    fn set(pixels: Vec<f32>) -> Images {
        let name = || "drawn".to_owned();
        let (images_file, labels_file, labels) = (name(), name(), vec![0; pixels.len() / 2]);
        let parts = Parts {
            name: name(),
            images_file,
            labels_file,
            shape: [1, 1, 2],
            pixels: Pixels::F32(pixels),
            labels,
            classes: vec![],
        };
        Images::new(parts).unwrap()
    }

    #[test]
    fn found_images_take_their_place_and_the_others_stay() {
        let test = set(vec![0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]);
        let of = |image: Option<Vec<f32>>| Found { verdict: Verdict::Fooled, size: None, image };
        let found = vec![of(Some(vec![0.9, 1.0])), of(None), of(Some(vec![0.5, f32::NAN]))];
        let crafted = recalled(&test, crafted(&test, &[1, 2, 3], found)).unwrap();
        assert_eq!(crafted.pixels_f32(&[0, 1, 2, 3]), [0.0, 0.1, 0.9, 1.0, 0.4, 0.5, 0.6, 0.7]);
    }

    #[test]
    fn right_on_both_counts_and_nothing_without_numbers() {
        let clean = Predictions(vec![Some(0), Some(0), Some(1), None, Some(0)]);
        let attacked = Predictions(vec![Some(0), Some(1), Some(0), Some(0)]);
        assert_eq!(count(&clean, &attacked, &[0; 5]), Counts { correct: 1, total: 3 });
    }
}
