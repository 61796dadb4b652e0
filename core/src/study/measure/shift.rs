//! Does an attack move all images' representations the same way? Mean pairwise cosine of their changes at the end's tap.
//!
//! As `--plot-cos` of the reference implementation of Balogh & Jelasity 2023, which does it for one class; here for the pairs of equal
//! class of all classes. With unit changes `u_i` of the n images of a class, `sum_{i != j} u_i . u_j = |sum u_i|^2 - n`: no pair is
//! ever looked at.

use super::Subject;
use crate::attack::descent::{Descent, Origin};
use crate::attack::{AttackSettings, Start};
use crate::cut;
use crate::graph::{Builder, Graph, GraphError, inline};
use crate::loss::Loss;
use crate::recipe::{AttackMethod, AttackRecipe};
use crate::report::Shift;
use crate::rewrite;
use crate::study::evaluate::{batch_of, labels};
use crate::study::events::{Observer, Stage, progress};
use crate::study::signals::as_it_is;
use crate::study::stitched::{behind, halves, joined};
use crate::study::work::CellWork;
use crate::study::{Pair, StudyError};
use crate::tensor::{DType, Dim, TensorType};

/// Steps where the recipe's attack has none of its own, as the reference.
const STEPS: usize = 20;

/// The attack: PGD that does not stop when it succeeds, from the clean image, within the recipe's ball.
fn settings(attack: &AttackRecipe) -> AttackSettings {
    let own = attack.method == AttackMethod::Pgd;
    let steps = if own { attack.steps } else { STEPS };
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "pixels are f32")]
    let (eps, alpha) = (
        attack.eps.value() as f32,
        if own { attack.alpha.value() as f32 } else { (2.5 * attack.eps.value() / STEPS as f64) as f32 },
    );
    AttackSettings {
        norm: attack.norm,
        eps,
        alpha,
        steps,
        restarts: 1,
        start: Start::Clean,
        loss: Loss::CrossEntropy,
        seed: 0,
    }
}

/// Sums of unit changes by class, and how many changes there were.
#[derive(Clone, Debug, Default, PartialEq)]
struct Changes {
    /// [classes, size of the representation].
    sums: Vec<f64>,
    /// `[classes]`.
    counts: Vec<f64>,
}

impl Changes {
    fn add(&mut self, sums: &[f64], counts: &[f64]) {
        for (total, part) in [(&mut self.sums, sums), (&mut self.counts, counts)] {
            total.resize(part.len(), 0.0);
            total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
        }
    }

    /// Mean over all pairs of different images of equal class; NaN when there is no pair.
    fn cosine(&self) -> f64 {
        let size = (self.sums.len() / self.counts.len().max(1)).max(1);
        let (mut products, mut pairs) = (0.0, 0.0);
        for (sum, n) in self.sums.chunks(size).zip(&self.counts) {
            products += sum.iter().map(|v| v * v).sum::<f64>() - n;
            pairs += n * (n - 1.0);
        }
        products / pairs
    }
}

/// Cosines for a stitch and for the end's own representation; `None` where the recipe does not ask. The end is attacked for each
/// pair anew, which costs as much as the stitched network.
pub(in crate::study) async fn shift(
    work: &CellWork<'_>,
    of: Subject<'_>,
    observer: &mut Observer<'_>,
) -> Result<Option<Shift>, StudyError> {
    let plan = work.plan;
    let Subject { pair, weights, adapted, .. } = of;
    let (Some(attack), 1..) = (&plan.recipe.attack, plan.recipe.probe.shift) else { return Ok(None) };
    let settings = settings(attack);
    let (front, end) = halves(&plan.front, &plan.end, pair)?;
    let tap = &plan.end.taps[pair.end];
    let network = rewrite::simplify(&joined((&front, &end), weights, adapted)?)?;
    let shown = behind((&plan.front, &plan.end), pair, &front, as_it_is(&tap.ty))?;
    let signal = joined((&front, &shown), weights, &adapted.of_front())?;
    let mine = changes(work, pair, (&network, &signal), &settings, observer).await?;
    let network = rewrite::simplify(&plan.end.graph)?;
    let signal = cut::front_at(&plan.end.graph, &[tap])?;
    let own = changes(work, pair, (&network, &signal), &settings, observer).await?;
    let images = plan.recipe.probe.shift.min(plan.test.len()) as u64;
    Ok(Some(Shift { cosine: mine.cosine(), own: own.cosine(), images }))
}

/// Attacks `network` and adds up how its representation `signal` moves.
async fn changes(
    work: &CellWork<'_>,
    pair: Pair,
    (network, signal): (&Graph, &Graph),
    settings: &AttackSettings,
    observer: &mut Observer<'_>,
) -> Result<Changes, StudyError> {
    let (images, total) = (&work.plan.test, work.plan.recipe.probe.shift.min(work.plan.test.len()));
    let failed = |source| StudyError::Attack { cell: work.about(pair, None).label(), source };
    let batch = work.plan.recipe.run.batch;
    let descent = Descent::prepare(work.engine, network, settings, batch).await.map_err(failed)?;
    let graph = changes_graph(signal, work.plan.end.classes)?;
    let measure = work.engine.compile(&rewrite::simplify(&graph)?).await?;
    let about = work.about(pair, None);
    let mut all = Changes::default();
    for start in (0..total).step_by(descent.batch()) {
        let chosen: Vec<usize> = (start..total.min(start + descent.batch())).collect();
        let origin = |index: &usize| {
            let clean = images.pixels_f32(&[*index]);
            let (eps, alpha) = (settings.eps, settings.alpha);
            Origin { image: *index, label: images.labels[*index] as usize, start: clean.clone(), clean, eps, alpha }
        };
        let origins = chosen.iter().map(origin).collect();
        let found = descent.run(work.engine, origins, (&[], settings.steps, false), &mut |_| true).await;
        let attacked = found.map_err(failed)?.into_iter().flat_map(|arrival| arrival.image).collect();
        let clean = work.engine.upload(&batch_of(images, images.pixels_f32(&chosen))?).await?;
        let attacked = work.engine.upload(&batch_of(images, attacked)?).await?;
        let label = work.engine.upload(&labels(images, &chosen)).await?;
        let results = measure.run(&[&clean, &attacked, &label]).await?;
        let [sums, counts] = results.as_slice() else {
            return Err(StudyError::Misfit("the shift was not measured".to_owned()));
        };
        all.add(&work.engine.read(sums).await?.to_f64(), &work.engine.read(counts).await?.to_f64());
        progress(observer, about.at(Stage::Shift, start + chosen.len(), total))?;
    }
    Ok(all)
}

/// (clean, attacked, labels) to the sums of unit changes by class [K, size] and their counts `[K]`. An image whose representation does
/// not move has no direction and does not count.
fn changes_graph(signal: &Graph, classes: usize) -> Result<Graph, GraphError> {
    let mut b = Builder::new();
    let ty = signal.ty(signal.inputs()[0]).clone();
    let (clean, attacked) = (b.input("clean", ty.clone()), b.input("attacked", ty));
    let label = b.input("label", TensorType::new(DType::I64, &[Dim::BATCH]));
    let (before, after) = (inline(&mut b, signal, &[clean])?[0], inline(&mut b, signal, &[attacked])?[0]);
    let change = b.sub(after, before)?;
    let size: usize = b.ty(change).at(1).iter().product();
    let change = b.reshape(change, &[Dim::BATCH, Dim::fixed(size)])?;
    let squares = b.square(change)?;
    let norms = b.reduce_sum(squares, &[1], true)?;
    let norms = b.sqrt(norms)?;
    let floor = b.scalar_like(f64::from(f32::MIN_POSITIVE), norms);
    let guarded = b.max(norms, floor)?;
    let unit = b.div(change, guarded)?;
    let hot = b.one_hot(label, classes)?;
    let moved = b.is_positive(norms)?;
    let zeros = b.zeros_like(hot)?;
    let hot = b.select(moved, hot, zeros)?;
    let turned = b.transpose_last(hot)?;
    let sums = b.matmul(turned, unit)?;
    let counts = b.reduce_sum(hot, &[0], false)?;
    b.output("sums", sums);
    b.output("counts", counts);
    Ok(b.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use crate::engine::reference::{Precision, Reference};
    use crate::platform::block_on;
    use crate::random::{Purpose, Stream};
    use crate::tensor::{Tensor, Tolerance};

    /// The closed form against all pairs, over two batches; one image does not move.
    #[test]
    fn the_closed_form_is_the_mean_over_all_pairs() {
        let (n, size, classes) = (9, 4, 2);
        let mut s = Stream::new(8, Purpose::Test, 0, 0);
        let mut draw = || (0..n * size).map(|_| s.uniform_f32() + 0.5).collect::<Vec<f32>>();
        let (clean, mut attacked) = (draw(), draw());
        attacked[..size].copy_from_slice(&clean[..size]);
        let label = |i: usize| i % classes;
        let mut b = Builder::new();
        let dims = [Dim::BATCH, Dim::fixed(1), Dim::fixed(2), Dim::fixed(2)];
        let x = b.input("x", TensorType::new(DType::F32, &dims));
        b.output("x", x);
        let engine = Reference::new(Precision::AsTyped);
        let program = block_on(engine.compile(&changes_graph(&b.finish(), classes).unwrap())).unwrap();
        let mut found = Changes::default();
        for range in [0..5, 5..n] {
            let of = |v: &[f32]| {
                let tensor = Tensor::f32(&[range.len(), 1, 2, 2], v[range.start * size..range.end * size].to_vec());
                block_on(engine.upload(&tensor.unwrap())).unwrap()
            };
            let labels: Vec<i64> = range.clone().map(|i| i64::try_from(label(i)).unwrap()).collect();
            let labels = block_on(engine.upload(&Tensor::indices(&labels))).unwrap();
            let results = block_on(program.run(&[&of(&clean), &of(&attacked), &labels])).unwrap();
            let [sums, counts] = [0, 1].map(|i| block_on(engine.read(&results[i])).unwrap().to_f64());
            found.add(&sums, &counts);
        }
        assert_eq!(found.counts, [4.0, 4.0]);
        let unit = |i: usize| -> Vec<f64> {
            let of = |v: &[f32]| v[i * size..(i + 1) * size].iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
            let change: Vec<f64> = of(&attacked).iter().zip(of(&clean)).map(|(a, c)| a - c).collect();
            let norm = change.iter().map(|v| v * v).sum::<f64>().sqrt();
            change.iter().map(|v| v / norm).collect()
        };
        let mut cosines = Vec::new();
        for i in 1..n {
            for j in (1..n).filter(|j| *j != i && label(*j) == label(i)) {
                cosines.push(unit(i).iter().zip(unit(j)).map(|(a, b)| a * b).sum::<f64>());
            }
        }
        let expected = cosines.iter().sum::<f64>() / cosines.len() as f64;
        assert!(Tolerance::Operator.accepts(&[found.cosine()], &[expected]), "{} {expected}", found.cosine());
        assert!(Changes::default().cosine().is_nan());
    }
}
