//! One image under attack, for looking at: three networks, rising strengths, who fools whom.

use std::cell::Cell;

use stitchscope_core::attack::{Norm, sweep};
use stitchscope_core::engine::Engine;
use stitchscope_core::graph::Graph;
use stitchscope_core::platform::clock::{self, Duration, Instant};
use stitchscope_core::recipe::{Recipe, Word as _};
use stitchscope_core::rewrite;
use stitchscope_core::study::{StudyError, shown_images};
use stitchscope_core::tensor::Tensor;

use super::inspect::{image_of, networks};
use super::messages::Answer;
use super::serve::Clerk;
use super::things::{Climb, Ladder, LadderQuestion};
use super::{GIVEN_UP, STRENGTHS};

/// Without an attack in the recipe: a strength that people know from CIFAR-10, and ten steps.
const EPS: f32 = 8.0 / 255.0;
const STEPS: usize = 10;
/// More steps than this are for studies, not for looking.
const MOST_STEPS: usize = 50;
/// Progress is told at most so often.
const PAUSE: Duration = Duration::from_millis(100);

/// Climbs against each network and shows every network every attacked image.
pub(super) async fn ladder(clerk: &Clerk<'_>, question: &LadderQuestion) -> Result<Ladder, String> {
    attempt(clerk, question).await.map_err(|error| {
        if matches!(error, StudyError::Stopped) {
            return GIVEN_UP.to_owned();
        }
        if error.is_lost_device() {
            clerk.forget_engine();
            return format!("{error}. Try again: it will open the device anew.");
        }
        error.to_string()
    })
}

async fn attempt(clerk: &Clerk<'_>, question: &LadderQuestion) -> Result<Ladder, StudyError> {
    let recipe = Recipe::parse(&question.recipe, "recipe")?;
    let (networks, note) = networks(clerk, &recipe, question.cell.as_ref(), question.taps.as_ref())?;
    let images = shown_images(&recipe.data, clerk.ground.sources(), image_of(&networks)?)?;
    if question.image >= images.len() {
        return Err(StudyError::Misfit(format!("{} has {} images", recipe.data.test, images.len())));
    }
    let (clean, label, shape) = (images.pixels_f32(&[question.image]), images.labels[question.image], images.shape());
    let (norm, eps, steps) = setting(&recipe)?;
    let engine = clerk.engine(recipe.run.engine).await?;
    let strengths: Vec<f32> = (0..STRENGTHS).map(|i| eps * i as f32 / (STRENGTHS - 1) as f32).collect();
    let mut climbs = Vec::new();
    let told = Cell::new(None);
    for (number, (name, graph)) in networks.iter().enumerate() {
        let go_on = |step: usize| {
            tell(clerk, &told, number * (steps + 1) + step, networks.len() * (steps + 1));
            !clerk.ladder_is_over()
        };
        let wrap = |source| StudyError::Attack { cell: name.clone(), source };
        let work = sweep(engine.as_ref(), graph, norm, steps, (&clean, label), &strengths, &go_on);
        let points = work.await.map_err(wrap)?.ok_or(StudyError::Stopped)?;
        let (images, losses): (Vec<_>, Vec<_>) = points.into_iter().map(|point| (point.image, point.losses)).unzip();
        let shares = shares(engine.as_ref(), &networks, &images, shape).await?;
        climbs.push(Climb { images, losses, shares });
    }
    Ok(Ladder {
        networks: networks.into_iter().map(|(name, _)| name).collect(),
        classes: images.classes,
        label,
        shape,
        clean,
        norm: norm.word().to_owned(),
        strengths,
        climbs,
        note,
    })
}

/// Progress, unless some was told just now.
fn tell(clerk: &Clerk<'_>, told: &Cell<Option<Instant>>, done: usize, total: usize) {
    let now = clock::now();
    if told.get().is_none_or(|last| now.duration_since(last) >= PAUSE) {
        told.set(Some(now));
        clerk.port.tell(Answer::Climbing { done, total });
    }
}

fn setting(recipe: &Recipe) -> Result<(Norm, f32, usize), StudyError> {
    let Some(attack) = &recipe.attack else { return Ok((Norm::Linf, EPS, STEPS)) };
    let norm = match attack.norm.as_str() {
        "linf" => Norm::Linf,
        "l2" => Norm::L2,
        other => return Err(StudyError::Misfit(format!("single images are attacked in norm linf or l2, not {other}"))),
    };
    Ok((norm, attack.eps.value() as f32, attack.steps.min(MOST_STEPS)))
}

/// By image and network: the classes' shares.
pub(super) async fn shares(
    engine: &dyn Engine,
    networks: &[(String, Graph)],
    images: &[Vec<f32>],
    shape: [usize; 3],
) -> Result<Vec<Vec<Vec<f32>>>, StudyError> {
    let batch = Tensor::f32(&[images.len(), shape[0], shape[1], shape[2]], images.concat())?;
    let input = engine.upload(&batch).await?;
    let mut all = vec![Vec::with_capacity(networks.len()); images.len()];
    for (_, graph) in networks {
        let program = engine.compile(&rewrite::simplify(graph)?).await?;
        let results = program.run(&[&input]).await?;
        let Some(first) = results.first() else { return Err(StudyError::Misfit("it has no output".to_owned())) };
        let logits = engine.read(first).await?;
        let classes = logits.shape().get(1).copied().unwrap_or(1).max(1);
        for (row, values) in all.iter_mut().zip(logits.as_f32()?.chunks(classes)) {
            row.push(softmax(values));
        }
    }
    Ok(all)
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|z| (z - top).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|p| p / sum).collect()
}
