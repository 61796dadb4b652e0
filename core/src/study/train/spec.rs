//! From a recipe's words to what a stitch is, where it starts, and what it is trained on.

use super::crafting::CraftSettings;
use super::donors::{Depths, Donors};
use crate::attack::AttackSettings;
use crate::data::Views;
use crate::engine::{Buffer, Engine};
use crate::graph::Graph;
use crate::loss::Loss;
use crate::random::{Purpose, Stream};
use crate::recipe::{BatchNorm, Form, Init, Mask, Optimizer, Recipe, StitchRecipe, Teacher, Train};
use crate::stitch::{self, Adapted, Correlations, Craft, Objective, Parameters, Seen, TrainSettings, Weights};
use crate::study::events::{Observer, Progress, Stage, progress};
use crate::study::matching::PairFit;
use crate::study::plan::asked::may_cache;
use crate::study::{Pair, Plan, StudyError, Teachers, Training, Validation, train};

/// The teachers of soft matching, and whether their answers shall be remembered: where views are fixed and the cache's budget allows.
pub(in crate::study) async fn teachers(
    engine: &dyn Engine,
    plan: &Plan,
) -> Result<Option<(Teachers, bool)>, StudyError> {
    let stitch = &plan.recipe.stitch;
    if stitch.train != Train::Soft {
        return Ok(None);
    }
    let (front, end) = (&plan.front.graph, &plan.end.graph);
    let networks: &[&Graph] = match stitch.teacher {
        Teacher::End => &[end],
        Teacher::Front => &[front],
        Teacher::Both | Teacher::Mean => &[end, front],
    };
    let teachers = Teachers::new(engine, networks, stitch.teacher == Teacher::Mean).await?;
    let bytes = plan.train.len().saturating_mul(plan.end.classes * 4 * teachers.count());
    let ask = !stitch.has_views() && bytes <= plan.recipe.run.cache_mib.saturating_mul(1 << 20).max(1 << 24);
    Ok(Some((teachers, ask)))
}

/// What of a stitch is trained.
fn parameters(
    stitch: &StitchRecipe,
    (out, input): (usize, usize),
    seed: u64,
    (found, seen): (Option<&Correlations>, Option<&Seen>),
) -> Parameters {
    match stitch.form {
        Form::LowRank => return Parameters::LowRank(stitch.rank.min(out).min(input)),
        Form::BnConvBn => return Parameters::Normed(seen.filter(|_| stitch.init == Init::Direct).cloned()),
        _ => {}
    }
    match (stitch.mask, found) {
        (Mask::Identity, _) => Parameters::Masked(Weights::identity(out, input).weight),
        (Mask::RandomPermutation, _) => Parameters::Masked(shuffled(out, input, seed)),
        (Mask::SemiMatch, Some(found)) => Parameters::Masked(found.nearest(true)),
        (Mask::AbsSemiMatch, Some(found)) => Parameters::Masked(found.nearest(false)),
        (Mask::Permutation, Some(found)) => Parameters::Masked(found.permutation().weight),
        (Mask::None | Mask::SemiMatch | Mask::AbsSemiMatch | Mask::Permutation, _) => Parameters::Full,
    }
}

/// A random front channel for each of the end's, no two alike while there are others.
fn shuffled(out: usize, input: usize, seed: u64) -> Vec<f32> {
    let mut order: Vec<usize> = (0..out.max(input)).collect();
    Stream::new(seed, Purpose::Mask, 0, 0).shuffle(&mut order);
    let mut mask = vec![0.0; out * input];
    for (o, i) in order.iter().take(out).enumerate() {
        mask[o * input + i % input.max(1)] = 1.0;
    }
    mask
}

/// What a training needs beside the pair.
#[derive(Clone, Copy)]
pub(in crate::study) struct Lesson<'a> {
    pub engine: &'a dyn Engine,
    pub plan: &'a Plan,
    /// Whose outputs the stitch learns, where it learns outputs.
    pub teachers: Option<&'a Teachers>,
    /// Which pair it is, for progress.
    pub about: &'a Progress,
}

/// Where a stitch starts, and what of it is trained.
pub(in crate::study) fn start(plan: &Plan, seed: u64, of: &PairFit) -> Result<(Weights, Parameters), StudyError> {
    let (out, input) = of.pair.joint.channels(&plan.front.taps[of.pair.front].ty, &plan.end.taps[of.pair.end].ty);
    let stitch = &plan.recipe.stitch;
    let found = of.correlations.as_ref();
    let init = match (stitch.init, found) {
        (Init::Permutation, Some(found)) => found.permutation(),
        (Init::Direct | Init::Permutation, _) => of.fit.weights.clone(),
        (Init::Identity, _) => Weights::identity(out, input),
        (Init::Random, _) => Weights::random(out, input, seed),
        (Init::Zeros, _) => Weights::zeros(out, input),
    };
    let parameters = parameters(stitch, (out, input), seed, (found, of.seen.as_ref()));
    let init = match &parameters {
        Parameters::Full => init,
        Parameters::LowRank(_) | Parameters::Normed(_) if stitch.init == Init::Direct => init,
        kind => {
            let first = [kind.first(&init)?, kind.first_statistics(&init)?].concat();
            kind.weights(&first, (out, input))?
        }
    };
    Ok((init, parameters))
}

/// Trains a stitch from its start; beside it the donors' statistics, where they adapted, and with held-out images the passes (of the last
/// stage) after which it was kept.
pub(in crate::study) async fn trained(
    Lesson { engine, plan, teachers, about }: Lesson<'_>,
    (pair, seed): (Pair, u64),
    (init, parameters): (&Weights, &Parameters),
    cache: Option<&Buffer>,
    flags: &mut Vec<String>,
    observer: &mut Observer<'_>,
) -> Result<(Weights, Adapted, Option<usize>), StudyError> {
    let recipe = &plan.recipe.stitch;
    let settings = settings(recipe);
    let stages = stages(recipe, teachers.map_or(1, Teachers::count));
    let share = Validation { share: recipe.validation, patience: recipe.patience };
    let validation = (recipe.validation > 0.0).then_some(share);
    let learned = plan.train.len() - validation.map_or(0, |validation| validation.held(plan.train.len()));
    let steps = |epochs: usize| epochs * learned.div_ceil(settings.batch.max(1));
    let total: usize = stages.iter().map(|stage| steps(stage.epochs)).sum();
    let (mut weights, mut adapted, mut before, mut kept) = (init.clone(), Adapted::default(), 0, 0);
    for stage in &stages {
        let donors = Donors::of(plan, pair, stage.matched, recipe.batchnorm == BatchNorm::Adapted)?;
        let mut step = |done: usize, _: usize, loss: f32| {
            let loss = loss.is_finite().then_some(loss);
            progress(observer, Progress { loss, ..about.at(Stage::Training, before + done, total) })
        };
        let training = Training {
            front: &donors.trained.0,
            end: &donors.trained.1,
            evaluated: (&donors.evaluated.0, &donors.evaluated.1),
            statistics: &donors.statistics.tensors(),
            target: donors.target.as_ref(),
            cache: cache.filter(|_| may_cache(&plan.recipe)),
            images: &plan.train,
            views: Views { flip: recipe.flip, crop: recipe.crop },
            init: &weights,
            parameters,
            objective: stage.objective,
            teachers,
            craft: craft(&plan.recipe, seed)?,
            validation,
            settings: &TrainSettings { epochs: stage.epochs, ..settings },
            seed,
        };
        let trained = train(engine, &training, &mut step).await?;
        if trained.losses.iter().any(|l| !l.is_finite()) {
            flags.push("training met a loss that is not a number; lower lr".to_owned());
        }
        before += trained.losses.len();
        adapted = donors.statistics.replaced(&trained.statistics)?;
        kept = trained.kept;
        weights = trained.weights;
    }
    Ok((weights, adapted, validation.map(|_| kept)))
}

/// A part of a training: towards one thing, with an optimiser and a schedule of its own.
struct Step {
    objective: Objective,
    matched: Option<Depths>,
    epochs: usize,
}

/// The parts of a recipe's training. Of several, each begins at the stitch that the one before has left; one without epochs does not exist,
/// so that what is left is the simpler training to the bit.
fn stages(recipe: &StitchRecipe, teachers: usize) -> Vec<Step> {
    let of = |objective, matched, epochs| Step { objective, matched, epochs };
    let own = |matched| of(objective(recipe, teachers), matched, recipe.epochs);
    match recipe.train {
        Train::Match => vec![own(Some(Depths::Tap))],
        Train::Fula => vec![own(Some(Depths::All))],
        Train::Final => {
            let first = of(objective(recipe, teachers), Some(Depths::Final), recipe.match_epochs);
            [first, of(Objective::Task, None, recipe.epochs)].into_iter().filter(|stage| stage.epochs > 0).collect()
        }
        _ => vec![own(None)],
    }
}

/// The optimiser's settings.
fn settings(recipe: &StitchRecipe) -> TrainSettings {
    TrainSettings {
        epochs: recipe.epochs,
        rate: recipe.lr,
        schedule: recipe.schedule,
        weight_decay: recipe.weight_decay,
        batch: recipe.batch,
        optimizer: match recipe.optimizer {
            Optimizer::Adam => stitch::Optimizer::Adam,
            Optimizer::AdamW => stitch::Optimizer::AdamW,
            Optimizer::Sgd => stitch::Optimizer::Sgd { momentum: recipe.momentum, nesterov: recipe.nesterov },
        },
        l1: recipe.l1,
    }
}

/// The loss of a step.
fn objective(recipe: &StitchRecipe, teachers: usize) -> Objective {
    match recipe.train {
        Train::None | Train::Task | Train::Adversarial => Objective::Task,
        Train::Soft => Objective::Soft { temperature: recipe.temperature, teachers },
        // Without the divergence nothing is left but the labels.
        Train::Trades if recipe.beta == 0.0 => Objective::Task,
        Train::Trades => Objective::Trades { beta: recipe.beta },
        Train::Match | Train::Fula | Train::Final => Objective::Match(recipe.distance),
    }
}

/// The attack of the training; none where no image would be attacked.
fn craft(recipe: &Recipe, seed: u64) -> Result<Option<CraftSettings>, StudyError> {
    let craft = match recipe.stitch.train {
        Train::Adversarial => Craft::Loss,
        Train::Trades if recipe.stitch.beta > 0.0 => Craft::Divergence,
        _ => return Ok(None),
    };
    let given =
        recipe.train_attack().map_err(|e| StudyError::Misfit(format!("the attack of the training: alpha {e}")))?;
    #[expect(clippy::cast_possible_truncation, reason = "pixels are f32")]
    let (eps, alpha) = (given.eps.value() as f32, given.alpha.value() as f32);
    let attack = AttackSettings {
        norm: given.norm,
        eps,
        alpha,
        steps: given.steps,
        restarts: 1,
        start: given.start,
        loss: Loss::CrossEntropy,
        seed,
    };
    Ok((given.share > 0.0).then_some(CraftSettings { attack, share: given.share, craft }))
}
