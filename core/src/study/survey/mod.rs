//! One pass over the test images for all that is measured of networks without a training or an attack: the donors' answers, those of
//! every stitch that is known, how alike its taps are, and how its activations differ from the end's own.
//!
//! Fronts and the end run once, whatever the number of stitches; of a stitched network only what follows the tap is its own.

mod arms;

use serde::{Deserialize, Serialize};

use crate::engine::{Buffer, Engine};
use crate::graph::{Builder, ValueId, inline};
use crate::metrics::{Predictions, predicted_class};
use crate::platform::memory;
use crate::report::Ood;
use crate::similarity::{Alike, Exactness, Moments, Order, PairSums, compared, gram_sums};
use crate::stitch::{Adapted, Weights};
use crate::study::evaluate::for_each_batch;
use crate::study::matching::{Arm, Looks, Origins, exactness, over, uploaded, with};
use crate::study::signals::{Columns, OwnModel, OwnModels, measuring_graph};
use crate::study::stages::{Cuttable, Stages};
use crate::study::stitched::{halves, joined};
use crate::study::{Pair, Plan, StudyError};
use crate::tensor::Tensor;

pub(super) use arms::{Common, Found, Todo, activations, common};

/// Stitched networks of one pass at most: engines take longer to prepare a graph than it has nodes.
const MOST: usize = 32;

/// What the pass finds of one stitch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::study) struct Seen {
    pub predictions: Predictions,
    pub alike: Option<Alike>,
    pub ood: Option<Ood>,
}

/// Stitches of one front, one for each of its pairs, and what is asked of them.
#[derive(Clone)]
pub(in crate::study) struct Stitches<'a> {
    pub arm: Arm<'a>,
    pub weights: Vec<&'a Weights>,
    /// Whether the likeness of the taps is wanted.
    pub alike: bool,
    /// What the end's own activations are like, where stitched ones are compared with them.
    pub own: Option<&'a OwnModels>,
}

/// What the pass finds.
#[derive(Clone, Debug)]
pub(in crate::study) struct Survey {
    /// Answers of the front and the end, where these were asked.
    pub donors: Option<[Predictions; 2]>,
    /// Of each stitch, front by front.
    pub stitches: Vec<Vec<Seen>>,
}

/// One stitch of the pass.
#[derive(Clone, Copy)]
struct One<'a> {
    arm: usize,
    plan: &'a Plan,
    pair: Pair,
    weights: &'a Weights,
    alike: bool,
    own: Option<&'a OwnModels>,
}

/// How alike the taps of `pairs` are on the test images, in one pass; `step` hears how many images are done.
///
/// # Errors
/// [`StudyError`] from the engine or from `step`.
pub async fn compare_pairs(
    engine: &dyn Engine,
    plan: &Plan,
    pairs: &[Pair],
    step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
) -> Result<Vec<Alike>, StudyError> {
    let looks = Looks::of(&[Arm { plan, pairs }], &[], &[])?;
    let images = (&plan.test, plan.recipe.run.batch);
    let (moments, ..) = over(engine, (&looks, &[]), images, (Order::Fourth, exactness(engine)), step).await?;
    Ok((0..pairs.len()).map(|index| alike(&moments, index)).collect())
}

/// Runs the stitches, and if asked `plan`'s donors, over its test images; `step` hears how many images are done in passes, and of how many.
///
/// # Errors
/// [`StudyError`] from the engine or from `step`.
pub(in crate::study) async fn survey(
    engine: &dyn Engine,
    (plan, donors): (&Plan, bool),
    stitches: &[Stitches<'_>],
    origins: &Origins,
    step: &mut dyn FnMut(usize, usize) -> Result<(), StudyError>,
) -> Result<Survey, StudyError> {
    let mut all: Vec<One<'_>> = Vec::new();
    for (arm, of) in stitches.iter().enumerate() {
        let Stitches { arm: Arm { plan, pairs }, weights, alike, own } = of;
        let (plan, alike, own) = (*plan, *alike, *own);
        all.extend(pairs.iter().zip(weights).map(|(pair, weights)| One {
            arm,
            plan,
            pair: *pair,
            weights,
            alike,
            own,
        }));
    }
    let mut found = Survey { donors: None, stitches: vec![Vec::new(); stitches.len()] };
    let groups = groups(&all);
    let total = groups.len() * plan.test.len();
    for (index, group) in groups.iter().enumerate() {
        let donors = donors && index == 0;
        if !donors && group.is_empty() {
            continue;
        }
        let pass = Pass::of(plan, (donors, group), (origins, exactness(engine)))?;
        let mut step = |done: usize| step(index * plan.test.len() + done, total);
        let (mut answers, columns, moments) = pass.over(engine, &mut step).await?;
        let of_stitches = answers.split_off(if donors { 2 } else { 0 });
        if let Ok(both) = <[Predictions; 2]>::try_from(answers) {
            found.donors = Some(both);
        }
        let (mut columns, mut sums) = (columns.into_iter(), 0);
        for (one, predictions) in group.iter().zip(of_stitches) {
            let ood = one.model().and_then(|_| columns.next()).map(|c| c.ood());
            let alike = moments.as_ref().filter(|_| one.alike).map(|moments| {
                sums += 1;
                alike(moments, sums - 1)
            });
            found.stitches[one.arm].push(Seen { predictions, alike, ood });
        }
    }
    Ok(found)
}

/// Stitches that go through one pass: as many as their sums have room in the memory that may be taken. What is behind a tap is the end's
/// own, whose weights the pass has once.
fn groups<'a>(all: &[One<'a>]) -> Vec<Vec<One<'a>>> {
    let most = memory::budget() / 4;
    let mut groups: Vec<Vec<One<'a>>> = vec![Vec::new()];
    let mut taken = 0_u64;
    for one in all {
        let bytes = one.bytes();
        let full = groups.last().is_some_and(|g| g.len() >= MOST || (!g.is_empty() && taken + bytes > most));
        if full {
            groups.push(Vec::new());
            taken = 0;
        }
        taken = taken.saturating_add(bytes);
        if let Some(group) = groups.last_mut() {
            group.push(*one);
        }
    }
    groups
}

impl One<'_> {
    /// The model of the end's own activations at its tap.
    fn model(&self) -> Option<&OwnModel> {
        self.own.and_then(|own| own.get(&self.pair.end))
    }

    /// What is its own of the pass: the stitch, models, and the sums.
    fn bytes(&self) -> u64 {
        let (a, b) = (self.weights.input as u64, self.weights.out as u64);
        let sums = if self.alike { 8 * (a * a + a * b + b * b) } else { 0 };
        let models = if self.model().is_some() { 8 * b * b } else { 0 };
        sums + models + 4 * a * b
    }
}

/// A pass over the test images.
struct Pass<'a> {
    plan: &'a Plan,
    graph: Cuttable,
    /// Rows of logits that come first, then so many tables of distances; sums are behind them.
    answers: usize,
    distances: usize,
    moments: Option<Moments>,
    origins: Vec<Tensor>,
}

impl<'a> Pass<'a> {
    fn of(
        plan: &'a Plan,
        (donors, group): (bool, &[One<'_>]),
        sums: (&Origins, Exactness),
    ) -> Result<Self, StudyError> {
        let mut b = Builder::new();
        let whole = &plan.end.graph;
        let image = b.input("image", whole.ty(whole.inputs()[0]).clone());
        let mut answers = Vec::new();
        if donors {
            for graph in [&plan.front.graph, whole] {
                answers.push(first(inline(&mut b, graph, &[image])?)?);
            }
        }
        let own = Adapted::default();
        let mut between = Vec::new();
        for one in group {
            let (front, end) = halves(&one.plan.front, &one.plan.end, one.pair)?;
            between.push(first(inline(&mut b, &front, &[image])?)?);
            let stitched = joined((&front, &end), one.weights, &own)?;
            answers.push(first(inline(&mut b, &stitched, &[image])?)?);
        }
        let mut distances = Vec::new();
        for one in group {
            let Some(model) = one.model() else { continue };
            let graph = measuring_graph(one.plan, one.pair, (one.weights, &own), model)?;
            distances.push(first(inline(&mut b, &graph, &[image])?)?);
        }
        answers.iter().for_each(|value| b.output("logits", *value));
        distances.iter().for_each(|value| b.output("distances", *value));
        let (moments, origins) = match Self::sums(&mut b, (image, &mut between), group, sums)? {
            Some((moments, origins)) => (Some(moments), origins),
            None => (None, Vec::new()),
        };
        between.iter().for_each(|value| b.output("between", *value));
        let graph = Cuttable { graph: b.finish(), between: between.len() };
        let (answers, distances) = (answers.len(), distances.len());
        Ok(Self { plan, graph, answers, distances, moments, origins })
    }

    /// Puts the sums for likenesses into the graph; the taps that they are of are `between`.
    fn sums(
        b: &mut Builder,
        (image, between): (ValueId, &mut Vec<ValueId>),
        group: &[One<'_>],
        (known, exactness): (&Origins, Exactness),
    ) -> Result<Option<(Moments, Vec<Tensor>)>, StudyError> {
        let Some(arm) = group.iter().find(|one| one.alike) else { return Ok(None) };
        let pairs: Vec<Pair> = group.iter().filter(|one| one.alike).map(|one| one.pair).collect();
        let looks = Looks::of(&[Arm { plan: arm.plan, pairs: &pairs }], &[], &[])?;
        let mut values = Vec::new();
        for graph in &looks.graphs {
            values.extend(inline(b, graph, &[image])?);
        }
        let how = (Order::Fourth, exactness);
        for sum in gram_sums(b, &values, &looks.pairs, how)? {
            b.output("sum", sum);
        }
        between.extend(values);
        let origins = looks.origins(known)?;
        Ok(Some((looks.moments(Order::Fourth, &origins), origins)))
    }

    /// Rows of classes, tables of distances and the sums.
    async fn over(
        self,
        engine: &dyn Engine,
        step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
    ) -> Result<(Vec<Predictions>, Vec<Columns>, Option<Moments>), StudyError> {
        let Self { plan, graph, answers, distances, mut moments, origins } = self;
        let stages = Stages::of(engine, graph).await?;
        let origins = uploaded(engine, &origins).await?;
        let batch = stages.batch_up_to(plan.recipe.run.batch);
        let mut classes = vec![Predictions(Vec::with_capacity(plan.test.len())); answers];
        let mut columns = vec![Columns::default(); distances];
        for_each_batch(engine, &plan.test, batch, step, async |chosen, input| {
            let heard = async |place: usize, buffer: Buffer| {
                let result = engine.read(&buffer).await?;
                drop(buffer);
                if let Some(classes) = classes.get_mut(place) {
                    let width = result.shape().get(1).copied().unwrap_or(1).max(1);
                    classes.0.extend(result.as_f32()?.chunks(width).map(predicted_class));
                } else if let Some(columns) = columns.get_mut(place - answers) {
                    columns.extend(result.to_f64());
                } else if let Some(moments) = &mut moments {
                    moments.add_one(place - answers - distances, &result)?;
                }
                Ok(())
            };
            stages.run(&with(&input, &origins), heard).await?;
            if let Some(moments) = &mut moments {
                moments.count(chosen.len());
            }
            Ok(())
        })
        .await?;
        for found in &classes {
            if found.0.len() != plan.test.len() {
                return Err(StudyError::Misfit(format!(
                    "{} images gave {} rows of logits; a network must give one row for each image",
                    plan.test.len(),
                    found.0.len()
                )));
            }
        }
        Ok((classes, columns, moments))
    }
}

fn first(values: Vec<ValueId>) -> Result<ValueId, StudyError> {
    values.into_iter().next().ok_or(StudyError::Fault("a network without a result"))
}

/// The likenesses of the `index`th pair of the sums.
fn alike(moments: &Moments, index: usize) -> Alike {
    let (rows, a, b, cross) = moments.pair(index);
    compared(PairSums { rows, a: &a, b: &b, cross: &cross })
}
