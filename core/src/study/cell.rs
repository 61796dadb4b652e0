//! One cell: a stitch trained, measured and attacked.

use super::attacked::{Attacked, Target, attacked};
use super::evaluate::predictions;
use super::events::{Observer, Progress, Stage, progress};
use super::halves::{halves, joined};
use super::measure::ood::{BOUND, FLAG, OwnModels};
use super::survey::Seen;
use super::timing::{Watch, stage};
use super::train::form_word;
use super::transfer::{Crafted, transferred};
use super::verdicts::{Verdicts, of_each};
use super::{Pair, PairFit, Plan, StudyError, Teachers};
use crate::engine::{Engine, Program};
use crate::graph::{Builder, Graph, GraphError, inline};
use crate::metrics::Predictions;
use crate::ops::stitch::Stitch;
use crate::platform::clock;
use crate::recipe::{AttackRecipe, Control, Train};
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
    /// Where the time goes.
    pub watch: &'a Watch,
}

/// A stitched network, measured.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub predictions: Predictions,
    pub attacked: Option<Attacked>,
    pub transfer: Option<Transfer>,
}

/// A finished cell.
pub(super) struct Made {
    /// The numbers of the report.
    pub cell: Cell,
    /// The recipe's stitch.
    pub weights: Weights,
    /// The donors' statistics, where they adapted.
    pub adapted: Adapted,
    /// The test images, one by one.
    pub verdicts: Vec<Verdicts>,
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
    seen: &'a Seen,
    /// Where more is asked of it than its answers.
    network: Option<StitchedNetwork>,
    measured: Measured,
    pub direct: Direct,
    ranks: Vec<RankCount>,
    /// Seconds of the clock that went into it.
    pub seconds: f64,
}

impl CellWork<'_> {
    /// Measures what the passes over the images have not seen of the direct-matching stitch of a pair.
    pub async fn direct<'a>(
        &self,
        (of, seen): (&'a PairFit, &'a Seen),
        observer: &mut Observer<'_>,
    ) -> Result<DirectCell<'a>, StudyError> {
        let started = clock::now();
        let (fit, own) = (&of.fit, Adapted::default());
        let network = match self.plan.recipe.attack.is_some() {
            true => Some(self.network(of.pair, (&fit.weights, &own), "direct matching").await?),
            false => None,
        };
        let measured = match &network {
            Some(network) => self.measure(network, Some(seen.predictions.clone()), observer).await?,
            None => Measured { predictions: seen.predictions.clone(), attacked: None, transfer: None },
        };
        let clean = measured.predictions.counts(&self.plan.test.labels);
        let robust = measured.attacked.as_ref().map(|a| a.robust);
        let direct = Direct { clean, robust, residual: fit.residual, condition: fit.condition, ood: seen.ood };
        let ranks = self.watch.time(stage::RANKS, self.ranks(of.pair, &of.ranks, observer)).await?;
        let seconds = started.elapsed().as_secs_f64();
        Ok(DirectCell { fit: of, seen, network, measured, direct, ranks, seconds })
    }

    /// Measures one (pair, seed): the recipe's stitch beside the direct one.
    /// `before` are the seconds that went into it already, as its share of what cells have in common.
    pub async fn cell(
        &self,
        direct: &DirectCell<'_>,
        (seed, before): (u64, f64),
        observer: &mut Observer<'_>,
    ) -> Result<Made, StudyError> {
        let started = clock::now();
        let (recipe, of, alike) = (&self.plan.recipe.stitch, direct.fit, direct.seen.alike);
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
            _ => {
                let start = (&init, &parameters);
                let training = self.trained(pair, seed, start, of.cache.as_ref(), &mut flags, observer);
                self.watch.time(stage::TRAINING, training).await?
            }
        };
        let found = (&weights, &adapted);
        // Where it is the direct stitch, that has been measured; on other images it may still have to be.
        let direct_again = weights == of.fit.weights && adapted.is_empty();
        let needed = !direct_again || (self.plan.also.is_some() && direct.network.is_none());
        let own = match needed {
            false => None,
            true => Some(self.network(pair, found, &format!("{} stitch", recipe.train)).await?),
        };
        let (Measured { predictions, attacked, transfer }, ood) = match &own {
            Some(network) if !direct_again => {
                let measured = self.measure(network, None, observer).await?;
                (measured, self.watch.time(stage::ACTIVATIONS, self.ood(pair, found, observer)).await?)
            }
            _ => (direct.measured.clone(), direct.direct.ood),
        };
        let network = own.as_ref().or(direct.network.as_ref());
        let shift = self.watch.time(stage::SHIFT, self.shift(pair, found, observer)).await?;
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
        let verdicts = verdicts(&predictions, attacked.as_ref());
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
            also: on_others(self.engine, self.plan, network.map(|network| &network.program)).await?,
            robust: attacked.as_ref().map(|a| a.robust),
            attacks: attacked.as_ref().map(|a| a.stages.clone()).unwrap_or_default(),
            change: attacked.as_ref().and_then(|a| a.change),
            transfer,
            agreement: predictions.agreement(self.end),
            direct: direct.direct,
            cka: alike.map_or(f64::NAN, |alike| alike.cka.biased),
            cka_unbiased: alike.map_or(f64::NAN, |alike| alike.cka.unbiased),
            similarity: alike.and_then(|alike| alike.likeness).map(Similarity::from),
            ood,
            shift,
            ranks: direct.ranks.clone(),
            seconds: before + started.elapsed().as_secs_f64(),
            badges,
            flags,
        };
        Ok(Made { cell, weights, adapted, verdicts })
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

    /// Predictions of a stitched network on the test images, unless they are known, and what the recipe's attack does to it.
    pub(super) async fn measure(
        &self,
        network: &StitchedNetwork,
        known: Option<Predictions>,
        observer: &mut Observer<'_>,
    ) -> Result<Measured, StudyError> {
        let Self { engine, plan, watch, .. } = *self;
        let StitchedNetwork { graph, program, about } = network;
        let target = Target { network: graph, about, keep: false };
        let mut step = |done: usize| progress(observer, about.at(Stage::Images, done, plan.test.len()));
        let predictions = match known {
            Some(known) => known,
            None => {
                let found = predictions(engine, program, &plan.test, plan.recipe.run.batch, &mut step);
                watch.time(stage::EVALUATION, found).await?
            }
        };
        let attack = (plan.recipe.attack.as_ref(), &predictions);
        let mut attacked = watch.time(stage::ATTACKS, attacked_if(engine, plan, target, attack, observer)).await?;
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

/// What an attack does to a network, where there is one.
pub(super) async fn attacked_if(
    engine: &dyn Engine,
    plan: &Plan,
    target: Target<'_>,
    (attack, predictions): (Option<&AttackRecipe>, &Predictions),
    observer: &mut Observer<'_>,
) -> Result<Option<Attacked>, StudyError> {
    let Some(attack) = attack else { return Ok(None) };
    Ok(Some(attacked(engine, plan, target, attack, predictions, observer).await?))
}

/// What was found of each test image.
pub(super) fn verdicts(clean: &Predictions, attacked: Option<&Attacked>) -> Vec<Verdicts> {
    attacked.map_or_else(|| of_each(clean, &[], (&[], &[]), false), |attacked| attacked.verdicts.clone())
}

/// Correct answers of a network on the recipe's other images, where it names some.
pub(super) async fn on_others(
    engine: &dyn Engine,
    plan: &Plan,
    program: Option<&Program>,
) -> Result<Option<Counts>, StudyError> {
    let (Some(images), Some(program)) = (&plan.also, program) else { return Ok(None) };
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
