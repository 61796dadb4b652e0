//! Rank sweeps: how many directions direct matching needs, of the front's activation or of the map itself.

use super::Subject;
use crate::report::{Counts, RankCount};
use crate::rewrite;
use crate::stitch::Weights;
use crate::study::evaluate::predictions;
use crate::study::events::{Observer, Stage, progress};
use crate::study::stitched::{halves, stitched};
use crate::study::work::CellWork;
use crate::study::{Pair, StudyError};

/// Accuracies of a pair's direct stitches of every rank on the test images.
pub(in crate::study) async fn ranks(
    work: &CellWork<'_>,
    of: Subject<'_>,
    observer: &mut Observer<'_>,
) -> Result<Vec<RankCount>, StudyError> {
    let stitches = &of.fit.ranks;
    let mut counts = Vec::with_capacity(stitches.len());
    for (index, at) in stitches.iter().enumerate() {
        progress(observer, work.about(of.pair, None).at(Stage::Ranks, index, stitches.len()))?;
        let truncated = counted(work, of.pair, &at.truncated).await?;
        let reduced = counted(work, of.pair, &at.reduced).await?;
        counts.push(RankCount { rank: at.rank, truncated, reduced });
    }
    Ok(counts)
}

async fn counted(work: &CellWork<'_>, pair: Pair, weights: &Weights) -> Result<Counts, StudyError> {
    let (front, end) = halves(&work.plan.front, &work.plan.end, pair)?;
    let graph = rewrite::simplify(&stitched(&front, weights, &end)?)?;
    let program = work.engine.compile(&graph).await?;
    let (test, batch) = (&work.plan.test, work.plan.recipe.run.batch);
    let found = predictions(work.engine, &program, test, batch, &mut |_| Ok(())).await?;
    Ok(found.counts(&test.labels))
}
