//! Linear probes: how much of the classes a linear classifier reads from each donor's own taps.

use crate::cut;
use crate::engine::Engine;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::metrics::Predictions;
use crate::ops::stitch::Stitch;
use crate::report::{ProbeCount, Role};
use crate::rewrite;
use crate::similarity::{LinearProbe, TapSums, linear_probes, pooled};
use crate::study::evaluate::evaluate;
use crate::study::events::{Observer, Progress, Stage, progress};
use crate::study::signals::{class_counts, signals, stitched_taps};
use crate::study::{Network, Plan, StudyError};
use crate::tensor::Dim;

/// Probes at every tap that is stitched, of both donors, of all directions and of every rank that the recipe asks for.
///
/// # Errors
/// [`StudyError`] from the engine, and when the observer stops.
pub(in crate::study) async fn probes(
    engine: &dyn Engine,
    plan: &Plan,
    observer: &mut Observer<'_>,
) -> Result<Vec<ProbeCount>, StudyError> {
    let mut all = Vec::new();
    let work = Progress::of(Stage::ProbesFit);
    for (role, network) in [(Role::Front, &plan.front), (Role::End, &plan.end)] {
        let taps = stitched_taps(&plan.pairs, role);
        let ranks: Vec<Option<usize>> =
            [None].into_iter().chain(plan.recipe.probe.ranks.iter().copied().map(Some)).collect();
        let total = plan.train.len();
        let mut step = |done: usize| progress(observer, work.at(Stage::ProbesFit, done, total));
        let found = signals(engine, plan, network, &taps, &mut step).await?;
        let fitted = fitted(plan, network, &found.into_values().collect::<Vec<_>>(), &ranks);
        let graph = rewrite::simplify(&probing_graph(network, &taps, &fitted)?)?;
        let program = engine.compile(&graph).await?;
        let total = plan.test.len();
        let mut step = |done: usize| progress(observer, work.at(Stage::ProbesTest, done, total));
        let predictions = evaluate(engine, &program, &plan.test, plan.recipe.run.batch, &mut step).await?;
        let each = taps.iter().flat_map(|tap| ranks.iter().map(move |rank| (*tap, *rank)));
        all.extend(each.zip(predictions).map(|((tap, rank), found)| count(plan, (role, network, tap), rank, &found)));
    }
    Ok(all)
}

fn count(
    plan: &Plan,
    (role, network, tap): (Role, &Network, usize),
    rank: Option<usize>,
    found: &Predictions,
) -> ProbeCount {
    ProbeCount { role, tap: network.taps[tap].name.clone(), rank, clean: found.counts(&plan.test.labels) }
}

/// Per tap the probes of `ranks`. Where the activations are not finite the probe says so by giving no number.
#[expect(clippy::cast_precision_loss, reason = "a count of images")]
fn fitted(plan: &Plan, network: &Network, sums: &[TapSums], ranks: &[Option<usize>]) -> Vec<Vec<LinearProbe>> {
    let (images, labels) = (plan.train.len() as f64, class_counts(plan, network.classes));
    let blank = |of: &TapSums| LinearProbe {
        weight: vec![f64::NAN; of.pooled_sum.len() * labels.len()],
        bias: vec![f64::NAN; labels.len()],
    };
    let fit = |of: &TapSums| linear_probes(of, images, &labels, ranks).unwrap_or_else(|_| vec![blank(of); ranks.len()]);
    sums.iter().map(fit).collect()
}

/// Image batch to one `[N, K]` per tap and probe.
fn probing_graph(network: &Network, taps: &[usize], probes: &[Vec<LinearProbe>]) -> Result<Graph, StudyError> {
    let chosen: Vec<_> = taps.iter().map(|tap| &network.taps[*tap]).collect();
    let front = cut::front_at(&network.graph, &chosen)?;
    let mut b = Builder::new();
    let image = b.input("image", front.ty(front.inputs()[0]).clone());
    for (signal, probes) in inline(&mut b, &front, &[image])?.into_iter().zip(probes) {
        let mean = pooled(&mut b, signal)?;
        for probe in probes {
            let answer = answer(&mut b, mean, probe, network.classes)?;
            b.output("logits", answer);
        }
    }
    let mut graph = b.finish();
    graph.number_outputs();
    Ok(graph)
}

fn answer(b: &mut Builder, mean: ValueId, probe: &LinearProbe, classes: usize) -> Result<ValueId, GraphError> {
    let channels = probe.weight.len() / classes.max(1);
    let weight = b.constant_like(&[classes, channels], probe.weight.clone(), mean)?;
    let bias = b.constant_like(&[classes], probe.bias.clone(), mean)?;
    let answer = b.apply1(Stitch, &[mean, weight, bias])?;
    b.reshape(answer, &[Dim::BATCH, Dim::fixed(classes)])
}
