//! PGD that notices when it walks in circles.
//!
//! A step of fixed length along the gradient's sign is a function of the present image alone. Where an image returns bit by bit, all that
//! follows has been seen, and none of it fooled (*PGD_CD*, arXiv 2503.19347). One earlier image is kept and compared with; it is
//! replaced at growing distances, so that any circle is found. What is left of the way is then shortened by whole rounds: verdict and
//! last image are bit by bit those of the full number of steps.

use super::super::super::driver::state::{Job, Next, Observation, State};
use super::super::super::first_image::first;
use super::super::super::{AttackSettings, Ball, Norm};
use super::super::apgd::flag;
use super::super::{Answer, Evaluated, Initial, Inputs, Method, no_gradient};
use crate::graph::{Builder, GraphError, ValueId};

/// Fewer steps than this seldom close a circle.
const FEWEST_STEPS: usize = 8;

/// Whether looking for circles can pay.
pub(super) fn may_return(settings: &AttackSettings) -> bool {
    settings.norm == Norm::Linf && settings.steps >= FEWEST_STEPS
}

/// The attack of these settings, whose fields are the image and the one it is compared with.
pub(super) struct Cycles(pub AttackSettings);

impl Method for Cycles {
    fn ball(&self) -> Ball {
        self.0.ball()
    }

    fn restarts(&self) -> usize {
        self.0.restarts
    }

    fn loss(&self, b: &mut Builder, at: Answer) -> Result<Option<ValueId>, GraphError> {
        Method::loss(&self.0, b, at)
    }

    fn looks_at(&self) -> usize {
        1
    }

    /// The largest difference of a pixel from the image kept: 0 where it has returned.
    fn statistics(&self, b: &mut Builder, at: &Evaluated) -> Result<Vec<ValueId>, GraphError> {
        let &[kept] = at.fields.as_slice() else { return Err(no_gradient()) };
        let change = b.sub(at.x, kept)?;
        Ok(vec![Norm::Linf.length(b, change)?])
    }

    /// The step's length, and whether to keep the present image.
    fn parameters(&self) -> usize {
        2
    }

    fn fields(&self) -> usize {
        2
    }

    fn update(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        let [_, kept] = inputs.all()?;
        let next = Method::update(&self.0, b, inputs)?;
        let kept = inputs.kept(b, 1, kept)?;
        Ok(next.into_iter().chain([kept]).collect())
    }

    fn begin(&self, job: &Job, clean: &[f32]) -> Initial {
        let x = first(self.0.start, self.0.ball(), self.0.seed, (job, clean));
        let alpha = f64::from(job.scaled(self.0.alpha, self.0.ball()));
        let walk = Walk { left: self.0.steps, done: 0, kept: None, next: 0, keep: false, target: job.target, alpha };
        Initial { fields: vec![x.clone(), x], state: Box::new(walk) }
    }
}

/// Steps of one length until the image is fooled, has returned, or none are left.
struct Walk {
    left: usize,
    done: usize,
    /// After how many steps the image that is kept was met.
    kept: Option<usize>,
    /// After how many steps another one is kept.
    next: usize,
    keep: bool,
    target: usize,
    alpha: f64,
}

impl State for Walk {
    fn observe(&mut self, seen: &Observation<'_>) -> Next {
        if seen.fooled {
            return Next::Fooled;
        }
        let returned = seen.statistics.first() == Some(&0.0);
        if let Some(kept) = self.kept.filter(|kept| returned && *kept < self.done) {
            self.left %= self.done - kept;
            self.kept = None;
            self.next = usize::MAX;
        }
        self.keep = self.done == self.next;
        if self.keep {
            self.kept = Some(self.done);
            self.next = self.done + 2 + self.done / 4;
        }
        let Some(left) = self.left.checked_sub(1) else { return Next::Done };
        (self.left, self.done) = (left, self.done + 1);
        Next::Step
    }

    fn parameters(&self) -> Vec<f64> {
        vec![self.alpha, flag(self.keep)]
    }

    fn target(&self) -> usize {
        self.target
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of a walk whose image runs through `head` images and then in a circle of `round`, and where it ends.
    fn walked(steps: usize, head: usize, round: usize) -> (usize, usize) {
        let place = |k: usize| if k < head { k } else { head + (k - head) % round };
        let mut walk = Walk { left: steps, done: 0, kept: None, next: 0, keep: false, target: 0, alpha: 1.0 };
        let (mut kept, mut taken) = (0, 0);
        loop {
            let different = if place(taken) == kept { 0.0 } else { 1.0 };
            let seen = Observation { logits: &[], statistics: &[different], fooled: false };
            if walk.observe(&seen) == Next::Done {
                return (taken, place(taken));
            }
            if walk.keep {
                kept = place(taken);
            }
            taken += 1;
        }
    }

    #[test]
    fn any_circle_is_found_and_the_walk_ends_where_it_would_have() {
        for head in [0, 1, 7, 30] {
            for round in [1, 2, 3, 8, 20] {
                for steps in [0, 5, 100, 101, 1000, 1003] {
                    let (taken, end) = walked(steps, head, round);
                    let expected = if steps < head { steps } else { head + (steps - head) % round };
                    assert_eq!(end, expected, "{steps} steps, circle of {round} after {head}");
                    assert!(
                        taken <= steps && (steps < 1000 || taken < 200),
                        "{taken} of {steps}, {round} after {head}"
                    );
                }
            }
        }
        assert_eq!(walked(1000, 1000, 1), (1000, 1000), "without a circle every step is taken");
    }
}
