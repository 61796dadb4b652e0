//! What is read off the clean images before an attack: the classes to aim at, and what makes any attack doubtful.

use super::slots::index;
use super::{AttackError, Runner};
use crate::data::Images;
use crate::engine::{Buffer, Engine, EngineError};
use crate::tensor::Tensor;

impl Runner {
    /// The classes to aim at: the wrong ones with the largest logits at the clean image.
    pub(super) async fn targets(
        &self,
        engine: &dyn Engine,
        images: &Images,
        subset: &[usize],
    ) -> Result<Vec<Vec<usize>>, AttackError> {
        let mut all = vec![Vec::new(); images.len()];
        if self.method.targets() == 0 {
            return Ok(all);
        }
        for group in subset.chunks(self.batch) {
            let logits = self.clean_logits(engine, images, group).await?;
            for (image, row) in group.iter().zip(logits.as_f32()?.chunks(self.classes.max(1))) {
                let label = images.labels[*image] as usize;
                let mut classes: Vec<usize> = (0..row.len()).filter(|class| *class != label).collect();
                classes.sort_by(|i, j| row[*j].total_cmp(&row[*i]));
                classes.truncate(self.method.targets());
                all[*image] = classes;
            }
        }
        Ok(all)
    }

    /// Logits [N, K] of clean images.
    async fn clean_logits(&self, engine: &dyn Engine, images: &Images, group: &[usize]) -> Result<Tensor, AttackError> {
        let input = self.upload_clean(engine, images, group).await?;
        let logits = self.forward.run(&[&input]).await?;
        Ok(engine.read(logits.first().ok_or(EngineError::ForeignBuffer)?).await?)
    }

    async fn upload_clean(&self, engine: &dyn Engine, images: &Images, group: &[usize]) -> Result<Buffer, AttackError> {
        let [c, h, w] = self.shape;
        let pixels = Tensor::f32(&[group.len(), c, h, w], images.pixels_f32(group))?;
        Ok(engine.upload(&pixels).await?)
    }

    /// What about the network, seen on the first images of `subset`, makes any attack doubtful.
    pub(super) async fn doubts(
        &self,
        engine: &dyn Engine,
        images: &Images,
        subset: &[usize],
    ) -> Result<Vec<String>, AttackError> {
        let mut doubts = Vec::new();
        let group = subset.get(..self.batch.min(subset.len())).unwrap_or_default();
        if group.is_empty() {
            return Ok(doubts);
        }
        let logits = self.clean_logits(engine, images, group).await?;
        if logits.as_f32()?.chunks(self.classes.max(1)).all(is_distribution) {
            doubts.push(
                "the outputs look like probabilities: attacks need the logits before the softmax; re-export without it"
                    .to_owned(),
            );
        }
        let zero = self.zero_gradients(engine, images, group).await?;
        if zero > 0 {
            doubts.push(format!(
                "the gradient is exactly zero at {zero} of {} images: attacks that follow it cannot move there",
                group.len()
            ));
        }
        Ok(doubts)
    }

    /// Clean images of `group` at which the loss has no slope at all; none for an attack without a loss.
    async fn zero_gradients(
        &self,
        engine: &dyn Engine,
        images: &Images,
        group: &[usize],
    ) -> Result<usize, AttackError> {
        if self.look.outputs().len() < 2 {
            return Ok(0);
        }
        let clean = self.upload_clean(engine, images, group).await?;
        let label = |image: &usize| images.labels[*image] as usize;
        let labels = group.iter().map(|image| index(label(image))).collect::<Vec<_>>();
        // Any other class will do for a loss that aims at one.
        let targets = group.iter().map(|image| index((label(image) + 1) % self.classes.max(1))).collect::<Vec<_>>();
        let (labels, targets) =
            (engine.upload(&Tensor::indices(&labels)).await?, engine.upload(&Tensor::indices(&targets)).await?);
        let looked = self.look.run(&[&clean, &clean, &labels, &targets]).await?;
        let gradient = engine.read(looked.get(1).ok_or(EngineError::ForeignBuffer)?).await?;
        let size = self.shape.iter().product::<usize>().max(1);
        Ok(gradient.as_f32()?.chunks(size).filter(|g| g.iter().all(|v| *v == 0.0)).count())
    }
}

/// Shares that sum to 1.
fn is_distribution(row: &[f32]) -> bool {
    row.iter().all(|v| (0.0..=1.0).contains(v)) && (row.iter().sum::<f32>() - 1.0).abs() < 1e-5
}
