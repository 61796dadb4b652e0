//! Images that are held out of a training: how many of them the stitch gets right as it stands.

use super::steps::{Training, Validation};
use crate::engine::{Buffer, Engine, Program};
use crate::metrics::predicted_class;
use crate::random::{Purpose, Stream};
use crate::rewrite;
use crate::stitch::Halves;
use crate::study::StudyError;
use crate::study::evaluate::image_batch;

/// The best stitch so far.
pub(super) struct Best {
    /// Held-out images that it gets right.
    pub correct: usize,
    /// Passes that it has learned for.
    pub passes: usize,
    /// What is trained, and the running statistics.
    pub state: Vec<Buffer>,
}

/// The stitched network as it is evaluated, and the images that it is tried on.
pub(super) struct Judge<'a> {
    pub validation: Validation,
    /// Their indices, rising.
    pub held: Vec<usize>,
    training: &'a Training<'a>,
    program: Program,
}

impl<'a> Judge<'a> {
    /// Draws the images by the training's seed.
    pub(super) async fn of(
        engine: &dyn Engine,
        training: &'a Training<'a>,
        validation: Validation,
    ) -> Result<Self, StudyError> {
        let Training { images, init, parameters, evaluated, seed, .. } = *training;
        let mut order: Vec<usize> = (0..images.len()).collect();
        Stream::new(seed, Purpose::Validation, 0, 0).shuffle(&mut order);
        let mut held = order.split_off(order.len() - validation.held(images.len()));
        held.sort_unstable();
        let halves = Halves { front: evaluated.0, end: evaluated.1, channels: (init.out, init.input), parameters };
        let program = engine.compile(&rewrite::simplify(&halves.logits_graph()?)?).await?;
        Ok(Self { validation, held, training, program })
    }

    /// Held-out images, as they are, that the stitch of this state gets right.
    pub(super) async fn correct(&self, engine: &dyn Engine, state: &[Buffer]) -> Result<usize, StudyError> {
        let images = self.training.images;
        let mut correct = 0;
        for chosen in self.held.chunks(self.program.batch_up_to(self.training.settings.batch).max(1)) {
            let image = engine.upload(&image_batch(images, chosen)?).await?;
            let inputs: Vec<&Buffer> = [&image].into_iter().chain(state).collect();
            let results = self.program.run(&inputs).await?;
            let logits = results.first().ok_or(StudyError::Fault("a network without a result"))?;
            let logits = engine.read(logits).await?;
            let classes = logits.shape().get(1).copied().unwrap_or(1).max(1);
            let rows = logits.as_f32()?.chunks(classes).zip(chosen);
            correct +=
                rows.filter(|(row, index)| predicted_class(row) == Some(images.labels[**index] as usize)).count();
        }
        Ok(correct)
    }
}
