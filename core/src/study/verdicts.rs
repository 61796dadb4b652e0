//! What was found of each image, and the table of it that studies and evaluations leave.

use crate::attack::{Found, Verdict};
use crate::data::Images;
use crate::metrics::Predictions;
use crate::study::StudyError;

/// What was found of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdicts {
    /// The class of the clean image; `None` where the network gives no number.
    pub class: Option<usize>,
    /// What the attack came to; `None` where the image was not attacked.
    pub attacked: Option<Verdict>,
    /// The attack that fooled the network.
    pub attack: Option<&'static str>,
    /// Size of the smallest change that fooled, in the attack's norm; of an image that stands, beyond the radius.
    pub distance: Option<f64>,
    /// The image that fooled `[C, H, W]`, where it was to be kept.
    pub image: Option<Vec<f32>>,
}

impl Verdicts {
    /// What became of the image: `wrong`, `correct`, `robust`, `fooled`, or `no number`.
    #[must_use]
    pub fn word(&self, label: u32) -> &'static str {
        match (self.class, self.attacked) {
            (None, _) | (_, Some(Verdict::NotEvaluated)) => "no number",
            (Some(class), _) if class != label as usize => "wrong",
            (_, None) => "correct",
            (_, Some(Verdict::Robust)) => "robust",
            (_, Some(Verdict::Fooled)) => "fooled",
        }
    }
}

/// Image by image: the class of the clean image, and what an attack found at the images of `subset`, in their order, with the stage that
/// fooled each. Images that fool go along where `keep` says so.
pub(super) fn of_each(
    clean: &Predictions,
    subset: &[usize],
    (found, fooled_by): (&[Found], &[Option<&'static str>]),
    keep: bool,
) -> Vec<Verdicts> {
    let quiet =
        |class: &Option<usize>| Verdicts { class: *class, attacked: None, attack: None, distance: None, image: None };
    let mut all: Vec<Verdicts> = clean.0.iter().map(quiet).collect();
    for ((index, found), by) in subset.iter().zip(found).zip(fooled_by) {
        let Some(of) = all.get_mut(*index) else { continue };
        of.attacked = Some(found.verdict);
        // An attack without a radius tells how far the others are, too.
        of.distance = found.size;
        if found.verdict == Verdict::Fooled {
            of.attack = *by;
            of.image = found.image.clone().filter(|_| keep);
        }
    }
    all
}

/// A table with a row for each image: image (its place in the set), label, class, verdict, attack, distance; a field is empty where
/// there is nothing.
///
/// # Errors
/// [`StudyError::Misfit`] when a row cannot be written.
pub fn verdicts_csv(verdicts: &[Verdicts], images: &Images) -> Result<Vec<u8>, StudyError> {
    let fails =
        |error: &dyn std::error::Error| StudyError::Misfit(format!("the verdicts could not be written: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["image", "label", "class", "verdict", "attack", "distance"]).map_err(|e| fails(&e))?;
    for (found, (label, place)) in verdicts.iter().zip(images.labels.iter().zip(&images.places)) {
        let number = |value: Option<String>| value.unwrap_or_default();
        let row = [
            place.to_string(),
            label.to_string(),
            number(found.class.map(|class| class.to_string())),
            found.word(*label).to_owned(),
            found.attack.unwrap_or_default().to_owned(),
            number(found.distance.map(|size| size.to_string())),
        ];
        writer.write_record(row).map_err(|e| fails(&e))?;
    }
    writer.into_inner().map_err(|e| fails(&e))
}
