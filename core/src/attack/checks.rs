//! Checks that cost attacks of their own, on a few images: do more steps find more, does a larger radius fool more?
//!
//! What they find is told as doubts. The questions are those of Carlini et al., *On evaluating adversarial robustness*, 2019.

use super::doubt::{FEW_STEPS, STRENGTH_CURVE};
use super::runner::sizes;
use super::{ApgdLoss, ApgdSettings, Attack, AttackError, Ball, Doubt, Norm, Progress, Stage, Suite, Verdict};
use crate::data::Images;
use crate::engine::Engine;
use crate::graph::Graph;

/// Images that are checked: the first so many that the network gets right.
pub(crate) const CHECKED: usize = 100;
/// Steps of the attack that the strength curve is made with.
const CURVE_STEPS: usize = 50;
/// Radii of the strength curve, as multiples of the attack's.
const CURVE: [f32; 4] = [0.5, 1.0, 2.0, 4.0];
/// From here on every image can be turned grey, in L-infinity.
const GREY: f32 = 0.5;

/// What is checked: a network and how an attack went on its images.
pub struct Checked<'a> {
    /// Image batch to logits.
    pub network: &'a Graph,
    /// The data set.
    pub images: &'a Images,
    /// Indices of the images that it gets right.
    pub correct: &'a [usize],
    /// Those that the attack left standing.
    pub standing: &'a [usize],
    /// Images at once.
    pub batch: usize,
}

impl Checked<'_> {
    /// Asks both questions of `suite` in `ball`.
    ///
    /// # Errors
    /// [`AttackError`]; [`AttackError::Stopped`] when `progress` says so.
    pub async fn doubts(
        &self,
        engine: &dyn Engine,
        (suite, ball, seed): (&Suite, Ball, u64),
        progress: Progress<'_>,
    ) -> Result<Vec<Doubt>, AttackError> {
        let first = self.correct.get(..CHECKED.min(self.correct.len())).unwrap_or_default();
        let mut doubts = Vec::new();
        if let Some(longer) = suite.with_more_steps() {
            let left: Vec<usize> = first.iter().copied().filter(|i| self.standing.contains(i)).collect();
            let outcome = longer.run(engine, self.network, (self.images, &left), self.batch, progress).await?;
            let fooled = left.len() - survivors(&outcome.found);
            doubts.extend(few_steps(fooled, first.len()));
        }
        if !ball.eps.is_finite() {
            return Ok(doubts);
        }
        let mut curve = Vec::new();
        for eps in radii(ball) {
            let settings = ApgdSettings {
                steps: CURVE_STEPS,
                ..ApgdSettings::new(Ball { eps, ..ball }, ApgdLoss::CrossEntropy, seed)
            };
            let at = Suite::new(vec![Stage { name: "strength curve", attack: Attack::Apgd(settings) }]);
            let outcome = at.run(engine, self.network, (self.images, first), self.batch, progress).await?;
            curve.push((eps, survivors(&outcome.found)));
        }
        doubts.extend(rising(&curve, first.len()));
        doubts.extend(grey(&curve, first.len(), (ball.norm, sizes(self.network)?.1)));
        Ok(doubts)
    }
}

fn survivors(found: &[super::Found]) -> usize {
    found.iter().filter(|f| f.verdict == Verdict::Robust).count()
}

/// The radii of the strength curve, rising; within the box they go up to the one that turns every image grey.
fn radii(ball: Ball) -> Vec<f32> {
    let mut radii: Vec<f32> = CURVE.iter().map(|factor| factor * ball.eps).collect();
    if ball.norm == Norm::Linf {
        radii.retain(|eps| *eps < GREY);
        radii.push(GREY);
    }
    radii
}

/// More than one image of a hundred, and more than one.
const fn matters(images: usize, checked: usize) -> bool {
    images > 1 && images * 100 > checked
}

fn few_steps(fooled: usize, checked: usize) -> Option<Doubt> {
    matters(fooled, checked).then(|| {
        let reason =
            format!("twice the steps fool {fooled} more of the first {checked} images: the attack stops too early");
        Doubt::new(FEW_STEPS, reason)
    })
}

fn rising(curve: &[(f32, usize)], checked: usize) -> Option<Doubt> {
    let step = curve.windows(2).find(|pair| matters(pair[1].1.saturating_sub(pair[0].1), checked))?;
    let reason = format!(
        "of the first {checked} images {} stand at eps {} and {} at eps {}: the attack gets lost, the counts say little about robustness",
        step[0].1, step[0].0, step[1].1, step[1].0
    );
    Some(Doubt::new(STRENGTH_CURVE, reason))
}

/// At the radius that turns every image grey more survive than guessing explains, by three standard deviations.
#[expect(clippy::cast_precision_loss, reason = "at most CHECKED images")]
fn grey(curve: &[(f32, usize)], checked: usize, (norm, classes): (Norm, usize)) -> Option<Doubt> {
    let (_, left) = *curve.last().filter(|_| norm == Norm::Linf && classes > 0)?;
    let (images, chance) = (checked as f64, 1.0 / classes as f64);
    let most = images * chance + 3.0 * (images * chance * (1.0 - chance)).sqrt();
    (left as f64 > most).then(|| {
        let reason = format!(
            "{left} of the first {checked} images stand at eps {GREY}, where every image can be turned grey: the attack does not find what is there"
        );
        Doubt::new(STRENGTH_CURVE, reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radii_rise_to_grey_and_other_norms_have_no_end() {
        assert_eq!(radii(Ball { norm: Norm::Linf, eps: 0.1 }), [0.05, 0.1, 0.2, 0.4, 0.5]);
        assert_eq!(radii(Ball { norm: Norm::Linf, eps: 0.3 }), [0.15, 0.3, 0.5]);
        assert_eq!(radii(Ball { norm: Norm::L2, eps: 1.0 }), [0.5, 1.0, 2.0, 4.0]);
    }

    #[test]
    fn one_image_is_no_reason_and_two_of_a_hundred_are() {
        assert_eq!(few_steps(1, 10), None);
        assert_eq!(few_steps(2, 100).unwrap().name, FEW_STEPS);
        let curve = |second| [(0.1, 40), (0.2, second)];
        assert_eq!(rising(&curve(41), 100), None);
        assert_eq!(rising(&curve(12), 100), None);
        assert!(rising(&curve(43), 100).unwrap().reason.contains("40 stand at eps 0.1 and 43 at eps 0.2"));
    }

    #[test]
    fn guessing_right_is_no_robustness() {
        let curve = |left| [(0.25, 30), (0.5, left)];
        assert_eq!(grey(&curve(19), 100, (Norm::Linf, 10)), None);
        assert_eq!(grey(&curve(20), 100, (Norm::Linf, 10)).unwrap().name, STRENGTH_CURVE);
        assert_eq!(grey(&curve(90), 100, (Norm::L2, 10)), None);
    }
}
