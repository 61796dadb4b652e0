//! What a report says beside accuracies: out of distribution or not, ranks, probes, directions of attacks.

use serde::{Deserialize, Serialize};

use super::{Counts, Role, number_or_null};

/// How stitched activations differ from the end's own at the end's tap, on the test images.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ood {
    /// Chance that a stitched activation, averaged over positions, lies farther from the end's own on the training images (squared
    /// Mahalanobis distance) than one of the end's own does: 0.5 is no difference, 1 is always farther, 0 always nearer to the mean.
    #[serde(deserialize_with = "number_or_null")]
    pub auroc: f64,
    /// The same with the distances of all positions, averaged.
    #[serde(deserialize_with = "number_or_null")]
    pub positions: f64,
    /// `||S(front) - end||_F / ||end||_F`.
    #[serde(deserialize_with = "number_or_null")]
    pub relative_l2: f64,
}

/// How alike the directions are in which an attack moves representations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Mean cosine between the changes of the stitched representations of two images of equal class, the stitched network attacked.
    #[serde(deserialize_with = "number_or_null")]
    pub cosine: f64,
    /// The same of the end's own representation, the end attacked.
    #[serde(deserialize_with = "number_or_null")]
    pub own: f64,
    /// Images that were attacked.
    pub images: u64,
}

/// Accuracies of direct matching at a rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankCount {
    /// The rank.
    pub rank: usize,
    /// The front's activation cut to its leading directions.
    pub truncated: Counts,
    /// The map of this rank with the least error.
    pub reduced: Counts,
}

/// Accuracy of a linear classifier on a donor's own activations, averaged over positions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeCount {
    /// Which donor.
    pub role: Role,
    /// Where it reads.
    pub tap: String,
    /// Leading directions that it sees; absent means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// Correct on test images.
    pub clean: Counts,
}
