//! What a study leaves behind: `report.json`, in the names that people build on.
//!
//! Counts are stored, never percentages: [`Counts::share`] turns them into a share with its 95 % interval. A number that is not finite
//! is `null` in JSON and NaN when read back.

pub mod csv;
mod likeness;
mod probed;
mod read;
pub mod robustbench;
#[cfg(test)]
pub(crate) mod samples;
mod sheet;
pub mod table;

use serde::{Deserialize, Serialize};

use crate::provenance::Inputs;

pub(crate) use likeness::readings;
pub use likeness::{NotComputed, Reading, Similarity, not_computed};
pub use probed::{Ood, ProbeCount, RankCount, Shift};
pub use read::ReportError;
use read::number_or_null;
pub(crate) use read::{check_cell, check_counts, check_donor, check_pair};
pub use sheet::{SheetError, sheet};

pub use crate::attack::{Doubt, StageCount};
pub use crate::metrics::{Agreement, Counts};

/// The version of this file's layout. A reader refuses a larger one by name instead of guessing.
pub const SCHEMA: u32 = 1;

/// A finished (or resumed and finished) study.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`] at the time of writing.
    pub schema: u32,
    /// The recipe's text, as TOML: running it again gives this report.
    pub recipe: String,
    /// What ran it.
    pub environment: Environment,
    /// The networks before they were cut: front first, then end.
    pub donors: Vec<Donor>,
    /// One entry per (front tap, end tap, seed), in the order of the plan.
    pub cells: Vec<Cell>,
    /// What the cells are compared with; empty where the recipe asks for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<ControlCell>,
    /// Linear classifiers on the donors' own activations, where the recipe asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<ProbeCount>,
    /// Networks, images and labels that it was measured on, by content; absent in reports of earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Inputs>,
    /// blake3 of each cell's stitch file, in the order of the cells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stitches: Vec<String>,
    /// How to read the measures of likeness; absent in reports of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Reading>,
    /// Where the time of the last run went, the longest first; absent in reports of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timings: Vec<Timing>,
}

/// Time that a kind of work took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The kind of work, such as `matching` or `attacks`; none contains another.
    pub stage: String,
    /// Seconds of the clock.
    #[serde(deserialize_with = "number_or_null")]
    pub seconds: f64,
}

/// A control: a cell with one thing changed on purpose, never attacked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlCell {
    /// What was changed: `identity`, `self-stitch`, `random-front`, `shuffled-labels` or `random-end`.
    pub kind: String,
    /// Where the front was cut; of `self-stitch`, the end.
    pub front_tap: String,
    /// Where the end was cut.
    pub end_tap: String,
    /// The seed of its training.
    pub seed: u64,
    /// Correct on images.
    pub clean: Counts,
    /// It and the end donor name the same class.
    pub agreement: Agreement,
    /// The least-squares stitch in its place, correct on images; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct: Option<Counts>,
}

/// The machine side of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// `reference`, `ort` or `wgpu`.
    pub engine: String,
    /// The device the engine ran on, in its own words.
    pub device: String,
    /// Threads the engine used.
    pub threads: usize,
    /// Stitchscope's version.
    pub version: String,
    /// How the engine compared with the oracle on the first images; absent where that would take too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_check: Option<SelfCheck>,
}

/// What a comparison with the oracle showed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SelfCheck {
    /// Images that both computed.
    pub images: usize,
    /// Largest distance of a network's logits from the oracle's, relative to their size.
    pub difference: f64,
}

/// A given network, measured whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Donor {
    /// Where it stands in the pair.
    pub role: Role,
    /// The reference the recipe gave: `zoo:...` or a path.
    pub model: String,
    /// Correct on images.
    pub clean: Counts,
    /// Correct on the clean image and on every attacked one; absent without an attack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub robust: Option<Counts>,
    /// Correct on the other images that the recipe names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<Counts>,
    /// Attack by attack, each made on what the ones before have left: with `robust` they account for every image that is right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attacks: Vec<StageCount>,
    /// The smallest changes that fooled, where the recipe asks for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeSizes>,
    /// Reasons to doubt `robust`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub badges: Vec<Doubt>,
}

/// A donor's place in the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Gives the layers before the stitch.
    Front,
    /// Gives the layers after the stitch.
    End,
}

/// One stitched network with its measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Where the front was cut.
    pub front_tap: String,
    /// Where the end was cut.
    pub end_tap: String,
    /// The seed of this repetition.
    pub seed: u64,
    /// What joins the halves.
    pub stitch: StitchSummary,
    /// Stitched network, correct on images.
    pub clean: Counts,
    /// Stitched network, correct on the clean image and on every attacked one; absent without an attack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub robust: Option<Counts>,
    /// Correct on the other images that the recipe names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<Counts>,
    /// Attack by attack, each made on what the ones before have left: with `robust` they account for every image that is right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attacks: Vec<StageCount>,
    /// The smallest changes that fooled, where the recipe asks for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeSizes>,
    /// Stitched network on images made to fool the donors, where the recipe asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// Stitched network and end donor name the same class.
    pub agreement: Agreement,
    /// Images that only it or only the front donor gets right; absent where these tell different classes apart, and in reports of
    /// earlier versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against_front: Option<Split>,
    /// The least-squares stitch at the same taps, beside every trained one.
    pub direct: Direct,
    /// Linear CKA between the two taps on the test images, biased: channels are features, (image, position) are
    /// examples. In [0, 1].
    #[serde(deserialize_with = "number_or_null")]
    pub cka: f64,
    /// The unbiased estimate of the same.
    #[serde(deserialize_with = "number_or_null")]
    pub cka_unbiased: f64,
    /// Further likenesses of the two taps on the test images, from the same sums; absent where a tap has more than 1024 channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<Similarity>,
    /// Which of these likenesses have no value, and why; absent where all have one, and in reports of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_computed: Vec<NotComputed>,
    /// How the stitched activations differ from the end's own, unless the recipe leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ood: Option<Ood>,
    /// How alike an attack moves the representations, where the recipe asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shift: Option<Shift>,
    /// Direct matching at the ranks that the recipe asks for; the same for every seed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranks: Vec<RankCount>,
    /// Seconds of the clock that went into this cell: its own work and its share of the passes over the images that cells have in
    /// common.
    #[serde(deserialize_with = "number_or_null")]
    pub seconds: f64,
    /// Reasons to doubt `robust`, by name; `flags` has them in words too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub badges: Vec<Doubt>,
    /// Warnings in plain words, each a reason to look twice.
    pub flags: Vec<String>,
}

/// What attacked images of each donor do to a stitched network: correct on the clean image and on the donor's attacked one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Images made to fool the front donor.
    pub front: Counts,
    /// Images made to fool the end donor.
    pub end: Counts,
}

/// Images that a stitched network and its front donor do not both get right or both get wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Right in the stitched network alone.
    pub only_stitched: u64,
    /// Right in the front donor alone.
    pub only_front: u64,
}

/// The stitch of a cell, in the recipe's words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StitchSummary {
    /// `conv1x1`, `token-linear` or `linear`, or the bounded form that the recipe asks for.
    pub form: String,
    /// `direct`, `identity`, `random`, `permutation` or `zeros`.
    pub init: String,
    /// `none`, `task`, `soft` and so on.
    pub train: String,
    /// With held-out images: the passes after which the stitch was best on them and kept, 0 for its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<usize>,
}

/// Sizes of the smallest changes found that fool, in the attack's norm, whether they are within its radius or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeSizes {
    /// Images for which one was found.
    pub images: u64,
    /// Median over them.
    #[serde(deserialize_with = "number_or_null")]
    pub median: f64,
    /// Mean over them.
    #[serde(deserialize_with = "number_or_null")]
    pub mean: f64,
    /// The security curve: how many images stand at a radius, from 0 to four times that of the attack in steps of an eighth of it;
    /// absent in reports of earlier versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curve: Vec<Standing>,
}

/// A point of a security curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The radius, in the attack's norm.
    #[serde(deserialize_with = "number_or_null")]
    pub radius: f64,
    /// Images that are right and for which no change up to the radius was found that fools.
    pub standing: u64,
}

/// Measurements of the direct-matching stitch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Direct {
    /// Correct on images.
    pub clean: Counts,
    /// Correct on the clean image and on every attacked one, where it was attacked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub robust: Option<Counts>,
    /// `||S(front) - end||_F / ||end - mean(end)||_F` on the images it was fitted on; 0 is a perfect copy.
    #[serde(deserialize_with = "number_or_null")]
    pub residual: f64,
    /// Condition number of the centred normal equations.
    #[serde(deserialize_with = "number_or_null")]
    pub condition: f64,
    /// How its activations differ from the end's own, unless the recipe leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ood: Option<Ood>,
}
