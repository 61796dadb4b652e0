//! The step size of APGD: halved, with a return to the best point, when it stops paying.
//!
//! Croce & Hein, *Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks*, ICML 2020,
//! section 3. At checkpoints two conditions are asked: did fewer than three quarters of the steps since the last one raise the
//! loss, and has nothing improved although the step was not halved last time? The published code and the Adversarial Robustness
//! Toolbox each read this a little differently; all three readings are here.

/// Whose APGD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// The authors' code, behind all published AutoAttack numbers: the first condition holds with equality too, the first step is
    /// compared with a loss of 0, the second condition never holds at the first checkpoint, windows are whole numbers.
    Reference,
    /// The paper's text.
    Paper,
    /// The Adversarial Robustness Toolbox (1.20, per image): counts new maxima instead of rises, starts with the step it is given,
    /// uniformly in the ball, and tests only the last point.
    Art,
}

/// The share of rising steps that keeps the step size.
const RHO: f64 = 0.75;

impl Flavour {
    /// After how many of `steps` steps the conditions are asked, in rising order.
    #[must_use]
    pub(crate) fn checkpoints(self, steps: usize) -> Vec<usize> {
        match self {
            Self::Reference => whole_windows(steps),
            // The tenth decimal keeps 0.41 x 100 at 41; the toolbox takes the sums as they round, and asks one step later.
            Self::Paper => shares().map(|p| ceil(p, steps, 1e-9)).take_while(|k| *k <= steps).collect(),
            Self::Art => shares().map(|p| ceil(p, steps, 0.0) + 1).take_while(|k| *k <= steps).collect(),
        }
    }
}

/// 0.22, then each window 0.03 shorter than the one before, but at least 0.06.
fn shares() -> impl Iterator<Item = f64> {
    std::iter::successors(Some((0.0_f64, 0.22_f64)), |(before, now)| {
        Some((*now, now + (now - before - 0.03).max(0.06)))
    })
    .map(|(_, now)| now)
    .take_while(|share| *share <= 1.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "shares of steps"
)]
fn ceil(share: f64, steps: usize, slack: f64) -> usize {
    (share * steps as f64 - slack).ceil() as usize
}

/// The windows of the code, in whole numbers throughout.
fn whole_windows(steps: usize) -> Vec<usize> {
    let share = |percent: usize| (percent * steps / 100).max(1);
    let (mut window, shorter, least) = (share(22), share(3), share(6));
    let (mut at, mut all) = (0, Vec::new());
    while at + window <= steps {
        at += window;
        all.push(at);
        window = window.saturating_sub(shorter).max(least);
    }
    all
}

/// What a step has led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The present point is the best so far.
    pub improved: bool,
    /// The step has been halved: go on from the best point.
    pub restart: bool,
}

/// The step size of one image, and what it is decided from.
#[derive(Clone, Debug)]
pub struct StepSize {
    flavour: Flavour,
    checkpoints: Vec<usize>,
    eta: f64,
    /// Steps made.
    done: usize,
    last_checkpoint: usize,
    /// Rises (or new maxima) since the last checkpoint.
    count: usize,
    previous: f64,
    best: f64,
    best_at_checkpoint: f64,
    halved_last: bool,
}

impl StepSize {
    /// For `steps` steps, beginning with `eta`, at a point of `loss`.
    #[must_use]
    pub fn new(flavour: Flavour, steps: usize, eta: f64, loss: f64) -> Self {
        let reference = flavour == Flavour::Reference;
        Self {
            flavour,
            checkpoints: flavour.checkpoints(steps),
            eta,
            done: 0,
            last_checkpoint: 0,
            count: 0,
            previous: if reference { 0.0 } else { loss },
            best: loss,
            best_at_checkpoint: loss,
            halved_last: reference,
        }
    }

    /// Length of the next step.
    #[must_use]
    pub const fn eta(&self) -> f64 {
        self.eta
    }

    /// Weight of the new direction in the next step; the rest is momentum.
    #[must_use]
    pub const fn weight(&self) -> f64 {
        if self.done == 0 { 1.0 } else { RHO }
    }

    /// Takes in the loss after a step.
    pub(crate) fn observe(&mut self, loss: f64) -> Decision {
        let improved = loss > self.best;
        let counts = if self.flavour == Flavour::Art { improved } else { loss > self.previous };
        self.count += usize::from(counts);
        self.previous = loss;
        self.done += 1;
        if improved {
            self.best = loss;
        }
        let restart = self.checkpoints.binary_search(&self.done).is_ok() && self.check();
        Decision { improved, restart }
    }

    /// Asks both conditions and halves the step if one holds.
    fn check(&mut self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "counts of steps")]
        let (count, enough) = (self.count as f64, RHO * (self.done - self.last_checkpoint) as f64);
        let too_few = if self.flavour == Flavour::Reference { count <= enough } else { count < enough };
        let stuck = !self.halved_last && self.best_at_checkpoint >= self.best;
        self.halved_last = too_few || stuck;
        self.best_at_checkpoint = self.best;
        self.last_checkpoint = self.done;
        self.count = 0;
        if self.halved_last {
            self.eta /= 2.0;
        }
        self.halved_last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_those_of_the_three_sources() {
        let reference = |n| Flavour::Reference.checkpoints(n);
        assert_eq!(reference(100), [22, 41, 57, 70, 80, 87, 93, 99]);
        assert_eq!(reference(50), [11, 21, 30, 38, 45]);
        assert_eq!(reference(20), [4, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
        assert_eq!(reference(10), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(Flavour::Paper.checkpoints(100), [22, 41, 57, 70, 80, 87, 93, 99]);
        let zero_based: Vec<usize> = Flavour::Art.checkpoints(20).iter().map(|k| k - 1).collect();
        assert_eq!(zero_based, [5, 9, 12, 15, 16, 18, 19]);
    }

    /// Steps after which the step size was halved.
    fn halvings(flavour: Flavour, first: f64, losses: &[f64]) -> Vec<usize> {
        let mut step = StepSize::new(flavour, losses.len(), 1.0, first);
        let mut halved = Vec::new();
        for (index, loss) in losses.iter().enumerate() {
            if step.observe(*loss).restart {
                halved.push(index + 1);
            }
        }
        assert!((step.eta() - 0.5_f64.powi(i32::try_from(halved.len()).unwrap())).abs() < 1e-15);
        halved
    }

    #[test]
    fn a_loss_that_always_rises_keeps_its_step() {
        let rising: Vec<f64> = (1..=50).map(f64::from).collect();
        for flavour in [Flavour::Reference, Flavour::Paper, Flavour::Art] {
            assert!(halvings(flavour, 0.5, &rising).is_empty(), "{flavour:?}");
        }
    }

    #[test]
    fn a_loss_that_stands_still_halves_at_every_checkpoint() {
        for flavour in [Flavour::Reference, Flavour::Paper] {
            let expected = flavour.checkpoints(50);
            assert_eq!(halvings(flavour, 1.0, &[1.0; 50]), expected, "{flavour:?}: nothing rises");
        }
    }

    /// n = 20, reference: windows of 4, 3, 2, then 1. By hand.
    #[test]
    fn a_short_trace_by_hand() {
        // Rises at steps 1 (over the unwritten 0), 2, 3, 4: all of 4, kept. Steps 5, 6 rise and 7 falls: 2 of 3 <= 2.25, halved.
        // Steps 8 and 9 rise, but not above the best: 2 of 2, kept by the first condition; the second does not ask, as it was
        // halved last time. Step 10 rises, not above the best: now the second asks, best unchanged, halved. Step 11 rises above.
        let losses = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 1.0, 2.0, 3.0, 4.0, 7.0];
        let mut step = StepSize::new(Flavour::Reference, 20, 2.0, 0.5);
        let heard: Vec<(bool, bool, f64)> = losses
            .iter()
            .map(|l| (step.observe(*l), step.eta()))
            .map(|(d, eta)| (d.improved, d.restart, eta))
            .collect();
        let up = |eta| (true, false, eta);
        let expected = [
            up(2.0),
            up(2.0),
            up(2.0),
            up(2.0),
            up(2.0),
            up(2.0),
            (false, true, 1.0),
            (false, false, 1.0),
            (false, false, 1.0),
            (false, true, 0.5),
            up(0.5),
        ];
        assert_eq!(heard, expected);
    }

    #[test]
    fn the_first_comparison_tells_code_from_paper() {
        // Negative losses (DLR of a correct image) never rise above the unwritten 0 at step 1. Three of four rise after it.
        let mut losses = vec![-0.9, -0.8, -0.7, -0.6];
        losses.extend([-0.5; 16]);
        assert_eq!(halvings(Flavour::Reference, -1.0, &losses)[0], 4, "3 of 4 <= 3");
        let paper = StepSize::new(Flavour::Paper, 20, 1.0, -1.0);
        assert_eq!(paper.previous.to_bits(), (-1.0_f64).to_bits());
        // Ceil(0.22 x 20) = 5 steps: all of them rise.
        assert_ne!(halvings(Flavour::Paper, -1.0, &losses)[0], 5);
    }

    #[test]
    fn the_first_step_has_no_momentum() {
        let mut step = StepSize::new(Flavour::Reference, 10, 1.0, 0.0);
        assert!((step.weight() - 1.0).abs() < 1e-15);
        step.observe(1.0);
        assert!((step.weight() - 0.75).abs() < 1e-15);
    }
}
