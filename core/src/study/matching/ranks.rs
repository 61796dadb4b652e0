//! Stitches of direct matching of every rank that a recipe asks for.

use serde::{Deserialize, Serialize};

use crate::similarity::PairSums;
use crate::stitch::{Constraint, DirectError, Weights, fit_within, truncated};
use crate::study::Plan;

/// The two stitches of a rank.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
