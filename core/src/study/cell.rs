//! One cell: a stitch trained, measured and attacked.

use super::attacked::{Attacked, Target, attacked};
use super::evaluate::predictions;
use super::events::{Observer, Progress, Stage, progress};
use super::halves::{halves, joined};
use super::measure::ood::{BOUND, FLAG, OwnModels};
use super::train::form_word;
use super::transfer::{Crafted, transferred};
use super::{Pair, PairFit, Plan, StudyError, Teachers};
use crate::engine::{Engine, Program};
use crate::graph::{Builder, Graph, GraphError, inline};
use crate::metrics::Predictions;
use crate::ops::stitch::Stitch;
use crate::platform::clock;
use crate::recipe::{Control, Recipe, Train};
use crate::report::{Cell, Counts, Direct, RankCount, Similarity, StitchSummary, Transfer};
use crate::rewrite;
use crate::stitch::{Adapted, DirectFit, Weights};

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
    /// The kind of control that is being made.
    pub control: Option<Control>,
}

/// A stitched network, measured.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub predictions: Predictions,
    pub attacked: Option<Attacked>,
    pub transfer: Option<Transfer>,
}

/// A stitched network, built, simplified and compiled once for everything that asks for its logits.
pub(super) struct StitchedNetwork {
    /// Image batch [N, C, H, W] to logits [N, K].
    graph: Graph,
    /// The same, compiled.
    program: Program,
    /// Which network it is, for progress and messages.
    about: Progress,
}

/// The direct-matching stitch of a pair, measured once whatever the number of seeds.
pub(super) struct DirectCell<'a> {
    fit: &'a PairFit,
    network: StitchedNetwork,
    measured: Measured,
    pub direct: Direct,
    ranks: Vec<RankCount>,
}

impl CellWork<'_> {
    /// Measures the direct-matching stitch of a pair.
    pub async fn direct<'a>(&self, of: &'a PairFit, observer: &mut Observer<'_>) -> Result<DirectCell<'a>, StudyError> {
        let (fit, own) = (&of.fit, Adapted::default());
        let network = self.network(of.pair, (&fit.weights, &own), "direct matching").await?;
        let measured = self.measure(&network, observer).await?;
        let clean = measured.predictions.counts(&self.plan.test.labels);
        let robust = measured.attacked.as_ref().map(|a| a.robust);
        let ood = self.ood(of.pair, (&fit.weights, &own), observer).await?;
        let direct = Direct { clean, robust, residual: fit.residual, condition: fit.condition, ood };
        let ranks = self.ranks(of.pair, &of.ranks, observer).await?;
        Ok(DirectCell { fit: of, network, measured, direct, ranks })
    }

    /// Measures one (pair, seed): the recipe's stitch beside the direct one. The donors' statistics come with it, where they adapted.
    pub async fn cell(
        &self,
        direct: &DirectCell<'_>,
        seed: u64,
        observer: &mut Observer<'_>,
    ) -> Result<(Cell, Weights, Adapted), StudyError> {
        let started = clock::now();
        let (recipe, of) = (&self.plan.recipe.stitch, direct.fit);
        let pair = of.pair;
        let mut flags = direct_flags(&of.fit);
        let (images, features) = (self.plan.train.len(), of.fit.weights.input);
        if pair.joint.flat() && images <= features {
            flags.push(format!(
                "dense direct matching has {images} images for {features} features: of many maps that fit them it is the one of \
                 smallest norm"
            ));
        }
        let (init, parameters) = self.start(seed, of)?;
        let (weights, adapted) = match recipe.train {
            Train::None => (init, Adapted::default()),
            _ => self.trained(pair, seed, (&init, &parameters), of.cache.as_ref(), &mut flags, observer).await?,
        };
        let found = (&weights, &adapted);
        let own = match weights == of.fit.weights && adapted.is_empty() {
            true => None,
            false => Some(self.network(pair, found, &format!("{} stitch", recipe.train)).await?),
        };
        let (Measured { predictions, attacked, transfer }, ood) = match &own {
            None => (direct.measured.clone(), direct.direct.ood),
            Some(network) => (self.measure(network, observer).await?, self.ood(pair, found, observer).await?),
        };
        let network = own.as_ref().unwrap_or(&direct.network);
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
            also: on_others(self.engine, self.plan, &network.program).await?,
            robust: attacked.as_ref().map(|a| a.robust),
            attacks: attacked.as_ref().map(|a| a.stages.clone()).unwrap_or_default(),
            change: attacked.as_ref().and_then(|a| a.change),
            transfer,
            agreement: predictions.agreement(self.end),
            direct: direct.direct,
            cka: of.cka.biased,
            cka_unbiased: of.cka.unbiased,
            similarity: of.likeness.map(Similarity::from),
            ood,
            shift,
            ranks: direct.ranks.clone(),
            seconds: started.elapsed().as_secs_f64(),
            badges,
            flags,
        };
        Ok((cell, weights, adapted))
    }

    /// Joins the halves of a pair by a stitch, with the donors' statistics where these adapted, and makes the network ready.
    pub(super) async fn network(
        &self,
        pair: Pair,
        (weights, adapted): (&Weights, &Adapted),
        what: &str,
    ) -> Result<StitchedNetwork, StudyError> {
        let (front, end) = halves(&self.plan.front, &self.plan.end, pair)?;
        let graph = rewrite::simplify(&joined((&front, &end), weights, adapted)?)?;
        let program = self.engine.compile(&graph).await?;
        Ok(StitchedNetwork { graph, program, about: self.about(pair, Some(what)) })
    }

    /// Predictions of a stitched network on the test images, and what the recipe's attack does to it.
    pub(super) async fn measure(
        &self,
        network: &StitchedNetwork,
        observer: &mut Observer<'_>,
    ) -> Result<Measured, StudyError> {
        let Self { engine, plan, .. } = *self;
        let StitchedNetwork { graph, program, about } = network;
        let target = Target { network: graph, about, keep: false };
        let (predictions, mut attacked) = measure(engine, plan, &plan.recipe, (target, program), observer).await?;
        let transfer = match (self.crafted, &mut attacked) {
            (Some(crafted), Some(attacked)) => {
                let judged = (&predictions, attacked);
                Some(transferred(engine, plan, crafted, (program, about), judged, observer).await?)
            }
            _ => None,
        };
        Ok(Measured { predictions, attacked, transfer })
    }

    /// What progress on a pair says, and on which of its networks.
    pub(super) fn about(&self, pair: Pair, network: Option<&str>) -> Progress {
        let (front, end) = self.plan.names(pair);
        let (pair, network) = (Some((front.to_owned(), end.to_owned())), network.map(str::to_owned));
        let control = self.control.map(|kind| kind.to_string());
        Progress { pair, network, control, ..Progress::of(Stage::Images) }
    }
}

/// Predictions of a network on the test images, and what the recipe's attack does to it.
pub(super) async fn measure(
    engine: &dyn Engine,
    plan: &Plan,
    recipe: &Recipe,
    (target, program): (Target<'_>, &Program),
    observer: &mut Observer<'_>,
) -> Result<(Predictions, Option<Attacked>), StudyError> {
    let mut step = |done: usize| progress(observer, target.about.at(Stage::Images, done, plan.test.len()));
    let predictions = predictions(engine, program, &plan.test, recipe.run.batch, &mut step).await?;
    let attacked = match &recipe.attack {
        None => None,
        Some(attack) => Some(attacked(engine, plan, target, attack, &predictions, observer).await?),
    };
    Ok((predictions, attacked))
}

/// Correct answers of a network on the recipe's other images, where it names some.
pub(super) async fn on_others(
    engine: &dyn Engine,
    plan: &Plan,
    program: &Program,
) -> Result<Option<Counts>, StudyError> {
    let Some(images) = &plan.also else { return Ok(None) };
    let found = predictions(engine, program, images, plan.recipe.run.batch, &mut |_| Ok(())).await?;
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
