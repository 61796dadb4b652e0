//! What an optimiser is told: how many passes, how fast, and how the speed changes.

use super::Optimizer;

/// How the learning rate moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Schedule {
    /// Stays.
    #[default]
    Constant,
    /// A tenth after one third and again after two thirds of the epochs.
    Steps,
    /// Half a cosine from the first rate to zero, step by step.
    Cosine,
}

/// What a training is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainSettings {
    /// Passes over the training images.
    pub epochs: usize,
    /// First learning rate.
    pub rate: f64,
    /// How it moves.
    pub schedule: Schedule,
    /// Weight decay on weight and bias, as the optimiser understands it.
    pub weight_decay: f64,
    /// Images per step.
    pub batch: usize,
    /// What turns gradients into steps.
    pub optimizer: Optimizer,
    /// Factor of `mean |W|` in the loss.
    pub l1: f64,
}

impl Default for TrainSettings {
    /// One pass of Adam at 1e-3, 128 images a step, nothing else.
    fn default() -> Self {
        Self {
            epochs: 1,
            rate: 1e-3,
            schedule: Schedule::Constant,
            weight_decay: 0.0,
            batch: 128,
            optimizer: Optimizer::Adam,
            l1: 0.0,
        }
    }
}

impl TrainSettings {
    /// Learning rate at `step` of `steps` in `epoch`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    pub(crate) fn rate_at(&self, epoch: usize, step: usize, steps: usize) -> f64 {
        let done = epoch as f64 / self.epochs.max(1) as f64;
        match self.schedule {
            Schedule::Constant => self.rate,
            // Thresholds as the reference implementation writes them.
            Schedule::Steps => {
                self.rate
                    * if done >= 0.666 {
                        0.01
                    } else if done >= 0.333 {
                        0.1
                    } else {
                        1.0
                    }
            }
            Schedule::Cosine => {
                self.rate * 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / steps.max(1) as f64).cos())
            }
        }
    }

    /// The numbers of step `t` (from 1) at learning rate `rate`, in the order of the graph's last inputs: the optimiser's
    /// ([`Optimizer::numbers`]), then `share`, which is `1 / images`.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "numbers of an f32 graph")]
    pub fn numbers(&self, rate: f64, t: usize, images: usize) -> Vec<f32> {
        let own = self.optimizer.numbers(rate, t).into_iter().map(|(_, number)| number as f32);
        own.chain([(1.0 / images.max(1) as f64) as f32]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_move_the_rate_as_the_references_do() {
        let at = |schedule, epoch, step| {
            TrainSettings { epochs: 30, rate: 1.0, schedule, ..TrainSettings::default() }.rate_at(epoch, step, 300)
        };
        let steps: Vec<f64> = [0, 9, 10, 19, 20, 29].map(|e| at(Schedule::Steps, e, 0)).to_vec();
        assert_eq!(steps, [1.0, 1.0, 0.1, 0.1, 0.01, 0.01]);
        let cosine = [0, 150, 300].map(|s| at(Schedule::Cosine, 0, s));
        assert!(crate::tensor::Tolerance::Double.accepts(&cosine, &[1.0, 0.5, 0.0]), "{cosine:?}");
        assert_eq!(at(Schedule::Constant, 29, 299).to_bits(), 1.0f64.to_bits());
    }
}
