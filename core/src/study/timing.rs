//! Where a study's time goes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::platform::clock;
use crate::report::Timing;

/// Adds up seconds of the clock by kind of work.
#[derive(Debug, Default)]
pub(super) struct Watch(RefCell<BTreeMap<&'static str, f64>>);

impl Watch {
    /// What `work` gives, its time noted.
    pub async fn time<T>(&self, stage: &'static str, work: impl Future<Output = T>) -> T {
        let started = clock::now();
        let found = work.await;
        *self.0.borrow_mut().entry(stage).or_default() += started.elapsed().as_secs_f64();
        found
    }

    /// Seconds of a kind of work so far.
    pub fn seconds(&self, stage: &str) -> f64 {
        self.0.borrow().get(stage).copied().unwrap_or_default()
    }

    /// What has been noted, the longest first.
    pub fn timings(&self) -> Vec<Timing> {
        let noted = self.0.borrow();
        let timing = |(stage, seconds): (&&'static str, &f64)| Timing { stage: (*stage).to_owned(), seconds: *seconds };
        let mut all: Vec<Timing> = noted.iter().map(timing).collect();
        all.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        all
    }
}

/// Kinds of work that [`Watch`] tells apart; none contains another.
pub(super) mod stage {
    /// The engine against the oracle.
    pub const SELF_CHECK: &str = "self-check";
    /// The pass over the training images, and the stitches from its sums.
    pub const MATCHING: &str = "matching";
    /// The pass over the test images for donors, direct stitches and likenesses.
    pub const SURVEY: &str = "survey";
    /// Outputs that stitches learn.
    pub const TEACHERS: &str = "teachers";
    /// Stitches are trained.
    pub const TRAINING: &str = "training";
    /// Trained stitches on the test images.
    pub const EVALUATION: &str = "evaluation";
    /// Attacks on whatever network.
    pub const ATTACKS: &str = "attacks";
    /// Networks whose numbers are scrambled.
    pub const SCRAMBLING: &str = "scrambling";
    /// Stitches of several ranks.
    pub const RANKS: &str = "ranks";
    /// Stitched activations against the end's own.
    pub const ACTIVATIONS: &str = "activations";
    /// How an attack moves representations.
    pub const SHIFT: &str = "shift";
    /// Linear probes.
    pub const PROBES: &str = "probes";
}
