//! What a search remembers of one image: its best points, and how near it came to each class.

use super::super::super::first_image::start;
use super::super::super::{Ball, Start};
use crate::random::Stream;

/// Points that are kept.
const ELITES: usize = 12;
/// The largest leak.
const LEAK: f32 = 0.5;
/// Share of later starts that are mixtures.
const MIXED: f32 = 0.8;
/// A score must rise by more than this to count as nearer.
const NEARER: f64 = 1e-6;

/// A point that a start came to.
struct Elite {
    score: f64,
    target: usize,
    image: Vec<f32>,
}

/// What is known of one image.
#[derive(Default)]
pub(super) struct Memory {
    /// The best first.
    elites: Vec<Elite>,
    /// The best score towards each class that was aimed at, the nearest first.
    classes: Vec<(usize, f64)>,
    starts: usize,
    stale: usize,
}

/// A start.
pub(super) struct Begun {
    pub x: Vec<f32>,
    pub target: usize,
    pub steps: usize,
    /// Length of the first step.
    pub step: f64,
    pub leak: f64,
}

impl Memory {
    /// Starts in a row that came no nearer.
    pub(super) fn stale(&self) -> usize {
        self.stale
    }

    /// Takes in what a start towards `target` came to.
    pub(super) fn learn(&mut self, target: usize, score: f64, image: &[f32]) {
        self.starts += 1;
        let before = self.elites.first().map_or(f64::NEG_INFINITY, |elite| elite.score);
        self.stale = if score > before + NEARER { 0 } else { self.stale + 1 };
        if score.is_nan() {
            return;
        }
        match self.classes.iter_mut().find(|(class, _)| *class == target) {
            Some((_, best)) => *best = best.max(score),
            None => self.classes.push((target, score)),
        }
        self.classes.sort_by(|a, b| b.1.total_cmp(&a.1));
        self.elites.push(Elite { score, target, image: image.to_vec() });
        self.elites.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.elites.truncate(ELITES);
    }

    /// The next start: start number `restart` of the class at place `rank`, which is `target`.
    pub(super) fn begin(
        &self,
        (restart, rank): (u32, u32),
        (target, steps): (usize, usize),
        (ball, clean): (Ball, &[f32]),
        stream: &mut Stream,
    ) -> Begun {
        // Every third start follows the plain gradient.
        let plain = restart % 3 == 2 || (restart > 0 && rank % 3 == 2);
        let leak = if plain { 0.0 } else { f64::from(LEAK * stream.uniform_f32()) };
        if restart > 0 && self.elites.len() > 1 && stream.uniform_f32() < MIXED {
            return self.mixed(steps, leak, (ball, clean), stream);
        }
        let x = start(Start::Uniform, ball, clean, stream);
        let target = if restart == 0 { target } else { self.promising(stream).unwrap_or(target) };
        Begun { x, target, steps, step: f64::from(ball.eps) / 2.0, leak }
    }

    /// The class that starts came nearest to, more often than the next two.
    fn promising(&self, stream: &mut Stream) -> Option<usize> {
        let draw = stream.uniform_f32();
        let place = if draw < 0.6 {
            0
        } else if draw < 0.85 {
            1
        } else {
            2
        };
        self.classes.get(place).or_else(|| self.classes.first()).map(|(class, _)| *class)
    }

    /// Between two of the best points, with a few pixels drawn anew.
    fn mixed(&self, steps: usize, leak: f64, (ball, clean): (Ball, &[f32]), stream: &mut Stream) -> Begun {
        let mut x = start(Start::Uniform, ball, clean, stream);
        let skewed = stream.uniform_f32() * stream.uniform_f32();
        let (one, other) = (self.place(skewed), self.place(stream.uniform_f32()));
        let (way, weight, anew) = (stream.below(3), stream.uniform_f32(), 0.02 + 0.2 * stream.uniform_f32());
        for (pixel, (a, b)) in x.iter_mut().zip(one.image.iter().zip(&other.image)) {
            let value = match way {
                0 => *a,
                1 if stream.uniform_f32() < weight => *a,
                1 => *b,
                _ => weight * a + (1.0 - weight) * b,
            };
            if stream.uniform_f32() >= anew {
                *pixel = value;
            }
        }
        let step = f64::from(ball.eps * (0.1 + 0.3 * stream.uniform_f32()));
        Begun { x, target: one.target, steps: steps / 2, step, leak }
    }

    /// The point at this share of the list.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "places")]
    fn place(&self, share: f32) -> &Elite {
        &self.elites[((share * self.elites.len() as f32) as usize).min(self.elites.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::Norm;
    use crate::random::Purpose;

    #[test]
    fn the_nearest_are_kept_and_starts_that_come_no_nearer_are_counted() {
        let mut memory = Memory::default();
        for (place, score) in [-3.0, -1.0, -2.0, f64::NAN, -1.0].into_iter().enumerate() {
            memory.learn(place, score, &[0.5]);
        }
        assert_eq!((memory.stale(), memory.starts, memory.elites.len()), (3, 5, 4));
        assert_eq!((memory.elites[0].target, memory.classes[0].0), (1, 1));
        (0..20).for_each(|target| memory.learn(target, 0.0, &[0.5]));
        assert_eq!(memory.elites.len(), ELITES);
    }

    #[test]
    fn a_mixture_lies_between_its_parents_but_for_a_few_pixels() {
        let mut memory = Memory::default();
        let (low, high) = (vec![0.4_f32; 200], vec![0.6_f32; 200]);
        memory.learn(3, -1.0, &low);
        memory.learn(4, -2.0, &high);
        let ball = Ball { norm: Norm::Linf, eps: 0.5 };
        let clean = vec![0.5; 200];
        for image in 0..50 {
            let mut stream = Stream::new(1, Purpose::Test, image, 0);
            let begun = memory.mixed(100, 0.0, (ball, &clean), &mut stream);
            let between = begun.x.iter().filter(|v| (0.4 - 1e-6..=0.6 + 1e-6).contains(*v)).count();
            assert!(between > 120 && [3, 4].contains(&begun.target) && begun.steps == 50, "{between} of 200");
        }
    }
}
