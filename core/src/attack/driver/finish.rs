//! What happens to an image whose job has ended: its projection is verified, its success confirmed.

use super::super::AttackError;
use super::Driver;
use super::batch::{End, Slot};
use super::state::Job;
use crate::engine::{Engine, EngineError, Program};
use crate::metrics::predicted_class;
use crate::tensor::Tensor;

/// A job on its way out.
pub(crate) struct Candidate {
    pub job: Job,
    pub round: usize,
    pub end: End,
    /// Size of its change.
    pub size: f64,
    /// How near its state came to fooling.
    pub score: f64,
    /// The class that it aimed at last.
    pub target: usize,
    /// The attacked image [C, H, W].
    pub image: Vec<f32>,
}

impl Driver {
    /// The candidate of an ended `slot`, whose answer is `image`, after verifying that it lies in its ball.
    pub(crate) fn candidate(&self, slot: &Slot, end: End, image: Vec<f32>) -> Result<Candidate, AttackError> {
        let checked = end == End::Fooled || (end == End::Done && self.method.stays_inside());
        let ball = super::super::Ball { eps: slot.job.eps, ..self.method.ball() };
        let size = ball.verify(slot.job.image, &image, &slot.clean, checked)?;
        let (score, target) = (slot.state.score(), slot.state.target());
        Ok(Candidate { job: slot.job, round: slot.round, end, size, score, target, image })
    }

    /// Runs the plain network over all answers that are said to fool; one that does not becomes [`End::Done`]. Gives how many.
    pub(crate) async fn confirm(
        &self,
        engine: &dyn Engine,
        forward: &Program,
        candidates: &mut [Candidate],
    ) -> Result<usize, AttackError> {
        let mut fooled: Vec<&mut Candidate> = candidates.iter_mut().filter(|l| l.end == End::Fooled).collect();
        if fooled.is_empty() {
            return Ok(0);
        }
        self.count(fooled.len(), false);
        let [c, h, w] = self.shape;
        let pixels = fooled.iter().flat_map(|l| l.image.iter().copied()).collect();
        let input = engine.upload(&Tensor::f32(&[fooled.len(), c, h, w], pixels)?).await?;
        let results = forward.run(&[&input]).await?;
        let logits = engine.read(results.first().ok_or(EngineError::ForeignBuffer)?).await?;
        let mut unconfirmed = 0;
        for (candidate, row) in fooled.iter_mut().zip(logits.as_f32()?.chunks(self.classes.max(1))) {
            match predicted_class(row) {
                None => candidate.end = End::NotANumber,
                Some(class) if class == candidate.job.label => {
                    candidate.end = End::Done;
                    unconfirmed += 1;
                }
                Some(_) => {}
            }
        }
        Ok(unconfirmed)
    }
}
