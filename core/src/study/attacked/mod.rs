//! The recipe's attack carried out on one network, and what the report keeps of it.

mod transfer;

use crate::attack::{AttackError, Checked, Doubt, Found, Outcome, StageCount, Verdict};
use crate::engine::Engine;
use crate::graph::Graph;
use crate::metrics::Predictions;
use crate::recipe::AttackRecipe;
use crate::report::{ChangeSizes, Counts, Standing};
use crate::study::events::{Observer, Progress, progress};
use crate::study::verdicts::{Verdicts, of_each};
use crate::study::{Plan, StudyError};
use transfer::crafted;

pub(super) use transfer::{Crafted, recalled, transferred};

/// What an attack did to a network.
#[derive(Clone, Debug)]
pub(in crate::study) struct Attacked {
    /// Correct on the clean image and on every attacked one.
    pub robust: Counts,
    /// Attack by attack: with `robust` they account for every image that was right.
    pub stages: Vec<StageCount>,
    /// The smallest changes that fooled, where the recipe asks for them.
    pub change: Option<ChangeSizes>,
    /// Reasons to doubt the count.
    pub doubts: Vec<Doubt>,
    /// Indices of the images that stand.
    pub standing: Vec<usize>,
    /// Image by image.
    pub verdicts: Vec<Verdicts>,
    /// Pixels of the first test images as the attack left them, where they were to be kept; [`recalled`] makes images of them.
    pub crafted: Option<Vec<f32>>,
}

/// What is attacked.
#[derive(Clone, Copy)]
pub(in crate::study) struct Target<'a> {
    /// Image batch to logits.
    pub network: &'a Graph,
    /// Which network it is, for progress and messages.
    pub about: &'a Progress,
    /// Whether its attacked images are wanted.
    pub keep: bool,
}

/// Attacks the images that are classified correctly; the others are not robust already.
pub(in crate::study) async fn attacked(
    engine: &dyn Engine,
    plan: &Plan,
    target: Target<'_>,
    attack: &AttackRecipe,
    clean: &Predictions,
    observer: &mut Observer<'_>,
) -> Result<Attacked, StudyError> {
    let Target { network, about, keep } = target;
    let label = &about.label();
    let seed = plan.recipe.stitch.seeds.first().copied().unwrap_or(0);
    let suite = attack.suite(seed);
    let suite = if keep { suite.keeping_images() } else { suite };
    let subset = clean.correct(&plan.test.labels);
    let mut hear = |name: &str, done: usize, total: usize| progress(observer, about.attack(name, done, total)).is_ok();
    let batch = plan.recipe.run.batch;
    let outcome = suite.run(engine, network, (&plan.test, &subset), batch, &mut hear).await;
    let mut outcome = outcome.map_err(|source| failed(label, source))?;
    let change = attack.smallest.then(|| within(&mut outcome, attack.eps.value()));
    let count = |v: Verdict| outcome.found.iter().filter(|f| f.verdict == v).count() as u64;
    let evaluated = (plan.test.len() - clean.not_evaluated()) as u64 - count(Verdict::NotEvaluated);
    let robust = Counts { correct: count(Verdict::Robust), total: evaluated };
    let stages = outcome.stages;
    accounted(label, subset.len() as u64, robust.correct, &stages)?;
    let stands = |(index, found): (&usize, &Found)| (found.verdict == Verdict::Robust).then_some(*index);
    let standing: Vec<usize> = subset.iter().zip(&outcome.found).filter_map(stands).collect();
    let mut doubts = outcome.doubts;
    if attack.checks {
        let (images, correct, standing) = (&plan.test, subset.as_slice(), standing.as_slice());
        let checked = Checked { network, images, correct, standing, batch };
        let found = checked.doubts(engine, (&suite, attack.ball(), seed), &mut hear).await;
        doubts.extend(found.map_err(|source| failed(label, source))?);
    }
    let verdicts = of_each(clean, &subset, (&outcome.found, &outcome.fooled_by), false);
    let crafted = keep.then(|| crafted(&plan.test, &subset, outcome.found));
    Ok(Attacked { robust, stages, change, doubts, standing, verdicts, crafted })
}

/// Every image that was right is standing, fallen to a stage, or not judged by one.
fn accounted(label: &str, right: u64, standing: u64, stages: &[StageCount]) -> Result<(), StudyError> {
    let decided: u64 = stages.iter().map(|s| s.fooled + s.not_judged).sum();
    if standing + decided == right {
        return Ok(());
    }
    Err(StudyError::Misfit(format!(
        "{label}: {standing} images stand and {decided} are decided by attacks, of {right} that were attacked"
    )))
}

pub(in crate::study) fn failed(label: &str, source: AttackError) -> StudyError {
    match source {
        AttackError::Stopped => StudyError::Stopped,
        source => StudyError::Attack { cell: label.to_owned(), source },
    }
}

/// Turns an attack without a radius into one of radius `eps`, and gives the sizes of all that fooled.
pub(in crate::study) fn within(outcome: &mut Outcome, eps: f64) -> ChangeSizes {
    let mut turned_back = 0;
    let mut sizes: Vec<f64> = outcome.found.iter().filter_map(|f| f.size).collect();
    sizes.sort_by(f64::total_cmp);
    let judged = outcome.found.iter().filter(|f| f.verdict != Verdict::NotEvaluated).count();
    let curve = curve(&sizes, judged, eps);
    for found in &mut outcome.found {
        if found.verdict == Verdict::Fooled && found.size.is_none_or(|size| size > eps) {
            found.verdict = Verdict::Robust;
            found.image = None;
            turned_back += 1;
        }
    }
    // Only one attack looks for the smallest change, so it is the one that had fooled them.
    if let Some(stage) = outcome.stages.last_mut() {
        stage.fooled -= turned_back.min(stage.fooled);
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of images")]
    let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
    let median = match sizes.len() {
        0 => f64::NAN,
        n => (sizes[(n - 1) / 2] + sizes[n / 2]) / 2.0,
    };
    ChangeSizes { images: sizes.len() as u64, median, mean, curve }
}

/// How many of `judged` images stand at each radius, given the smallest changes that fool, in rising order.
fn curve(sizes: &[f64], judged: usize, eps: f64) -> Vec<Standing> {
    let radii = (0..=32_u32).map(|eighths| eps * f64::from(eighths) / 8.0);
    let standing = |radius: f64| judged.saturating_sub(sizes.partition_point(|size| *size <= radius)) as u64;
    radii.map(|radius| Standing { radius, standing: standing(radius) }).collect()
}
