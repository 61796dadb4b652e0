//! All pairs at once: direct matching on the training images, CKA on the test images, the front's activations for training.

use std::collections::HashMap;

use super::evaluate::image_batch;
use super::lessons::{constraint, needs_correlations};
use super::ranks::{RankStitches, rank_stitches};
use super::{Network, Pair, Plan, StudyError};
use crate::cut;
use crate::data::Images;
use crate::engine::{Buffer, Engine};
use crate::graph::{Builder, Graph};
use crate::ops::concat::Concat;
use crate::ops::stitch::channel_axis;
use crate::rewrite;
use crate::similarity::{Cka, Likeness, Moments, PairSums, cka, gram_graph, likeness};
use crate::stitch::{Correlations, DirectFit, fit_within};
use crate::tensor::{Dim, TensorType};

/// Channels up to which likenesses beyond CKA are decomposed from the sums; wider taps would take minutes per pair.
const WIDEST: usize = 1024;

/// What the pass found, one entry per pair.
#[derive(Debug)]
pub struct Matching {
    /// Least-squares stitches.
    pub fits: Vec<DirectFit>,
    /// Likeness of the signals.
    pub cka: Vec<Cka>,
    /// Further likenesses, where the taps are not too wide for them.
    pub likeness: Vec<Option<Likeness>>,
    /// Correlations of the channels on the training images; empty unless the recipe's start or mask needs them.
    pub correlations: Vec<Correlations>,
    /// Stitches of the ranks that the recipe asks for.
    pub ranks: Vec<Vec<RankStitches>>,
    /// Activations that fitted into the memory budget.
    pub caches: Caches,
}

/// The front's activations of all training images, [images, C, ...], by front tap.
pub type Caches = HashMap<usize, Buffer>;

/// Runs both networks once over the training images for the stitches, and once over the test images for the likeness, which
/// is measured where everything else is. Front taps of `keep` are cached as far as the recipe's budget goes; `step` hears how
/// many images are done, training and test images together.
///
/// # Errors
/// [`StudyError::Direct`] naming the taps when the data do not determine a stitch, and what the engine reports.
pub async fn match_pairs(
    engine: &dyn Engine,
    plan: &Plan,
    pairs: &[Pair],
    keep: bool,
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
) -> Result<Matching, StudyError> {
    let (fronts, ends) = (distinct(pairs.iter().map(|p| p.front)), distinct(pairs.iter().map(|p| p.end)));
    let at = |list: &[usize], tap: usize| list.iter().position(|t| *t == tap).unwrap_or(0);
    let indices: Vec<(usize, usize)> = pairs.iter().map(|p| (at(&fronts, p.front), at(&ends, p.end))).collect();
    let kept = if keep { affordable(plan, &fronts) } else { Vec::new() };
    let pass = Pass { engine, plan, fronts: &fronts, ends: &ends, indices: &indices };
    let (moments, chunks) = pass.over(&plan.train, &kept, step).await?;
    let mut caches = Caches::new();
    for (front, chunks) in kept.iter().zip(chunks) {
        caches.insert(fronts[*front], joined(engine, &chunks).await?);
    }
    let Solved { fits, correlations, ranks } = solve(plan, pairs, &moments)?;
    let (moments, _) = pass.over(&plan.test, &[], &mut |done| step(plan.train.len() + done)).await?;
    let (mut cka_of, mut alike) = (Vec::with_capacity(pairs.len()), Vec::with_capacity(pairs.len()));
    for index in 0..pairs.len() {
        let (rows, a, b, cross) = moments.pair(index);
        let sums = PairSums { rows, a: &a, b: &b, cross: &cross };
        cka_of.push(cka(sums));
        // Values that are not finite are told by the counts; these measures have nothing to add then.
        let narrow = a.sum.len().max(b.sum.len()) <= WIDEST;
        alike.push(if narrow { likeness(sums).ok() } else { None });
    }
    Ok(Matching { fits, cka: cka_of, likeness: alike, correlations, ranks, caches })
}

/// What a pass over images looks at.
struct Pass<'a> {
    engine: &'a dyn Engine,
    plan: &'a Plan,
    fronts: &'a [usize],
    ends: &'a [usize],
    /// Pairs as places in `fronts` and `ends`.
    indices: &'a [(usize, usize)],
}

impl Pass<'_> {
    /// The sums over `images`, and for each of `kept` (places in `fronts`) its activations, batch by batch.
    async fn over(
        &self,
        images: &Images,
        kept: &[usize],
        step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
    ) -> Result<(Moments, Vec<Vec<Buffer>>), StudyError> {
        let Self { engine, plan, fronts, ends, indices } = *self;
        let graph = pass_graph(plan, fronts, ends, indices, kept)?;
        let program = engine.compile(&rewrite::simplify(&graph)?).await?;
        let rows: Vec<usize> = fronts.iter().map(|f| rows_per_image(&plan.front.taps[*f].ty)).collect();
        let mut moments = Moments::new(&rows, ends.len(), indices);
        let mut chunks: Vec<Vec<Buffer>> = vec![Vec::new(); kept.len()];
        let batch = plan.recipe.run.batch.max(1);
        for start in (0..images.len()).step_by(batch) {
            let chosen: Vec<usize> = (start..images.len().min(start + batch)).collect();
            let input = engine.upload(&image_batch(images, &chosen)?).await?;
            let mut results = program.run(&[&input]).await?;
            let activations = results.split_off(results.len() - kept.len());
            chunks.iter_mut().zip(activations).for_each(|(list, buffer)| list.push(buffer));
            let mut sums = Vec::with_capacity(results.len());
            for buffer in &results {
                sums.push(engine.read(buffer).await?);
            }
            moments.add(chosen.len(), &sums)?;
            step(start + chosen.len())?;
        }
        Ok((moments, chunks))
    }
}

/// What follows from the sums over the training images, one entry per pair.
#[derive(Default)]
struct Solved {
    fits: Vec<DirectFit>,
    correlations: Vec<Correlations>,
    ranks: Vec<Vec<RankStitches>>,
}

/// Direct matching of every pair from the sums, and the correlations and ranks where they are needed.
fn solve(plan: &Plan, pairs: &[Pair], moments: &Moments) -> Result<Solved, StudyError> {
    let (constraint, correlated) = (constraint(&plan.recipe.stitch), needs_correlations(&plan.recipe.stitch));
    let mut solved = Solved::default();
    for (index, pair) in pairs.iter().enumerate() {
        let (rows, a, b, cross) = moments.pair(index);
        let sums = PairSums { rows, a: &a, b: &b, cross: &cross };
        let named = |source| {
            let (front, end) = plan.names(*pair);
            StudyError::Direct { front: front.to_owned(), end: end.to_owned(), source }
        };
        solved.fits.push(fit_within(sums, constraint).map_err(named)?);
        solved.ranks.push(rank_stitches(plan, sums).map_err(named)?);
        if correlated {
            solved.correlations.push(Correlations::of(sums).map_err(named)?);
        }
    }
    Ok(solved)
}

/// The pass as a graph: sums first, then the kept activations.
fn pass_graph(
    plan: &Plan,
    fronts: &[usize],
    ends: &[usize],
    pairs: &[(usize, usize)],
    kept: &[usize],
) -> Result<Graph, StudyError> {
    let until = |network: &Network, list: &[usize]| {
        let taps: Vec<_> = list.iter().map(|tap| &network.taps[*tap]).collect();
        cut::front_at(&network.graph, &taps)
    };
    Ok(gram_graph(&until(&plan.front, fronts)?, &until(&plan.end, ends)?, pairs, kept)?)
}

/// Indices into `fronts` whose activations fit into the budget, latest taps first: they save the most and weigh the least.
fn affordable(plan: &Plan, fronts: &[usize]) -> Vec<usize> {
    let mut left = plan.recipe.run.cache_mib.saturating_mul(1 << 20);
    let mut kept: Vec<usize> = Vec::new();
    for (index, front) in fronts.iter().enumerate().rev() {
        let per_image: usize = plan.front.taps[*front].ty.at(1).iter().product();
        let bytes = per_image.saturating_mul(4).saturating_mul(plan.train.len());
        if bytes <= left {
            left -= bytes;
            kept.push(index);
        }
    }
    kept.reverse();
    kept
}

/// Chunks [n, C, ...] as one buffer [images, C, ...] on the device.
async fn joined(engine: &dyn Engine, chunks: &[Buffer]) -> Result<Buffer, StudyError> {
    let mut b = Builder::new();
    let parts: Vec<_> = chunks
        .iter()
        .map(|chunk| {
            let shape: Vec<Dim> = chunk.shape().iter().copied().map(Dim::fixed).collect();
            b.input("chunk", TensorType::new(chunk.dtype(), &shape))
        })
        .collect();
    let all = b.apply1(Concat { axis: 0 }, &parts)?;
    b.output("all", all);
    let program = engine.compile(&b.finish()).await?;
    let inputs: Vec<&Buffer> = chunks.iter().collect();
    let result = program.run(&inputs).await?;
    result.into_iter().next().ok_or_else(|| StudyError::Misfit("there are no training images".to_owned()))
}

/// Positions of an activation: examples per image.
fn rows_per_image(ty: &TensorType) -> usize {
    let axis = channel_axis(ty.rank());
    ty.at(1).iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, size)| size).product()
}

fn distinct(taps: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut list: Vec<usize> = taps.collect();
    list.sort_unstable();
    list.dedup();
    list
}
