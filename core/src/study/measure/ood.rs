//! Are stitched activations what the end is used to? Distances under a Gaussian model of the end's own, and how well they tell the
//! two apart.
//!
//! A stitch trained on labels may drive the end with activations that it never met (Smith et al. 2025; AAAI 2025, arXiv 2412.11299), so
//! that an accuracy says nothing about likeness. There a detector network is trained on the end's own and on foreign activations; here
//! a Gaussian model is fitted to the end's own on the training images and nothing is trained (`similarity/gaussian.rs`).

use std::collections::BTreeMap;

use super::signals::{Signals, signals, stitched_taps};
use crate::cut;
use crate::engine::Engine;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::metrics::auroc;
use crate::ops::concat::Concat;
use crate::report::{Ood, Role};
use crate::rewrite;
use crate::similarity::{Gaussian, pooled};
use crate::stitch::{Adapted, Weights};
use crate::study::cell::CellWork;
use crate::study::evaluate::for_each_batch;
use crate::study::events::{Observer, Progress, Stage, progress};
use crate::study::halves::{behind, halves, joined};
use crate::study::matching::rows_per_image;
use crate::study::{Pair, Plan, StudyError};
use crate::tensor::{DType, Dim, TensorType};

/// From here on stitched activations are called out of distribution: of ten pairs of a stitched activation and one of the end's own, the
/// stitched one is farther out in nine.
pub(in crate::study) const BOUND: f64 = 0.9;

/// What a cell says then; the same sentence for all, so that a table tells it once.
pub(in crate::study) const FLAG: &str = "the stitched activations are out of the end's own distribution (AUROC above 0.9): this accuracy does not \
                               show that the representations are alike";

/// Numbers that [`measuring_graph`] gives for each image.
const COLUMNS: usize = 6;

/// These numbers of all images, column by column.
#[derive(Clone, Debug, Default)]
pub(in crate::study) struct Columns([Vec<f64>; COLUMNS]);

impl Columns {
    /// With the next images' numbers `[n, 6]`.
    pub fn extend(&mut self, numbers: Vec<f64>) {
        for (at, number) in numbers.into_iter().enumerate() {
            self.0[at % COLUMNS].push(number);
        }
    }

    /// What they say.
    pub fn ood(&self) -> Ood {
        let [far, far_positions, own, own_positions, apart, size] = &self.0;
        let relative = apart.iter().sum::<f64>() / size.iter().sum::<f64>();
        Ood { auroc: auroc(own, far), positions: auroc(own_positions, far_positions), relative_l2: relative.sqrt() }
    }
}

/// The end's own activations at a tap.
#[derive(Clone, Debug)]
pub(in crate::study) struct OwnModel {
    /// Of the images' mean activations.
    pooled: Gaussian,
    /// Of the activations at each position.
    positions: Gaussian,
}

impl OwnModel {
    /// From models of the images' mean activations and of the activations at each position.
    pub const fn new(pooled: Gaussian, positions: Gaussian) -> Self {
        Self { pooled, positions }
    }
}

/// Models by end tap.
pub(in crate::study) type OwnModels = BTreeMap<usize, OwnModel>;

/// Models of the end's own activations at the taps of `pairs`, in a pass of their own: the pass of direct matching has them already
/// where stitches take activations as they are.
pub(in crate::study) async fn own_models(
    engine: &dyn Engine,
    plan: &Plan,
    pairs: &[Pair],
    observer: &mut Observer<'_>,
) -> Result<OwnModels, StudyError> {
    let mut step = |done: usize| {
        progress(observer, Progress::of(Stage::OwnActivations).at(Stage::OwnActivations, done, plan.train.len()))
    };
    let found = signals(engine, plan, &plan.end, &stitched_taps(pairs, Role::End), &mut step).await?;
    Ok(models(plan, &found))
}

/// Taps whose sums are not finite have no model; their counts say why.
#[expect(clippy::cast_precision_loss, reason = "counts of images and positions")]
fn models(plan: &Plan, found: &Signals) -> OwnModels {
    let images = plan.train.len() as f64;
    let model = |(tap, sums): (&usize, &crate::similarity::TapSums)| {
        let rows = images * rows_per_image(&plan.end.taps[*tap].ty) as f64;
        let pooled = Gaussian::of(images, &sums.pooled_sum, &sums.pooled_gram).ok()?;
        Some((*tap, OwnModel { pooled, positions: Gaussian::of(rows, &sums.sum, &sums.gram).ok()? }))
    };
    found.iter().filter_map(model).collect()
}

impl CellWork<'_> {
    /// How a stitch's activations on the test images compare with the end's own; `None` where the recipe does not ask.
    pub(in crate::study) async fn ood(
        &self,
        pair: Pair,
        found: (&Weights, &Adapted),
        observer: &mut Observer<'_>,
    ) -> Result<Option<Ood>, StudyError> {
        let Some(model) = self.own.and_then(|own| own.get(&pair.end)) else { return Ok(None) };
        let graph = rewrite::simplify(&measuring_graph(self.plan, pair, found, model)?)?;
        let program = self.engine.compile(&graph).await?;
        let (images, batch) = (&self.plan.test, program.batch_up_to(self.plan.recipe.run.batch));
        let work = self.about(pair, None);
        let mut columns = Columns::default();
        let mut step = |done: usize| progress(observer, work.at(Stage::Activations, done, images.len()));
        for_each_batch(self.engine, images, batch, &mut step, async |_, input| {
            for buffer in program.run(&[&input]).await? {
                columns.extend(self.engine.read(&buffer).await?.to_f64());
            }
            Ok(())
        })
        .await?;
        Ok(Some(columns.ood()))
    }
}

/// Image batch to `[N, 6]`: distances of the stitched activation (pooled, by position) and of the end's own, the mean square of their
/// difference, and that of the end's own.
pub(in crate::study) fn measuring_graph(
    plan: &Plan,
    pair: Pair,
    (weights, adapted): (&Weights, &Adapted),
    model: &OwnModel,
) -> Result<Graph, StudyError> {
    let front = halves(&plan.front, &plan.end, pair)?.0;
    let tap = &plan.end.taps[pair.end];
    let own = cut::front_at(&plan.end.graph, &[tap])?;
    let shown = behind((&plan.front, &plan.end), pair, &front, as_it_is(&tap.ty))?;
    let signal = joined((&front, &shown), weights, &adapted.of_front())?;
    let mut b = Builder::new();
    let image = b.input("image", own.ty(own.inputs()[0]).clone());
    let signal = inline(&mut b, &signal, &[image])?[0];
    let own = inline(&mut b, &own, &[image])?[0];
    let mut columns = Vec::with_capacity(COLUMNS);
    for value in [signal, own] {
        let mean = pooled(&mut b, value)?;
        columns.push(model.pooled.distance(&mut b, mean)?);
        columns.push(model.positions.distance(&mut b, value)?);
    }
    let apart = b.sub(signal, own)?;
    for value in [apart, own] {
        columns.push(mean_square(&mut b, value)?);
    }
    let columns =
        columns.into_iter().map(|c| b.reshape(c, &[Dim::BATCH, Dim::ONE])).collect::<Result<Vec<_>, GraphError>>()?;
    let all = b.apply1(Concat { axis: 1 }, &columns)?;
    let all = b.cast(all, DType::F32)?;
    b.output("distances", all);
    Ok(b.finish())
}

/// A network's end that does nothing: what is stitched comes out.
pub(in crate::study) fn as_it_is(ty: &TensorType) -> Graph {
    let mut b = Builder::new();
    let signal = b.input("signal", ty.clone());
    b.output("signal", signal);
    b.finish()
}

/// Per image, `[N]`.
fn mean_square(b: &mut Builder, value: ValueId) -> Result<ValueId, GraphError> {
    let squares = b.square(value)?;
    let rest: Vec<usize> = (1..b.ty(value).rank()).collect();
    b.reduce_mean(squares, &rest, false)
}
