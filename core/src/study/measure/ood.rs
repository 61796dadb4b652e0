//! Are stitched activations what the end is used to? Distances under a Gaussian model of the end's own, and how well they tell the
//! two apart.
//!
//! A stitch trained on labels may drive the end with activations that it never met (Smith et al. 2025; AAAI 2025, arXiv 2412.11299), so
//! that an accuracy says nothing about likeness. There a detector network is trained on the end's own and on foreign activations; here
//! a Gaussian model is fitted to the end's own on the training images and nothing is trained (`similarity/gaussian.rs`).

use super::Subject;
use crate::report::Ood;
use crate::rewrite;
use crate::study::StudyError;
use crate::study::evaluate::for_each_batch;
use crate::study::events::{Observer, Stage, progress};
use crate::study::signals::{Columns, measuring_graph};
use crate::study::work::CellWork;

/// From here on stitched activations are called out of distribution: of ten pairs of a stitched activation and one of the end's own, the
/// stitched one is farther out in nine.
pub(in crate::study) const BOUND: f64 = 0.9;

/// What a cell says then; the same sentence for all, so that a table tells it once.
pub(in crate::study) const FLAG: &str = "the stitched activations are out of the end's own distribution (AUROC above 0.9): this accuracy does not \
                               show that the representations are alike";

/// How a stitch's activations on the test images compare with the end's own; `None` where the recipe does not ask.
pub(in crate::study) async fn ood(
    work: &CellWork<'_>,
    of: Subject<'_>,
    observer: &mut Observer<'_>,
) -> Result<Option<Ood>, StudyError> {
    let Some(model) = work.own.and_then(|own| own.get(&of.pair.end)) else { return Ok(None) };
    let graph = measuring_graph(work.plan, of.pair, (of.weights, of.adapted), model)?;
    let program = work.engine.compile(&rewrite::simplify(&graph)?).await?;
    let (images, batch) = (&work.plan.test, program.batch_up_to(work.plan.recipe.run.batch));
    let about = work.about(of.pair, None);
    let mut columns = Columns::default();
    let mut step = |done: usize| progress(observer, about.at(Stage::Activations, done, images.len()));
    for_each_batch(work.engine, images, batch, &mut step, async |_, input| {
        for buffer in program.run(&[&input]).await? {
            columns.extend(work.engine.read(&buffer).await?.to_f64());
        }
        Ok(())
    })
    .await?;
    Ok(Some(columns.ood()))
}
