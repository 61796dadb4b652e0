//! Direct matching of all pairs at once on the training images, and the front's activations for training.

mod pass;
mod ranks;

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::engine::{Buffer, Engine};
use crate::platform::memory;
use crate::recipe;
use crate::similarity::{Exactness, Gaussian, Moments, Order, PairSums, blocked};
use crate::stitch::{Correlations, DirectFit, Seen, fit_dense, fit_within};
use crate::study::plan::asked::{constraint, needs_correlations};
use crate::study::signals::{OwnModel, OwnModels, rows_per_image};
use crate::study::{Pair, Plan, StudyError};
use pass::joined;
use pass::{Look, View};
use ranks::rank_stitches;

pub(super) use pass::{Looks, Origins, over, uploaded, with};
pub use ranks::RankStitches;

/// Condition numbers up to which sums of blocks in f32 determine a stitch as well as those in f64: what they err by is so many times
/// smaller than what a stitch is told apart by.
const WELL: f64 = 1e5;

/// Sums of a pass take at most this part of the memory that may be taken: networks and fits need theirs.
const SHARE: u64 = 4;

/// A front and the pairs at which it is joined to the end; arms of one pass share training images and end.
#[derive(Clone, Copy)]
pub(super) struct Arm<'a> {
    /// Has the front.
    pub plan: &'a Plan,
    pub pairs: &'a [Pair],
}

/// What the pass over the training images found of one pair.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PairFit {
    /// The pair.
    pub pair: Pair,
    /// Least-squares stitch, on the training images.
    pub fit: DirectFit,
    /// Correlations of the channels on the training images, where the recipe's start or mask needs them.
    pub correlations: Option<Correlations>,
    /// Stitches of the ranks that the recipe asks for.
    pub ranks: Vec<RankStitches>,
    /// What the stitch takes and gives on the training images, where the recipe's form needs it.
    pub seen: Option<Seen>,
    /// The stitch's inputs of all training images [images, C, ...], where they fitted into the memory budget.
    #[serde(skip)]
    pub cache: Option<Buffer>,
}

/// What the pass over the training images found of all arms.
pub(super) struct Matched {
    /// One per pair, arm by arm.
    pub fits: Vec<Vec<PairFit>>,
    /// What the end's own activations are like at the first arm's pairs, where that was asked; taps whose stitches take
    /// flattened activations are not among them.
    pub own: OwnModels,
    /// Where rows have their mean.
    pub origins: Origins,
}

/// What is asked of the pass beside the stitches.
#[derive(Clone, Copy, Default)]
pub(super) struct Beside {
    /// Front activations are kept as far as the recipe's budget goes.
    pub keep: bool,
    /// Models of the end's own activations are made.
    pub own: bool,
}

/// Runs both networks once over the training images and matches `pairs`; one value per pair, in order. With `keep`, front activations
/// are cached as far as the recipe's budget goes; `step` hears how many images are done.
///
/// # Errors
/// [`StudyError::Direct`] naming the taps when the data do not determine a stitch, and what the engine reports.
pub async fn match_pairs(
    engine: &dyn Engine,
    plan: &Plan,
    pairs: &[Pair],
    keep: bool,
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
) -> Result<Vec<PairFit>, StudyError> {
    let matched = matched(engine, &[Arm { plan, pairs }], Beside { keep, own: false }, step).await?;
    Ok(matched.fits.into_iter().flatten().collect())
}

/// Runs the end and the fronts of all arms over the training images and matches all pairs: in one pass, or in as many as the memory
/// that may be taken asks for.
///
/// # Errors
/// As [`match_pairs`].
pub(super) async fn matched(
    engine: &dyn Engine,
    arms: &[Arm<'_>],
    beside: Beside,
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
) -> Result<Matched, StudyError> {
    let mut all = Matched { fits: vec![Vec::new(); arms.len()], own: OwnModels::new(), origins: Origins::new() };
    let Some(plan) = arms.first().map(|arm| arm.plan) else { return Ok(all) };
    let mut left = if beside.keep { plan.recipe.run.cache_mib.saturating_mul(1 << 20) } else { 0 };
    let groups = groups(arms);
    for (index, group) in groups.iter().enumerate() {
        // Arms keep their places, so that views of all passes have the same names.
        let arms: Vec<Arm<'_>> = arms.iter().zip(group).map(|(arm, pairs)| Arm { plan: arm.plan, pairs }).collect();
        let mut step = |done: usize| step((index * plan.train.len() + done) / groups.len());
        let found = one_pass(engine, &arms, beside, &mut left, &mut step).await?;
        all.fits.iter_mut().zip(found.fits).for_each(|(fits, more)| fits.extend(more));
        all.own.extend(found.own);
        all.origins.extend(found.origins);
    }
    Ok(all)
}

/// Pairs of each arm, pass by pass.
fn groups(arms: &[Arm<'_>]) -> Vec<Vec<Vec<Pair>>> {
    let most = memory::budget() / SHARE;
    let none = || vec![Vec::new(); arms.len()];
    let (mut groups, mut taken) = (vec![none()], 0_u64);
    for (place, arm) in arms.iter().enumerate() {
        for pair in arm.pairs {
            let (front, end) = (&arm.plan.front.taps[pair.front], &arm.plan.end.taps[pair.end]);
            let (out, input) = pair.joint.channels(&front.ty, &end.ty);
            let bytes = 8 * (input * input + input * out + out * out) as u64;
            if taken > 0 && taken.saturating_add(bytes) > most {
                groups.push(none());
                taken = 0;
            }
            taken = taken.saturating_add(bytes);
            if let Some(pairs) = groups.last_mut().and_then(|group| group.get_mut(place)) {
                pairs.push(*pair);
            }
        }
    }
    groups
}

/// One pass over the training images; `left` are the bytes that kept activations may still take.
async fn one_pass(
    engine: &dyn Engine,
    arms: &[Arm<'_>],
    beside: Beside,
    left: &mut usize,
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
) -> Result<Matched, StudyError> {
    let Some(Arm { plan, pairs }) = arms.first().copied() else { return Err(StudyError::Fault("no pairs to match")) };
    let alone = if beside.own { pooled_of(pairs) } else { Vec::new() };
    let begun: Vec<View> = if beside.keep { begun(arms) } else { Vec::new() };
    let looks = Looks::of(arms, &alone, &begun)?;
    let kept = affordable(plan, &looks, &begun, left);
    let images = (&plan.train, plan.recipe.run.batch);
    let exactness = exactness(engine);
    let how = (Order::Second, exactness);
    let (moments, chunks, origins) = over(engine, (&looks, &kept), images, how, step).await?;
    let mut caches = Vec::with_capacity(kept.len());
    for (place, chunks) in kept.iter().zip(chunks) {
        caches.push((looks.views[*place], joined(engine, &chunks).await?));
    }
    let mut next = 0..;
    let mut fits = Vec::with_capacity(arms.len());
    for arm in arms {
        let fit = |pair: &Pair| PairFit::of(arm.plan, *pair, &moments, next.next().unwrap_or_default());
        fits.push(arm.pairs.iter().map(fit).collect::<Result<Vec<_>, _>>()?);
    }
    let own = own_models(plan, (pairs, &looks), &moments);
    drop(moments);
    if exactness == Exactness::Blocks {
        again(engine, arms, &mut fits).await?;
    }
    for (index, fits) in fits.iter_mut().enumerate() {
        for fit in fits {
            let view = begins(index, &fit.pair);
            fit.cache = caches.iter().find(|(known, _)| *known == view).map(|(_, buffer)| buffer.clone());
        }
    }
    Ok(Matched { fits, own, origins })
}

/// How an engine makes sums: the oracle is asked for what is exact.
pub(super) fn exactness(engine: &dyn Engine) -> Exactness {
    if engine.info().engine == "reference" { Exactness::Double } else { Exactness::Blocks }
}

/// Matches anew, with sums in f64 throughout, what blocks in f32 may not determine.
async fn again(engine: &dyn Engine, arms: &[Arm<'_>], fits: &mut [Vec<PairFit>]) -> Result<(), StudyError> {
    let unsure = |arm: &Arm<'_>, fit: &PairFit| {
        let blocks = blocked(&arm.plan.front.taps[fit.pair.front].ty).is_some() || fit.pair.joint.changes();
        // A condition that is no number is not well either.
        blocks && !fit.pair.joint.flat() && !matches!(fit.fit.condition.total_cmp(&WELL), Ordering::Less)
    };
    let of = |(arm, fits): (&Arm<'_>, &Vec<PairFit>)| -> Vec<Pair> {
        fits.iter().filter(|fit| unsure(arm, fit)).map(|fit| fit.pair).collect()
    };
    let pairs: Vec<Vec<Pair>> = arms.iter().zip(&*fits).map(of).collect();
    if pairs.iter().all(Vec::is_empty) {
        return Ok(());
    }
    let open: Vec<Arm<'_>> = arms.iter().zip(&pairs).map(|(arm, pairs)| Arm { plan: arm.plan, pairs }).collect();
    let looks = Looks::of(&open, &[], &[])?;
    let Some(plan) = arms.first().map(|arm| arm.plan) else { return Ok(()) };
    let images = (&plan.train, plan.recipe.run.batch);
    let how = (Order::Second, Exactness::Double);
    let (moments, ..) = over(engine, (&looks, &[]), images, how, &mut |_| Ok(())).await?;
    let mut index = 0;
    for (arm, (fits, pairs)) in arms.iter().zip(fits.iter_mut().zip(&pairs)) {
        for pair in pairs {
            let exact = PairFit::of(arm.plan, *pair, &moments, index)?;
            fits.iter_mut().filter(|fit| fit.pair == *pair).for_each(|fit| *fit = exact.clone());
            index += 1;
        }
    }
    Ok(())
}

/// Where the stitch of a pair begins.
const fn begins(arm: usize, pair: &Pair) -> View {
    View { network: arm + 1, tap: pair.front, look: Look::Entering(pair.joint.entry()) }
}

fn begun(arms: &[Arm<'_>]) -> Vec<View> {
    let of =
        |(index, arm): (usize, &Arm<'_>)| arm.pairs.iter().map(move |pair| begins(index, pair)).collect::<Vec<_>>();
    arms.iter().enumerate().flat_map(of).collect()
}

/// Views whose activations fit into the budget, latest taps first: they save the most and weigh the least. What no stitch begins
/// at is not kept.
fn affordable(plan: &Plan, looks: &Looks, begun: &[View], left: &mut usize) -> Vec<usize> {
    let types = looks.types();
    let mut order: Vec<usize> = (0..looks.views.len()).filter(|i| begun.contains(&looks.views[*i])).collect();
    order.sort_by_key(|i| std::cmp::Reverse(looks.views[*i].tap));
    let mut kept = Vec::new();
    for index in order {
        let per_image: usize = types[index].at(1).iter().product();
        let bytes = per_image.saturating_mul(4).saturating_mul(plan.train.len());
        if bytes <= *left {
            *left -= bytes;
            kept.push(index);
        }
    }
    kept.sort_unstable();
    kept
}

/// The pooled views of the end's taps whose own activations are modelled, each once.
fn pooled_of(pairs: &[Pair]) -> Vec<View> {
    let mut views: Vec<View> = Vec::new();
    for pair in pairs.iter().filter(|pair| !pair.joint.flat()) {
        let view = View { network: 0, tap: pair.end, look: Look::Pooled };
        if !views.contains(&view) {
            views.push(view);
        }
    }
    views
}

/// Taps whose sums are not finite have no model; their counts say why.
fn own_models(plan: &Plan, (pairs, looks): (&[Pair], &Looks), moments: &Moments) -> OwnModels {
    let pooled = (0..looks.pairs.len()).filter(|index| looks.views[looks.pairs[*index].0].look == Look::Pooled);
    let model = |index: usize| {
        let tap = looks.views[looks.pairs[index].0].tap;
        let (images, means, ..) = moments.pair(index);
        let at = pairs.iter().position(|pair| pair.end == tap && !pair.joint.flat())?;
        let (_, _, positions, _) = moments.pair(at);
        #[expect(clippy::cast_precision_loss, reason = "counts of images and positions")]
        let rows = images * rows_per_image(&plan.end.taps[tap].ty) as f64;
        let pooled = Gaussian::of(images, &means.sum, &means.gram).ok()?;
        Some((tap, OwnModel::new(pooled, Gaussian::of(rows, &positions.sum, &positions.gram).ok()?)))
    };
    pooled.filter_map(model).collect()
}

impl PairFit {
    /// Direct matching of the `index`th pair of the sums, and what else is needed of them.
    fn of(plan: &Plan, pair: Pair, moments: &Moments, index: usize) -> Result<Self, StudyError> {
        let stitch = &plan.recipe.stitch;
        let named = |source| {
            let (front, end) = plan.names(pair);
            StudyError::Direct { front: front.to_owned(), end: end.to_owned(), source }
        };
        let (rows, a, b, cross) = moments.pair(index);
        let sums = PairSums { rows, a: &a, b: &b, cross: &cross };
        let fit = if pair.joint.flat() { fit_dense(sums) } else { fit_within(sums, constraint(stitch)) };
        let fit = fit.map_err(named)?;
        let ranks = rank_stitches(plan, sums).map_err(named)?;
        let correlations = needs_correlations(stitch).then(|| Correlations::of(sums)).transpose().map_err(named)?;
        let seen = (stitch.form == recipe::Form::BnConvBn).then(|| Seen::of(sums, &fit.weights));
        Ok(Self { pair, fit, correlations, ranks, seen, cache: None })
    }
}
