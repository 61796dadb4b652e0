//! The donors' own outputs on the training images: what soft matching learns.

use crate::data::Images;
use crate::engine::{Buffer, Engine, Program};
use crate::graph::{Builder, Graph, inline};
use crate::rewrite;
use crate::study::StudyError;
use crate::study::evaluate::for_each_batch;
use crate::tensor::Tensor;

/// One or two teachers.
pub struct Teachers {
    program: Program,
    count: usize,
    classes: usize,
    /// Logits of all training images [images, K] per teacher, where they are remembered.
    remembered: Vec<Vec<f32>>,
}

impl Teachers {
    /// Teachers that are these networks (image batch to logits), or with `mean` one that answers with the mean of their logits.
    ///
    /// # Errors
    /// [`StudyError`] when they do not take the same images or the engine refuses.
    pub async fn new(engine: &dyn Engine, networks: &[&Graph], mean: bool) -> Result<Self, StudyError> {
        let mut b = Builder::new();
        let Some(first) = networks.first() else { return Err(StudyError::Misfit("there is no teacher".to_owned())) };
        let image = b.input("image", first.ty(first.inputs()[0]).clone());
        let mut answers = Vec::with_capacity(networks.len());
        for network in networks {
            answers.push(inline(&mut b, network, &[image])?[0]);
        }
        if let ([x, y], true) = (answers.as_slice(), mean) {
            let sum = b.add(*x, *y)?;
            answers = vec![b.scale(sum, 0.5)?];
        }
        let classes = crate::loss::number_of_classes(&b, answers[0]);
        for (index, answer) in answers.iter().enumerate() {
            b.output(&format!("logits{index}"), *answer);
        }
        let program = engine.compile(&rewrite::simplify(&b.finish())?).await?;
        Ok(Self { program, count: answers.len(), classes, remembered: Vec::new() })
    }

    /// Number of teachers.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Remembers what [`Teachers::all`] has found.
    pub(crate) fn recall(&mut self, answers: Vec<Vec<f32>>) {
        self.remembered = answers;
    }

    /// The answers for all images, one row of values per teacher.
    ///
    /// # Errors
    /// [`StudyError`] from the engine or from `step`.
    pub(crate) async fn all(
        &self,
        engine: &dyn Engine,
        images: &Images,
        batch: usize,
        step: &mut dyn FnMut(usize) -> Result<(), StudyError>,
    ) -> Result<Vec<Vec<f32>>, StudyError> {
        let Self { program, count, classes, .. } = self;
        let mut all = vec![Vec::with_capacity(images.len() * *classes); *count];
        for_each_batch(engine, images, program.batch_up_to(batch), step, async |_, input| {
            for (rows, buffer) in all.iter_mut().zip(program.run(&[&input]).await?) {
                rows.extend_from_slice(engine.read(&buffer).await?.as_f32()?);
            }
            Ok(())
        })
        .await?;
        Ok(all)
    }

    /// Whether answers for the plain images are remembered.
    #[must_use]
    pub(crate) fn remember(&self) -> bool {
        !self.remembered.is_empty()
    }

    /// The answers for chosen images, one buffer [n, K] per teacher: remembered ones, or those for `image`.
    ///
    /// # Errors
    /// [`StudyError`] from the engine.
    pub(in crate::study) async fn answers(
        &self,
        engine: &dyn Engine,
        chosen: &[usize],
        image: Option<&Buffer>,
    ) -> Result<Vec<Buffer>, StudyError> {
        if let Some(image) = image {
            return Ok(self.program.run(&[image]).await?);
        }
        let mut answers = Vec::with_capacity(self.count);
        for rows in &self.remembered {
            let row = |i: &usize| rows.get(i * self.classes..(i + 1) * self.classes).unwrap_or_default();
            let values: Vec<f32> = chosen.iter().flat_map(row).copied().collect();
            answers.push(engine.upload(&Tensor::f32(&[chosen.len(), self.classes], values)?).await?);
        }
        Ok(answers)
    }
}
