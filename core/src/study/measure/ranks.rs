//! Rank sweeps: how many directions direct matching needs, of the front's activation or of the map itself.

use crate::report::{Counts, RankCount};
use crate::rewrite;
use crate::similarity::PairSums;
use crate::stitch::{Constraint, DirectError, Weights, fit_within, truncated};
use crate::study::cell::{CellWork, stitched};
use crate::study::evaluate::predictions;
use crate::study::events::{Observer, Stage, progress};
use crate::study::halves::halves;
use crate::study::{Pair, Plan, StudyError};

/// The two stitches of a rank.
#[derive(Clone, Debug)]
pub struct RankStitches {
    /// The rank.
    pub rank: usize,
    /// Direct matching on the front's activation cut to its leading directions.
    pub truncated: Weights,
    /// Reduced-rank regression: of all maps of this rank the one of least error.
    pub reduced: Weights,
}

/// The stitches of every rank that the recipe asks for.
///
/// # Errors
/// [`DirectError`] when the data do not determine them.
pub(in crate::study) fn rank_stitches(plan: &Plan, sums: PairSums<'_>) -> Result<Vec<RankStitches>, DirectError> {
    let ranks = &plan.recipe.probe.ranks;
    if ranks.is_empty() {
        return Ok(Vec::new());
    }
    let cut = truncated(sums, ranks)?;
    let mut all = Vec::with_capacity(ranks.len());
    for (rank, truncated) in ranks.iter().zip(cut) {
        let reduced = fit_within(sums, Constraint::LowRank(*rank))?.weights;
        all.push(RankStitches { rank: *rank, truncated, reduced });
    }
    Ok(all)
}

impl CellWork<'_> {
    /// Accuracies of a pair's stitches of every rank on the test images.
    pub(in crate::study) async fn ranks(
        &self,
        pair: Pair,
        stitches: &[RankStitches],
        observer: &mut Observer<'_>,
    ) -> Result<Vec<RankCount>, StudyError> {
        let mut counts = Vec::with_capacity(stitches.len());
        for (index, of) in stitches.iter().enumerate() {
            progress(observer, self.about(pair, None).at(Stage::Ranks, index, stitches.len()))?;
            let truncated = self.counted(pair, &of.truncated).await?;
            let reduced = self.counted(pair, &of.reduced).await?;
            counts.push(RankCount { rank: of.rank, truncated, reduced });
        }
        Ok(counts)
    }

    async fn counted(&self, pair: Pair, weights: &Weights) -> Result<Counts, StudyError> {
        let (front, end) = halves(&self.plan.front, &self.plan.end, pair)?;
        let graph = rewrite::simplify(&stitched(&front, weights, &end)?)?;
        let program = self.engine.compile(&graph).await?;
        let (test, batch) = (&self.plan.test, self.plan.recipe.run.batch);
        let found = predictions(self.engine, &program, test, batch, &mut |_| Ok(())).await?;
        Ok(found.counts(&test.labels))
    }
}
