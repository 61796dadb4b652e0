//! The state of one image under attack that the host keeps, and what it exchanges with the device.

use super::super::Ball;
use crate::random::{Purpose, Stream};

/// One start of an attack on one image, with the class it aims at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Job {
    /// Index of the image in the data set.
    pub image: usize,
    /// Its class.
    pub label: usize,
    /// The class that is aimed at; the label where the attack aims at none.
    pub target: usize,
    /// Number of the start.
    pub restart: u32,
    /// Number of the target, 0 the likeliest.
    pub rank: u32,
    /// The radius of its ball, in pixel units of [0, 1].
    pub eps: f32,
}

impl Job {
    /// The random numbers of this job: no two jobs of an attack share any.
    pub(crate) fn stream(&self, seed: u64, purpose: Purpose) -> Stream {
        // Half a word each for start and target; what exceeds it goes above the bits of the image's index.
        let low = (self.restart & 0xffff) | (self.rank << 16);
        let high = (u64::from(self.restart >> 16) << 48) | (u64::from(self.rank >> 16) << 32);
        Stream::new(seed, purpose, self.image as u64 ^ high, low)
    }

    /// A length that was given for `ball`, for this job's ball.
    pub(crate) fn scaled(&self, length: f32, ball: Ball) -> f32 {
        if self.eps.to_bits() == ball.eps.to_bits() { length } else { length * (self.eps / ball.eps) }
    }
}

/// What the host sees of one image: the device's results at the present point.
pub(crate) struct Observation<'a> {
    /// The network's logits at the present image.
    pub logits: &'a [f64],
    /// The attack's own numbers, in the order of [`super::super::methods::Method::statistics`].
    pub statistics: &'a [f64],
    /// Another class than the label has the largest logit.
    pub fooled: bool,
}

/// What is to be done with an image after an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A step.
    Step,
    /// Nothing: its answer is misclassified and within the ball. It stands still from now on.
    Fooled,
    /// Nothing: everything is tried.
    Done,
}

/// The part of an attack on one image that runs on the host: observations in, parameters of the next step out.
pub(crate) trait State {
    /// Takes in an observation and decides.
    fn observe(&mut self, seen: &Observation<'_>) -> Next;

    /// The parameters of the next update, as many as [`super::super::methods::Method::parameters`] says.
    fn parameters(&self) -> Vec<f64>;

    /// The class that the next loss aims at.
    fn target(&self) -> usize;

    /// The field that holds the answer after [`Next::Fooled`].
    fn answer(&self) -> usize {
        0
    }

    /// The field that holds what the job came to after [`Next::Done`].
    fn rest(&self) -> usize {
        0
    }

    /// How near the job came to fooling, for [`super::super::methods::Method::learn`].
    fn score(&self) -> f64 {
        f64::NAN
    }

    /// The numbers that the next gradient takes, as many as [`super::super::methods::Method::knobs`] says.
    fn knobs(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Were the present image fooled, logits and [`super::super::methods::Method::check_statistics`] would be all it needs.
    fn checks_first(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_jobs_share_random_numbers() {
        let job = |image, restart, rank| Job { image, label: 0, target: 0, restart, rank, eps: 0.1 };
        let jobs = [
            job(0, 0, 0),
            job(1, 0, 0),
            job(0, 1, 0),
            job(0, 0, 1),
            job(0, 1 << 16, 0),
            job(0, 0, 1 << 16),
            job(0, 1, 1 << 16),
            job(0, 1 << 16, 1),
        ];
        let mut first: Vec<u32> = jobs.iter().map(|j| j.stream(0, Purpose::AttackStart).next_u32()).collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), jobs.len());
    }
}
