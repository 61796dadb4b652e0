//! One network by itself: its accuracy, clean and attacked, with a verdict on every image.

use std::io::{Cursor, Write as _};

use super::attacked::{failed, suite, within};
use super::evaluate::predictions;
use super::events::{Observer, Progress, Stage, progress};
use super::{Network, StudyError};
use crate::attack::{Doubt, Outcome, StageCount, Verdict};
use crate::data::Images;
use crate::engine::Engine;
use crate::metrics::Predictions;
use crate::recipe::AttackRecipe;
use crate::report::{ChangeSizes, Counts};
use crate::rewrite;

/// What is asked of a network.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The attack; `None` asks for clean accuracy only.
    pub attack: Option<&'a AttackRecipe>,
    /// Seed of the attack's random starts.
    pub seed: u64,
    /// Images at once.
    pub batch: usize,
    /// Whether the images that fool are kept.
    pub keep: bool,
}

/// What was found of one image.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdicts {
    /// The class of the clean image; `None` where the network gives no number.
    pub class: Option<usize>,
    /// What the attack came to; `None` where the image was not attacked.
    pub attacked: Option<Verdict>,
    /// The attack that fooled the network.
    pub attack: Option<&'static str>,
    /// Size of the change that fooled, in the attack's norm.
    pub distance: Option<f64>,
    /// The image that fooled `[C, H, W]`, where it was to be kept.
    pub image: Option<Vec<f32>>,
}

/// What was found of a network.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Correct on the clean images.
    pub clean: Counts,
    /// Correct on the clean and on every attacked image.
    pub robust: Option<Counts>,
    /// Attack by attack.
    pub stages: Vec<StageCount>,
    /// The smallest changes that fooled, where the attack looks for them.
    pub change: Option<ChangeSizes>,
    /// Reasons to doubt the count.
    pub doubts: Vec<Doubt>,
    /// Image by image.
    pub verdicts: Vec<Verdicts>,
}

/// Measures a network on images.
///
/// # Errors
/// [`StudyError`] from the engine or the attack, or [`StudyError::Stopped`] when the observer says so.
pub async fn evaluation(
    engine: &dyn Engine,
    network: &Network,
    images: &Images,
    question: Question<'_>,
    observer: &mut Observer<'_>,
) -> Result<Evaluation, StudyError> {
    let graph = rewrite::simplify(&network.graph)?;
    let program = engine.compile(&graph).await?;
    let about = Progress { network: Some(network.reference.clone()), ..Progress::of(Stage::Images) };
    let mut step = |done: usize| progress(observer, about.at(Stage::Images, done, images.len()));
    let found = predictions(engine, &program, images, question.batch, &mut step).await?;
    let clean = found.counts(&images.labels);
    let verdicts: Vec<Verdicts> = found.0.iter().map(|class| Verdicts::clean(*class)).collect();
    let mut all = Evaluation { clean, robust: None, stages: Vec::new(), change: None, doubts: Vec::new(), verdicts };
    if let Some(attack) = question.attack {
        let suite = suite(attack, question.seed);
        let suite = if question.keep { suite.keeping_images() } else { suite };
        let subset = found.correct(&images.labels);
        let mut hear =
            |name: &str, done: usize, total: usize| progress(observer, about.attack(name, done, total)).is_ok();
        let outcome = suite.run(engine, &graph, (images, &subset), question.batch, &mut hear).await;
        all.attacked(attack, outcome.map_err(|source| failed(&network.reference, source))?, &found, &subset);
    }
    Ok(all)
}

impl Verdicts {
    const fn clean(class: Option<usize>) -> Self {
        Self { class, attacked: None, attack: None, distance: None, image: None }
    }

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

impl Evaluation {
    fn attacked(&mut self, attack: &AttackRecipe, mut outcome: Outcome, clean: &Predictions, subset: &[usize]) {
        self.change = attack.smallest.then(|| within(&mut outcome, attack.eps.value()));
        let count = |verdict: Verdict| outcome.found.iter().filter(|f| f.verdict == verdict).count() as u64;
        let judged = (clean.0.len() - clean.not_evaluated()) as u64;
        let total = judged.saturating_sub(count(Verdict::NotEvaluated));
        self.robust = Some(Counts { correct: count(Verdict::Robust), total });
        self.stages = outcome.stages;
        self.doubts = outcome.doubts;
        for ((index, found), by) in subset.iter().zip(outcome.found).zip(outcome.fooled_by) {
            let fooled = found.verdict == Verdict::Fooled;
            self.verdicts[*index] = Verdicts {
                attacked: Some(found.verdict),
                attack: by.filter(|_| fooled),
                distance: found.size.filter(|_| fooled),
                image: found.image.filter(|_| fooled),
                ..self.verdicts[*index].clone()
            };
        }
    }

    /// `verdicts.csv`: image (its place in the set), label, class, verdict, attack, distance; a row for each image, empty where there is
    /// nothing.
    ///
    /// # Errors
    /// [`StudyError::Misfit`] when a row cannot be written.
    pub fn csv(&self, images: &Images) -> Result<Vec<u8>, StudyError> {
        let fails =
            |error: &dyn std::error::Error| StudyError::Misfit(format!("verdicts.csv could not be written: {error}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["image", "label", "class", "verdict", "attack", "distance"]).map_err(|e| fails(&e))?;
        for (found, (label, place)) in self.verdicts.iter().zip(images.labels.iter().zip(&images.places)) {
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

    /// An npz of the images that fooled: `images` `[n, C, H, W]` in [0, 1], their `labels`, and `indices` into the set.
    ///
    /// # Errors
    /// [`StudyError::Misfit`] when the archive cannot be written.
    pub fn fooling(&self, images: &Images) -> Result<Vec<u8>, StudyError> {
        let kept = self.verdicts.iter().enumerate().filter_map(|(index, found)| Some((index, found.image.as_ref()?)));
        let kept: Vec<(usize, &Vec<f32>)> = kept.collect();
        let shape = [kept.len() as u64, images.channels as u64, images.height as u64, images.width as u64];
        let pixels: Vec<f32> = kept.iter().flat_map(|(_, image)| image.iter().copied()).collect();
        let labels: Vec<i64> = kept.iter().map(|(index, _)| i64::from(images.labels[*index])).collect();
        let place = |index: usize| i64::try_from(images.places[index]).unwrap_or(i64::MAX);
        let indices: Vec<i64> = kept.iter().map(|(index, _)| place(*index)).collect();
        let arrays = [
            ("images.npy", array(&shape, &pixels)),
            ("labels.npy", array(&shape[..1], &labels)),
            ("indices.npy", array(&shape[..1], &indices)),
        ];
        archive(arrays).map_err(|error| StudyError::Misfit(format!("the images could not be packed: {error}")))
    }
}

/// One array as NumPy keeps it.
fn array<T: npyz::AutoSerialize + npyz::Serialize + Copy>(shape: &[u64], values: &[T]) -> std::io::Result<Vec<u8>> {
    use npyz::WriterBuilder as _;
    let mut bytes = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut bytes).begin_nd()?;
    writer.extend(values.iter().copied())?;
    writer.finish()?;
    Ok(bytes)
}

fn archive<const N: usize>(arrays: [(&str, std::io::Result<Vec<u8>>); N]) -> std::io::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).map_err(std::io::Error::other)?;
        zip.write_all(&bytes?)?;
    }
    Ok(zip.finish().map_err(std::io::Error::other)?.into_inner())
}
