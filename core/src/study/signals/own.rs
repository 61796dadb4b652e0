//! The end's own activations at its taps as Gaussian models, and how far from them stitched ones are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Signals, rows_per_image, signals, stitched_taps};
use crate::cut;
use crate::engine::Engine;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::metrics::auroc;
use crate::ops::concat::Concat;
use crate::report::{Ood, Role};
use crate::similarity::{Gaussian, pooled};
use crate::stitch::{Adapted, Weights};
use crate::study::events::{Observer, Progress, Stage, progress};
use crate::study::stitched::{behind, halves, joined};
use crate::study::{Pair, Plan, StudyError};
use crate::tensor::{DType, Dim, TensorType};

/// Numbers that [`measuring_graph`] gives for each image.
const COLUMNS: usize = 6;

/// These numbers of all images, column by column.
#[derive(Clone, Debug, Default)]
pub(in crate::study) struct Columns([Vec<f64>; COLUMNS]);

impl Columns {
    /// With the next images' numbers `[n, 6]`.
    pub(crate) fn extend(&mut self, numbers: Vec<f64>) {
        for (at, number) in numbers.into_iter().enumerate() {
            self.0[at % COLUMNS].push(number);
        }
    }

    /// What they say.
    pub(crate) fn ood(&self) -> Ood {
        let [far, far_positions, own, own_positions, apart, size] = &self.0;
        let relative = apart.iter().sum::<f64>() / size.iter().sum::<f64>();
        Ood { auroc: auroc(own, far), positions: auroc(own_positions, far_positions), relative_l2: relative.sqrt() }
    }
}

/// The end's own activations at a tap.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::study) struct OwnModel {
    /// Of the images' mean activations.
    pooled: Gaussian,
    /// Of the activations at each position.
    positions: Gaussian,
}

impl OwnModel {
    /// From models of the images' mean activations and of the activations at each position.
    pub(crate) const fn new(pooled: Gaussian, positions: Gaussian) -> Self {
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
