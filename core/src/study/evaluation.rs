//! One network by itself: its accuracy, clean and attacked, with a verdict on every image.

use std::io::{Cursor, Write as _};

use crate::attack::{Doubt, Outcome, StageCount, Verdict};
use crate::data::Images;
use crate::engine::Engine;
use crate::metrics::Predictions;
use crate::recipe::AttackRecipe;
use crate::report::{ChangeSizes, Counts};
use crate::rewrite;
use crate::study::attacked::{failed, within};
use crate::study::evaluate::predictions;
use crate::study::events::{Observer, Progress, Stage, progress};
use crate::study::verdicts::{Verdicts, of_each, verdicts_csv};
use crate::study::{Network, StudyError};

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
    let verdicts = of_each(&found, &[], (&[], &[]), false);
    let mut all = Evaluation { clean, robust: None, stages: Vec::new(), change: None, doubts: Vec::new(), verdicts };
    if let Some(attack) = question.attack {
        let suite = attack.suite(question.seed);
        let suite = if question.keep { suite.keeping_images() } else { suite };
        let subset = found.correct(&images.labels);
        let mut hear =
            |name: &str, done: usize, total: usize| progress(observer, about.attack(name, done, total)).is_ok();
        let outcome = suite.run(engine, &graph, (images, &subset), question.batch, &mut hear).await;
        all.attacked(attack, outcome.map_err(|source| failed(&network.reference, source))?, &found, &subset);
    }
    Ok(all)
}

impl Evaluation {
    fn attacked(&mut self, attack: &AttackRecipe, mut outcome: Outcome, clean: &Predictions, subset: &[usize]) {
        self.change = attack.smallest.then(|| within(&mut outcome, attack.eps.value()));
        let count = |verdict: Verdict| outcome.found.iter().filter(|f| f.verdict == verdict).count() as u64;
        let judged = (clean.0.len() - clean.not_evaluated()) as u64;
        let total = judged.saturating_sub(count(Verdict::NotEvaluated));
        self.robust = Some(Counts { correct: count(Verdict::Robust), total });
        self.verdicts = of_each(clean, subset, (&outcome.found, &outcome.fooled_by), true);
        self.stages = outcome.stages;
        self.doubts = outcome.doubts;
    }

    /// `verdicts.csv`, as [`verdicts_csv`] writes it.
    ///
    /// # Errors
    /// [`StudyError::Misfit`] when a row cannot be written.
    pub fn csv(&self, images: &Images) -> Result<Vec<u8>, StudyError> {
        verdicts_csv(&self.verdicts, images)
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
