//! All pairs at once: direct matching on the training images, CKA on the test images, the front's activations for training.

use super::evaluate::for_each_batch;
use super::measure::ranks::{RankStitches, rank_stitches};
use super::train::{constraint, needs_correlations};
use super::{Network, Pair, Plan, StudyError};
use crate::cut;
use crate::data::Images;
use crate::engine::{Buffer, Engine};
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::ops::concat::Concat;
use crate::ops::stitch::channel_axis;
use crate::recipe;
use crate::rewrite;
use crate::similarity::{Cka, Likeness, Moments, PairSums, cka, gram_graph, likeness};
use crate::stitch::{Correlations, DirectFit, Form, Joint, Seen, fit_dense, fit_within};
use crate::tensor::{Dim, TensorType};

/// Channels up to which likenesses beyond CKA are decomposed from the sums; wider taps would take minutes per pair.
const WIDEST: usize = 1024;

/// What the passes over the images found of one pair.
#[derive(Clone, Debug)]
pub struct PairFit {
    /// The pair.
    pub pair: Pair,
    /// Least-squares stitch, on the training images.
    pub fit: DirectFit,
    /// Linear CKA between the taps, on the test images.
    pub cka: Cka,
    /// Further likenesses on the test images, where the taps are not too wide for them.
    pub likeness: Option<Likeness>,
    /// Correlations of the channels on the training images, where the recipe's start or mask needs them.
    pub correlations: Option<Correlations>,
    /// Stitches of the ranks that the recipe asks for.
    pub ranks: Vec<RankStitches>,
    /// What the stitch takes and gives on the training images, where the recipe's form needs it.
    pub seen: Option<Seen>,
    /// The stitch's inputs of all training images [images, C, ...], where they fitted into the memory budget.
    pub cache: Option<Buffer>,
}

/// A front tap and what makes the stitch's input of it.
type View = (usize, Joint);

/// Runs both networks once over the training images for the stitches, and once over the test images for the likeness, which
/// is measured where everything else is; one value per pair, in order. With `keep`, front activations are cached as far as the recipe's
/// budget goes; `step` hears how many images are done, training and test images together.
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
    let pass = Pass::of(engine, plan, pairs)?;
    let kept = if keep { pass.affordable(pairs) } else { Vec::new() };
    let (moments, chunks) = pass.over(&plan.train, &kept, step).await?;
    let mut caches = Vec::with_capacity(kept.len());
    for (view, chunks) in kept.iter().zip(chunks) {
        caches.push((pass.views[*view], joined(engine, &chunks).await?));
    }
    let fitted = |(index, pair): (usize, &Pair)| Fitted::of(plan, *pair, &moments, index);
    let fitted = pairs.iter().enumerate().map(fitted).collect::<Result<Vec<_>, _>>()?;
    // Before the next sums: those of wide taps are large.
    drop(moments);
    let (moments, _) = pass.over(&plan.test, &[], &mut |done| step(plan.train.len() + done)).await?;
    let mut fits = Vec::with_capacity(pairs.len());
    for (index, (pair, fitted)) in pairs.iter().zip(fitted).enumerate() {
        let begins = (pair.front, pair.joint.entry());
        let cache = caches.iter().find(|(view, _)| *view == begins).map(|(_, buffer)| buffer.clone());
        fits.push(fitted.with(*pair, &moments, index, cache));
    }
    Ok(fits)
}

/// What a pass over images looks at.
struct Pass<'a> {
    engine: &'a dyn Engine,
    plan: &'a Plan,
    /// What is seen of the front: first what direct matching sees, then what else stitches begin at.
    views: Vec<View>,
    /// Image to the views.
    front: Graph,
    /// Image to what is seen of the end.
    end: Graph,
    /// Pairs as places among the views and among the outputs of `end`.
    indices: Vec<(usize, usize)>,
}

impl<'a> Pass<'a> {
    fn of(engine: &'a dyn Engine, plan: &'a Plan, pairs: &[Pair]) -> Result<Self, StudyError> {
        let seen = |p: &Pair| (p.front, p.joint.early());
        let mut views = distinct(pairs.iter().map(seen));
        // The end is seen as it is or flattened, whatever changes positions.
        let wanted = |p: &Pair| (p.end, if p.joint.flat() { p.joint } else { Joint::plain(Form::Linear) });
        let ends = distinct(pairs.iter().map(wanted));
        let at = |list: &[View], view: View| {
            list.iter().position(|v| *v == view).ok_or(StudyError::Fault("a pair is not among its own views"))
        };
        let places = |p: &Pair| Ok((at(&views, seen(p))?, at(&ends, wanted(p))?));
        let indices = pairs.iter().map(places).collect::<Result<_, StudyError>>()?;
        views.extend(pairs.iter().map(|p| (p.front, p.joint.entry())));
        let views = distinct(views.into_iter());
        let front = seen_of(&plan.front, &views, Joint::enter)?;
        let end = seen_of(&plan.end, &ends, Joint::wanted)?;
        Ok(Self { engine, plan, views, front, end, indices })
    }

    /// Views whose activations fit into the budget, latest taps first: they save the most and weigh the least. What no stitch begins
    /// at is not kept.
    fn affordable(&self, pairs: &[Pair]) -> Vec<usize> {
        let mut left = self.plan.recipe.run.cache_mib.saturating_mul(1 << 20);
        let begun = |view: &View| pairs.iter().any(|p| (p.front, p.joint.entry()) == *view);
        let mut order: Vec<usize> = (0..self.views.len()).filter(|i| begun(&self.views[*i])).collect();
        order.sort_by_key(|i| std::cmp::Reverse(self.views[*i].0));
        let mut kept = Vec::new();
        for index in order {
            let per_image: usize = self.front.ty(self.front.outputs()[index].value).at(1).iter().product();
            let bytes = per_image.saturating_mul(4).saturating_mul(self.plan.train.len());
            if bytes <= left {
                left -= bytes;
                kept.push(index);
            }
        }
        kept.sort_unstable();
        kept
    }

    /// The sums over `images`, and for each of `kept` (places in `views`) its activations, batch by batch.
    async fn over(
        &self,
        images: &Images,
        kept: &[usize],
        step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
    ) -> Result<(Moments, Vec<Vec<Buffer>>), StudyError> {
        let Self { engine, plan, .. } = *self;
        let graph = gram_graph(&self.front, &self.end, &self.indices, kept)?;
        let program = engine.compile(&rewrite::simplify(&graph)?).await?;
        let summed = self.indices.iter().map(|(front, _)| front + 1).max().unwrap_or(0);
        let outputs = self.front.outputs().iter().take(summed);
        let rows: Vec<usize> = outputs.map(|o| rows_per_image(self.front.ty(o.value))).collect();
        let mut moments = Moments::new(&rows, self.end.outputs().len(), &self.indices);
        let mut chunks: Vec<Vec<Buffer>> = vec![Vec::new(); kept.len()];
        for_each_batch(engine, images, plan.recipe.run.batch, step, async |chosen, input| {
            let mut results = program.run(&[&input]).await?;
            let activations = results.split_off(results.len() - kept.len());
            chunks.iter_mut().zip(activations).for_each(|(list, buffer)| list.push(buffer));
            let mut sums = Vec::with_capacity(results.len());
            for buffer in &results {
                sums.push(engine.read(buffer).await?);
            }
            moments.add(chosen.len(), &sums)?;
            Ok(())
        })
        .await?;
        Ok((moments, chunks))
    }
}

/// What the sums over the training images say of a pair.
struct Fitted {
    fit: DirectFit,
    correlations: Option<Correlations>,
    ranks: Vec<RankStitches>,
    seen: Option<Seen>,
}

impl Fitted {
    /// Direct matching of the `index`th pair, and what else is needed of its sums.
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
        Ok(Self { fit, correlations, ranks, seen })
    }

    /// With the likenesses of the `index`th pair from the sums over the test images.
    fn with(self, pair: Pair, moments: &Moments, index: usize, cache: Option<Buffer>) -> PairFit {
        let (rows, a, b, cross) = moments.pair(index);
        let sums = PairSums { rows, a: &a, b: &b, cross: &cross };
        // Values that are not finite are told by the counts; these measures have nothing to add then.
        let narrow = a.sum.len().max(b.sum.len()) <= WIDEST;
        let likeness = if narrow { likeness(sums).ok() } else { None };
        let Self { fit, correlations, ranks, seen } = self;
        PairFit { pair, fit, cka: cka(sums), likeness, correlations, ranks, seen, cache }
    }
}

/// Image to views of a network's taps.
fn seen_of(
    network: &Network,
    views: &[View],
    see: impl Fn(Joint, &mut Builder, ValueId) -> Result<ValueId, GraphError>,
) -> Result<Graph, StudyError> {
    let taps: Vec<_> = views.iter().map(|(tap, _)| &network.taps[*tap]).collect();
    let until = cut::front_at(&network.graph, &taps)?;
    let mut b = Builder::new();
    let image = b.input("image", until.ty(until.inputs()[0]).clone());
    let found = inline(&mut b, &until, &[image])?;
    for ((tap, joint), value) in views.iter().zip(found) {
        let value = see(*joint, &mut b, value)?;
        b.output(&network.taps[*tap].name, value);
    }
    Ok(b.finish())
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
pub(super) fn rows_per_image(ty: &TensorType) -> usize {
    let axis = channel_axis(ty.rank());
    ty.at(1).iter().enumerate().filter(|(i, _)| *i != axis).map(|(_, size)| size).product()
}

/// Each view once, in order.
fn distinct(views: impl Iterator<Item = View>) -> Vec<View> {
    let mut list = Vec::new();
    for view in views {
        if !list.contains(&view) {
            list.push(view);
        }
    }
    list
}
