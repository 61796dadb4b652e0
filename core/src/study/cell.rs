//! One cell: a stitch trained, measured and attacked.

use crate::engine::Engine;
use crate::metrics::Predictions;
use crate::platform::clock;
use crate::recipe::{AttackRecipe, Train};
use crate::report::{Cell, Direct, RankCount, Similarity, Split, StitchSummary, Transfer, not_computed};
use crate::similarity::Measure;
use crate::stitch::{Adapted, Weights};
use crate::study::attacked::{Attacked, Target, attacked, transferred};
use crate::study::evaluate::predictions;
use crate::study::events::{Observer, Stage, progress};
use crate::study::measure::{self, BOUND, FLAG, Subject};
use crate::study::plan::asked::form_word;
use crate::study::survey::Seen;
use crate::study::timing::stage;
use crate::study::train::{Lesson, start, trained};
use crate::study::verdicts::{Verdicts, of_each};
use crate::study::work::{CellWork, StitchedNetwork};
use crate::study::{PairFit, Plan, StudyError};

/// A stitched network, measured.
#[derive(Clone, Debug)]
struct Judged {
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

/// The direct-matching stitch of a pair, measured once whatever the number of seeds.
pub(super) struct DirectCell<'a> {
    fit: &'a PairFit,
    seen: &'a Seen,
    /// Where more is asked of it than its answers.
    network: Option<StitchedNetwork>,
    measured: Judged,
    pub direct: Direct,
    ranks: Vec<RankCount>,
    /// Seconds of the clock that went into it.
    pub seconds: f64,
}

impl DirectCell<'_> {
    /// What is measured of it.
    const fn subject<'a>(of: &'a PairFit, adapted: &'a Adapted) -> Subject<'a> {
        Subject { pair: of.pair, weights: &of.fit.weights, adapted, fit: of, network: None }
    }
}

/// Measures what the passes over the images have not seen of the direct-matching stitch of a pair.
pub(super) async fn direct<'a>(
    work: &CellWork<'_>,
    (of, seen): (&'a PairFit, &'a Seen),
    observer: &mut Observer<'_>,
) -> Result<DirectCell<'a>, StudyError> {
    let started = clock::now();
    let (fit, own) = (&of.fit, Adapted::default());
    let network = match work.plan.recipe.attack.is_some() {
        true => Some(work.network(of.pair, (&fit.weights, &own), "direct matching").await?),
        false => None,
    };
    let measured = match &network {
        Some(network) => judged(work, network, Some(seen.predictions.clone()), observer).await?,
        None => Judged { predictions: seen.predictions.clone(), attacked: None, transfer: None },
    };
    let clean = measured.predictions.counts(&work.plan.test.labels);
    let robust = measured.attacked.as_ref().map(|a| a.robust);
    let direct = Direct { clean, robust, residual: fit.residual, condition: fit.condition, ood: seen.ood };
    let ranks = measure::ranks(work, DirectCell::subject(of, &own), observer);
    let ranks = work.watch.time(stage::RANKS, ranks).await?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(DirectCell { fit: of, seen, network, measured, direct, ranks, seconds })
}

/// Measures one (pair, seed): the recipe's stitch beside the direct one.
/// `before` are the seconds that went into it already, as its share of what cells have in common.
pub(super) async fn cell(
    work: &CellWork<'_>,
    direct: &DirectCell<'_>,
    (seed, before): (u64, f64),
    observer: &mut Observer<'_>,
) -> Result<Made, StudyError> {
    let started = clock::now();
    let (recipe, of, alike) = (&work.plan.recipe.stitch, direct.fit, direct.seen.alike);
    let pair = of.pair;
    let mut flags = direct_flags(of, work.plan);
    let (weights, adapted, kept) = learned(work, of, seed, &mut flags, observer).await?;
    // Where it is the direct stitch, that has been measured; on other images it may still have to be.
    let direct_again = weights == of.fit.weights && adapted.is_empty();
    let needed = !direct_again || (work.plan.also.is_some() && direct.network.is_none());
    let own = match needed {
        false => None,
        true => Some(work.network(pair, (&weights, &adapted), &format!("{} stitch", recipe.train)).await?),
    };
    let network = own.as_ref().or(direct.network.as_ref());
    let subject = Subject { pair, weights: &weights, adapted: &adapted, fit: of, network };
    let (Judged { predictions, attacked, transfer }, ood) = match &own {
        Some(network) if !direct_again => {
            let judged = judged(work, network, None, observer).await?;
            (judged, work.watch.time(stage::ACTIVATIONS, measure::ood(work, subject, observer)).await?)
        }
        _ => (direct.measured.clone(), direct.direct.ood),
    };
    let shift = work.watch.time(stage::SHIFT, measure::shift(work, subject, observer)).await?;
    let also = measure::on_others(work, subject, observer).await?;
    let badges: Vec<_> = attacked.iter().flat_map(|a| a.doubts.iter().cloned()).collect();
    let missing = predictions.not_evaluated();
    if missing > 0 {
        flags.push(format!("{missing} images gave no number and are not counted"));
    }
    flags.extend(badges.iter().map(ToString::to_string));
    if ood.is_some_and(|ood| ood.auroc.max(ood.positions) > BOUND) {
        flags.push(FLAG.to_owned());
    }
    // Where even CKA has no value, the pair is not like others: that belongs beside it wherever it is shown.
    flags.extend(
        alike.as_ref().and_then(|alike| alike.why_not(Measure::named("cka")?)).map(|why| format!("no CKA: {why}")),
    );
    let value = |name| alike.as_ref().and_then(|alike| alike.value(name)).unwrap_or(f64::NAN);
    let (front_tap, end_tap) = work.plan.names(pair);
    let verdicts = verdicts(&predictions, attacked.as_ref());
    let cell = Cell {
        front_tap: front_tap.to_owned(),
        end_tap: end_tap.to_owned(),
        seed,
        stitch: StitchSummary {
            form: form_word(recipe, pair),
            init: recipe.init.to_string(),
            train: recipe.train.to_string(),
            kept,
        },
        clean: predictions.counts(&work.plan.test.labels),
        also,
        robust: attacked.as_ref().map(|a| a.robust),
        attacks: attacked.as_ref().map(|a| a.stages.clone()).unwrap_or_default(),
        change: attacked.as_ref().and_then(|a| a.change.clone()),
        transfer,
        agreement: predictions.agreement(work.end),
        against_front: work.front.map(|front| against(&predictions, front, &work.plan.test.labels)),
        direct: direct.direct,
        cka: value("cka"),
        cka_unbiased: value("cka_unbiased"),
        similarity: alike.as_ref().and_then(Similarity::of),
        not_computed: not_computed(alike.as_ref()),
        ood,
        shift,
        ranks: direct.ranks.clone(),
        seconds: before + started.elapsed().as_secs_f64(),
        badges,
        flags,
    };
    Ok(Made { cell, weights, adapted, verdicts })
}

/// Images that only one of two networks gets right.
fn against(stitched: &Predictions, front: &Predictions, labels: &[u32]) -> Split {
    let right = |found: &Option<usize>, label: &u32| found.map(|class| class == *label as usize);
    let both = stitched.0.iter().zip(&front.0).zip(labels).filter_map(|((s, f), y)| right(s, y).zip(right(f, y)));
    let mut split = Split { only_stitched: 0, only_front: 0 };
    for (stitched, front) in both {
        split.only_stitched += u64::from(stitched && !front);
        split.only_front += u64::from(front && !stitched);
    }
    split
}

/// The recipe's stitch between a pair, the donors' statistics where they adapted, and the passes after which it was kept.
async fn learned(
    work: &CellWork<'_>,
    of: &PairFit,
    seed: u64,
    flags: &mut Vec<String>,
    observer: &mut Observer<'_>,
) -> Result<(Weights, Adapted, Option<usize>), StudyError> {
    let (init, parameters) = start(work.plan, seed, of)?;
    if work.plan.recipe.stitch.train == Train::None {
        return Ok((init, Adapted::default(), None));
    }
    let about = work.about(of.pair, None);
    let lesson = Lesson { engine: work.engine, plan: work.plan, teachers: work.teachers, about: &about };
    let begin = (&init, &parameters);
    let training = trained(lesson, (of.pair, seed), begin, of.cache.as_ref(), flags, observer);
    work.watch.time(stage::TRAINING, training).await
}

/// Predictions of a stitched network on the test images, unless they are known, and what the recipe's attack does to it.
async fn judged(
    work: &CellWork<'_>,
    network: &StitchedNetwork,
    known: Option<Predictions>,
    observer: &mut Observer<'_>,
) -> Result<Judged, StudyError> {
    let CellWork { engine, plan, watch, .. } = *work;
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
    let transfer = match (work.crafted, &mut attacked) {
        (Some(crafted), Some(attacked)) => {
            let judged = (&predictions, attacked);
            Some(transferred(engine, plan, crafted, (program, about), judged, observer).await?)
        }
        _ => None,
    };
    Ok(Judged { predictions, attacked, transfer })
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

/// What the least-squares fit of a pair wants said.
fn direct_flags(of: &PairFit, plan: &Plan) -> Vec<String> {
    let fit = &of.fit;
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
    let (images, features) = (plan.train.len(), fit.weights.input);
    if of.pair.joint.flat() && images <= features {
        flags.push(format!(
            "dense direct matching has {images} images for {features} features: of many maps that fit them it is the one of \
             smallest norm"
        ));
    }
    flags
}
