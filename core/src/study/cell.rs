//! One cell: a stitch trained, measured and attacked.

use super::attacked::{Attacked, Target, attacked};
use super::evaluate::predictions;
use super::events::{Observer, progress};
use super::halves::{halves, joined};
use super::measure::ood::{BOUND, FLAG, OwnModels};
use super::train::form_word;
use super::transfer::{Crafted, transferred};
use super::{Matching, Pair, Plan, StudyError, Teachers};
use crate::engine::{Buffer, Engine};
use crate::graph::{Builder, Graph, GraphError, inline};
use crate::metrics::Predictions;
use crate::ops::stitch::Stitch;
use crate::platform::clock;
use crate::recipe::{Recipe, Train};
use crate::report::{Cell, Counts, Direct, RankCount, Similarity, StitchSummary, Transfer};
use crate::rewrite;
use crate::similarity::Cka;
use crate::stitch::{Adapted, Correlations, DirectFit, Seen, Weights};

/// What a cell needs beside the plan.
pub(super) struct CellWork<'a> {
    pub engine: &'a dyn Engine,
    pub plan: &'a Plan,
    /// The end donor's predictions on the test images.
    pub end: &'a Predictions,
    /// Whose outputs stitches learn, where they learn outputs.
    pub teachers: Option<&'a Teachers>,
    /// Images made to fool the donors, where the recipe asks for them.
    pub crafted: Option<&'a Crafted>,
    /// What the end's own activations are like, where stitched ones are compared with them.
    pub own: Option<&'a OwnModels>,
}

/// A stitched network, measured.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub predictions: Predictions,
    pub attacked: Option<Attacked>,
    pub transfer: Option<Transfer>,
}

/// The direct-matching stitch of a pair, measured once whatever the number of seeds.
#[derive(Clone, Debug)]
pub(super) struct DirectCell {
    pub fit: DirectFit,
    /// Of the channels, where the recipe needs them.
    pub correlations: Option<Correlations>,
    /// What the stitch takes and gives, where the recipe needs it.
    pub seen: Option<Seen>,
    pub cka: Cka,
    pub similarity: Option<Similarity>,
    pub measured: Measured,
    pub direct: Direct,
    pub ranks: Vec<RankCount>,
}

impl CellWork<'_> {
    /// Measures the direct-matching stitch of a pair, which is the `at`th of the matching.
    pub async fn direct(
        &self,
        pair: Pair,
        matching: &Matching,
        at: usize,
        observer: &mut Observer<'_>,
    ) -> Result<DirectCell, StudyError> {
        let (fit, cka) = (&matching.fits[at], matching.cka[at]);
        let similarity = matching.likeness.get(at).copied().flatten().map(Similarity::from);
        let correlations = matching.correlations.get(at).cloned();
        let own = Adapted::default();
        let measured = self.measure(pair, (&fit.weights, &own), "direct matching", observer).await?;
        let clean = measured.predictions.counts(&self.plan.test.labels);
        let robust = measured.attacked.as_ref().map(|a| a.robust);
        let ood = self.ood(pair, (&fit.weights, &own), observer).await?;
        let direct = Direct { clean, robust, residual: fit.residual, condition: fit.condition, ood };
        let ranks = self.ranks(pair, matching.ranks.get(at).map_or(&[], Vec::as_slice), observer).await?;
        let seen = matching.seen.get(at).cloned();
        Ok(DirectCell { fit: fit.clone(), correlations, seen, cka, similarity, measured, direct, ranks })
    }

    /// Measures one (pair, seed): the recipe's stitch beside the direct one. The donors' statistics come with it, where they adapted.
    pub async fn cell(
        &self,
        pair: Pair,
        seed: u64,
        direct: &DirectCell,
        cache: Option<&Buffer>,
        observer: &mut Observer<'_>,
    ) -> Result<(Cell, Weights, Adapted), StudyError> {
        let started = clock::now();
        let recipe = &self.plan.recipe.stitch;
        let mut flags = direct_flags(&direct.fit);
        let (images, features) = (self.plan.train.len(), direct.fit.weights.input);
        if pair.joint.flat() && images <= features {
            flags.push(format!(
                "dense direct matching has {images} images for {features} features: of many maps that fit them it is the one of \
                 smallest norm"
            ));
        }
        let (init, parameters) = self.start(pair, seed, direct)?;
        let (weights, adapted) = match recipe.train {
            Train::None => (init, Adapted::default()),
            _ => self.trained(pair, seed, (&init, &parameters), cache, &mut flags, observer).await?,
        };
        let found = (&weights, &adapted);
        let (Measured { predictions, attacked, transfer }, ood) = if weights == direct.fit.weights && adapted.is_empty()
        {
            (direct.measured.clone(), direct.direct.ood)
        } else {
            let measured = self.measure(pair, found, &format!("{} stitch", recipe.train), observer).await?;
            (measured, self.ood(pair, found, observer).await?)
        };
        let shift = self.shift(pair, found, observer).await?;
        let missing = predictions.not_evaluated();
        if missing > 0 {
            flags.push(format!("{missing} images gave no number and are not counted"));
        }
        let badges: Vec<_> = attacked.iter().flat_map(|a| a.doubts.iter().cloned()).collect();
        flags.extend(badges.iter().map(ToString::to_string));
        if ood.is_some_and(|ood| ood.auroc.max(ood.positions) > BOUND) {
            flags.push(FLAG.to_owned());
        }
        let (front_tap, end_tap) = self.plan.names(pair);
        let cell = Cell {
            front_tap: front_tap.to_owned(),
            end_tap: end_tap.to_owned(),
            seed,
            stitch: StitchSummary {
                form: form_word(recipe, pair),
                init: recipe.init.to_string(),
                train: recipe.train.to_string(),
            },
            clean: predictions.counts(&self.plan.test.labels),
            also: self.on_others(pair, found).await?,
            robust: attacked.as_ref().map(|a| a.robust),
            attacks: attacked.as_ref().map(|a| a.stages.clone()).unwrap_or_default(),
            change: attacked.as_ref().and_then(|a| a.change),
            transfer,
            agreement: predictions.agreement(self.end),
            direct: direct.direct,
            cka: direct.cka.biased,
            cka_unbiased: direct.cka.unbiased,
            similarity: direct.similarity,
            ood,
            shift,
            ranks: direct.ranks.clone(),
            seconds: started.elapsed().as_secs_f64(),
            badges,
            flags,
        };
        Ok((cell, weights, adapted))
    }

    /// Predictions of a stitched network on the test images, and what the recipe's attack does to it.
    pub(super) async fn measure(
        &self,
        pair: Pair,
        (weights, adapted): (&Weights, &Adapted),
        what: &str,
        observer: &mut Observer<'_>,
    ) -> Result<Measured, StudyError> {
        let (front, end) = halves(&self.plan.front, &self.plan.end, pair)?;
        let graph = rewrite::simplify(&joined((&front, &end), weights, adapted)?)?;
        let label = format!("{}: {what}", self.label(pair));
        let target = Target { network: &graph, label: &label, keep: false };
        let (predictions, mut attacked) = measure(self.engine, self.plan, &self.plan.recipe, target, observer).await?;
        let transfer = match (self.crafted, &mut attacked) {
            (Some(crafted), Some(attacked)) => {
                let judged = (&predictions, attacked);
                Some(transferred(self.engine, self.plan, crafted, (&graph, &label), judged, observer).await?)
            }
            _ => None,
        };
        Ok(Measured { predictions, attacked, transfer })
    }

    /// Correct answers of a stitched network on the recipe's other images.
    async fn on_others(
        &self,
        pair: Pair,
        (weights, adapted): (&Weights, &Adapted),
    ) -> Result<Option<Counts>, StudyError> {
        if self.plan.also.is_none() {
            return Ok(None);
        }
        let (front, end) = halves(&self.plan.front, &self.plan.end, pair)?;
        on_others(self.engine, self.plan, &rewrite::simplify(&joined((&front, &end), weights, adapted)?)?).await
    }

    pub(super) fn label(&self, pair: Pair) -> String {
        let (front, end) = self.plan.names(pair);
        if front == end { front.to_owned() } else { format!("{front} -> {end}") }
    }
}

/// Predictions of a network on the test images, and what the recipe's attack does to it.
pub(super) async fn measure(
    engine: &dyn Engine,
    plan: &Plan,
    recipe: &Recipe,
    target: Target<'_>,
    observer: &mut Observer<'_>,
) -> Result<(Predictions, Option<Attacked>), StudyError> {
    let program = engine.compile(target.network).await?;
    let (total, stage) = (plan.test.len(), format!("{}, images", target.label));
    let mut step = |done: usize| progress(observer, &stage, done, total);
    let predictions = predictions(engine, &program, &plan.test, recipe.run.batch, &mut step).await?;
    let attacked = match &recipe.attack {
        None => None,
        Some(attack) => Some(attacked(engine, plan, target, attack, &predictions, observer).await?),
    };
    Ok((predictions, attacked))
}

/// Correct answers of a network on the recipe's other images, where it names some.
pub(super) async fn on_others(engine: &dyn Engine, plan: &Plan, network: &Graph) -> Result<Option<Counts>, StudyError> {
    let Some(images) = &plan.also else { return Ok(None) };
    let program = engine.compile(network).await?;
    let found = predictions(engine, &program, images, plan.recipe.run.batch, &mut |_| Ok(())).await?;
    Ok(Some(found.counts(&images.labels)))
}

/// The stitched network: image batch to logits, holding half of each donor.
///
/// # Errors
/// [`GraphError`] when the stitch does not fit the halves.
pub fn stitched(front: &Graph, weights: &Weights, end: &Graph) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let input = front.inputs()[0];
    let image = b.input(&front.value(input).name, front.ty(input).clone());
    let signal = inline(&mut b, front, &[image])?[0];
    let (weight, bias) = weights.tensors().map_err(|e| GraphError::Mismatch {
        what: "stitch".to_owned(),
        expected: format!("{}x{} numbers", weights.out, weights.input),
        found: e.to_string(),
    })?;
    let (weight, bias) = (b.named_constant("stitch.weight", weight), b.named_constant("stitch.bias", bias));
    let joined = b.apply_named("stitch", Stitch.into(), &[signal, weight, bias], &["stitched".to_owned()])?;
    let logits = inline(&mut b, end, &joined)?[0];
    b.output("logits", logits);
    Ok(b.finish())
}

/// What the least-squares fit wants said.
fn direct_flags(fit: &DirectFit) -> Vec<String> {
    let mut flags = Vec::new();
    if fit.ridge > 0.0 {
        flags.push(format!(
            "direct matching needed a ridge of {:.0e} (condition number {:.0e})",
            fit.ridge, fit.condition
        ));
    }
    if fit.dead_channels > 0 {
        flags.push(format!("{} channels of the front tap never vary", fit.dead_channels));
    }
    flags
}
