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
    pub(super) async fn time<T>(&self, stage: &'static str, work: impl Future<Output = T>) -> T {
        let started = clock::now();
        let found = work.await;
        *self.0.borrow_mut().entry(stage).or_default() += started.elapsed().as_secs_f64();
        found
    }

    /// Seconds of a kind of work so far.
    pub(super) fn seconds(&self, stage: &str) -> f64 {
        self.0.borrow().get(stage).copied().unwrap_or_default()
    }

    /// What has been noted, the longest first.
    pub(super) fn timings(&self) -> Vec<Timing> {
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
    pub(crate) const SELF_CHECK: &str = "self-check";
    /// The pass over the training images, and the stitches from its sums.
    pub(crate) const MATCHING: &str = "matching";
    /// The pass over the test images for donors, direct stitches and likenesses.
    pub(crate) const SURVEY: &str = "survey";
    /// Outputs that stitches learn.
    pub(crate) const TEACHERS: &str = "teachers";
    /// Stitches are trained.
    pub(crate) const TRAINING: &str = "training";
    /// Trained stitches on the test images.
    pub(crate) const EVALUATION: &str = "evaluation";
    /// Attacks on whatever network.
    pub(crate) const ATTACKS: &str = "attacks";
    /// Networks whose numbers are scrambled.
    pub(crate) const SCRAMBLING: &str = "scrambling";
    /// Stitches of several ranks.
    pub(crate) const RANKS: &str = "ranks";
    /// Stitched activations against the end's own.
    pub(crate) const ACTIVATIONS: &str = "activations";
    /// How an attack moves representations.
    pub(crate) const SHIFT: &str = "shift";
    /// Linear probes.
    pub(crate) const PROBES: &str = "probes";
}
