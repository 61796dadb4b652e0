//! What the clean images show before an attack: the classes to aim at, and what makes any attack doubtful.

use super::doubt::{PROBABILITIES, RANDOM_OUTPUTS, SATURATION, UNDEFINED_GRADIENT};
use super::driver::batch::index;
use super::{AttackError, Doubt, Runner};
use crate::data::Images;
use crate::engine::{Buffer, Engine, EngineError};
use crate::tensor::{Tensor, Tolerance};

/// Logits this far apart leave the true class no slope in f32: 1 - p is below half a unit in the last place of 1.
const FLAT: f32 = 17.0;

/// Classes whose planes are measured where the nearest are aimed at, the likeliest ones.
const CANDIDATES: usize = 20;

impl Runner {
    /// The classes to aim at: the wrong ones with the largest logits at the clean image. A class whose logit is minus infinity
    /// there, as of a mask, is out of reach and not aimed at.
    pub(super) async fn targets(
        &self,
        engine: &dyn Engine,
        images: &Images,
        subset: &[usize],
    ) -> Result<Vec<Vec<usize>>, AttackError> {
        let mut all = vec![Vec::new(); images.len()];
        if self.driver.method.targets() == 0 {
            return Ok(all);
        }
        for group in subset.chunks(self.driver.batch) {
            let logits = self.clean_logits(engine, images, group).await?;
            for (image, row) in group.iter().zip(logits.as_f32()?.chunks(self.driver.classes.max(1))) {
                all[*image] = reachable(row, images.labels[*image] as usize);
            }
            if self.driver.method.aims_near() {
                self.nearest_first(engine, images, group, &mut all).await?;
            }
            group.iter().for_each(|image| all[*image].truncate(self.driver.method.targets()));
        }
        Ok(all)
    }

    /// Sorts the likeliest classes of the images of `group` by the distance of their planes, were the network linear: the gap of the
    /// two logits over the length of its gradient (MALT, Melamed et al. 2024).
    async fn nearest_first(
        &self,
        engine: &dyn Engine,
        images: &Images,
        group: &[usize],
        classes: &mut [Vec<usize>],
    ) -> Result<(), AttackError> {
        let most = group.iter().map(|image| classes[*image].len()).max().unwrap_or(0).min(CANDIDATES);
        let clean = self.upload_clean(engine, images, group).await?;
        let labels: Vec<usize> = group.iter().map(|image| images.labels[*image] as usize).collect();
        let mut distances: Vec<Vec<(f64, usize)>> = vec![Vec::new(); group.len()];
        for place in 0..most {
            let aims: Vec<usize> =
                group.iter().zip(&labels).map(|(i, label)| classes[*i].get(place).copied().unwrap_or(*label)).collect();
            self.driver.count(group.len(), true);
            let computed = self.at_clean(engine, &clean, (&labels, &aims)).await?;
            let seen = engine.read(computed.first().ok_or(EngineError::ForeignBuffer)?).await?;
            let width = seen.shape().get(1).copied().unwrap_or(1).max(1);
            for ((row, aim), (label, distances)) in
                seen.to_f64().chunks(width).zip(aims).zip(labels.iter().zip(&mut distances))
            {
                let &[gap, length] = row.get(self.driver.classes..).unwrap_or_default() else { continue };
                let distance = gap.abs() / length.max(1e-12);
                distances.extend((aim != *label).then_some((distance, aim)));
            }
        }
        for (image, mut distances) in group.iter().zip(distances) {
            distances.sort_by(|a, b| a.0.total_cmp(&b.0));
            let sorted = distances.iter().map(|(_, class)| *class);
            let rest: Vec<usize> = classes[*image].iter().skip(distances.len()).copied().collect();
            classes[*image] = sorted.chain(rest).collect();
        }
        Ok(())
    }

    /// What forward-backward gives at clean images: fields are the images themselves, knobs are 0.
    async fn at_clean(
        &self,
        engine: &dyn Engine,
        clean: &Buffer,
        (labels, targets): (&[usize], &[usize]),
    ) -> Result<Vec<Buffer>, AttackError> {
        let classes = |of: &[usize]| Tensor::indices(&of.iter().copied().map(index).collect::<Vec<i64>>());
        let (label, target) = (engine.upload(&classes(labels)).await?, engine.upload(&classes(targets)).await?);
        let mut arguments = vec![clean, clean, &label, &target];
        let method = self.driver.method.as_ref();
        arguments.extend(std::iter::repeat_n(clean, method.looks_at()));
        let knobs = Tensor::f32(&[labels.len(), method.knobs()], vec![0.0; labels.len() * method.knobs()])?;
        let knobs = if method.knobs() > 0 { Some(engine.upload(&knobs).await?) } else { None };
        arguments.extend(knobs.as_ref());
        Ok(self.driver.forward_backward.run(&arguments).await?)
    }

    /// Logits [N, K] of clean images.
    async fn clean_logits(&self, engine: &dyn Engine, images: &Images, group: &[usize]) -> Result<Tensor, AttackError> {
        self.driver.count(group.len(), false);
        let input = self.upload_clean(engine, images, group).await?;
        let logits = self.forward.run(&[&input]).await?;
        Ok(engine.read(logits.first().ok_or(EngineError::ForeignBuffer)?).await?)
    }

    async fn upload_clean(&self, engine: &dyn Engine, images: &Images, group: &[usize]) -> Result<Buffer, AttackError> {
        let [c, h, w] = self.driver.shape;
        let pixels = Tensor::f32(&[group.len(), c, h, w], images.pixels_f32(group))?;
        Ok(engine.upload(&pixels).await?)
    }

    /// What about the network, seen on the first images of `subset`, makes any attack doubtful.
    pub(super) async fn doubts(
        &self,
        engine: &dyn Engine,
        images: &Images,
        subset: &[usize],
    ) -> Result<Vec<Doubt>, AttackError> {
        let mut doubts = Vec::new();
        let group = subset.get(..self.driver.batch.min(subset.len())).unwrap_or_default();
        if group.is_empty() {
            return Ok(doubts);
        }
        let logits = self.clean_logits(engine, images, group).await?;
        let again = self.clean_logits(engine, images, group).await?;
        if !Tolerance::Network.accepts(&again.to_f64(), &logits.to_f64()) {
            let reason = "two passes over the same images differ: an attack follows the gradient of one draw only";
            doubts.push(Doubt::new(RANDOM_OUTPUTS, reason.to_owned()));
        }
        doubts.extend(of_logits(logits.as_f32()?, self.driver.classes));
        doubts.extend(self.of_gradients(engine, images, group, logits.as_f32()?).await?);
        Ok(doubts)
    }

    /// What the gradients at the clean images of `group` give away; nothing for an attack without a loss.
    async fn of_gradients(
        &self,
        engine: &dyn Engine,
        images: &Images,
        group: &[usize],
        logits: &[f32],
    ) -> Result<Vec<Doubt>, AttackError> {
        if self.driver.forward_backward.outputs().len() < 2 {
            return Ok(Vec::new());
        }
        let clean = self.upload_clean(engine, images, group).await?;
        let labels: Vec<usize> = group.iter().map(|image| images.labels[*image] as usize).collect();
        let rows = logits.chunks(self.driver.classes.max(1));
        // A loss that aims at a class takes the likeliest wrong one.
        let aims =
            labels.iter().zip(rows).map(|(label, row)| reachable(row, *label).first().copied().unwrap_or(*label));
        let targets: Vec<usize> = aims.collect();
        let computed = self.at_clean(engine, &clean, (&labels, &targets)).await?;
        let gradient = engine.read(computed.get(1).ok_or(EngineError::ForeignBuffer)?).await?;
        let size = self.driver.shape.iter().product::<usize>().max(1);
        Ok(of_slopes(gradient.as_f32()?.chunks(size)))
    }
}

/// Classes other than `label` with a logit above minus infinity, the likeliest first.
fn reachable(row: &[f32], label: usize) -> Vec<usize> {
    let other = |class: &usize| *class != label && row[*class] > f32::NEG_INFINITY;
    let mut classes: Vec<usize> = (0..row.len()).filter(other).collect();
    classes.sort_by(|i, j| row[*j].total_cmp(&row[*i]));
    classes
}

/// What the gradients of images, one slice each, give away.
fn of_slopes<'a>(gradients: impl ExactSizeIterator<Item = &'a [f32]>) -> Vec<Doubt> {
    let (mut zero, mut undefined) = (0, 0);
    let images = gradients.len();
    for gradient in gradients {
        undefined += usize::from(gradient.iter().any(|v| v.is_nan()));
        zero += usize::from(gradient.iter().all(|v| *v == 0.0));
    }
    let mut doubts = Vec::new();
    if zero > 0 {
        let reason = format!(
            "the gradient is exactly zero at {zero} of {images} images: attacks that follow it cannot move there"
        );
        doubts.push(Doubt::new(SATURATION, reason));
    }
    if undefined > 0 {
        let reason = format!(
            "the gradient is not a number at {undefined} of {images} images: attacks that follow it cannot judge them"
        );
        doubts.push(Doubt::new(UNDEFINED_GRADIENT, reason));
    }
    doubts
}

/// What rows of logits [N, K] give away.
fn of_logits(logits: &[f32], classes: usize) -> Option<Doubt> {
    let rows = || logits.chunks(classes.max(1));
    if !logits.is_empty() && rows().all(is_distribution) {
        let reason =
            "the outputs look like probabilities: attacks need the logits before the softmax; re-export without it";
        return Some(Doubt::new(PROBABILITIES, reason.to_owned()));
    }
    let mut gaps: Vec<f32> = rows().filter_map(gap).collect();
    gaps.sort_by(f32::total_cmp);
    let median = *gaps.get(gaps.len() / 2)?;
    (median > FLAT).then(|| {
        let reason = format!(
            "the largest logit leads by {median:.0} in the median: cross-entropy has no slope in f32 there; trust attacks on DLR or towards classes"
        );
        Doubt::new(SATURATION, reason)
    })
}

/// How far the largest logit is above the next.
fn gap(row: &[f32]) -> Option<f32> {
    let mut sorted = row.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    Some(sorted.first()? - sorted.get(1)?)
}

/// Shares that sum to 1.
fn is_distribution(row: &[f32]) -> bool {
    row.iter().all(|v| (0.0..=1.0).contains(v)) && (row.iter().sum::<f32>() - 1.0).abs() < 1e-5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_far_apart_are_flat_and_shares_are_named_first() {
        let name = |logits: &[f32]| of_logits(logits, 2).map(|d| d.name);
        assert_eq!(name(&[0.0, 16.0, 3.0, 1.0, 0.0, 2.0]), None);
        assert_eq!(name(&[0.0, 18.0, 30.0, 1.0, 0.0, 2.0]).as_deref(), Some(SATURATION));
        assert_eq!(name(&[0.25, 0.75, 1.0, 0.0]).as_deref(), Some(PROBABILITIES));
        assert_eq!(of_logits(&[], 0), None);
    }

    #[test]
    fn masked_classes_are_not_aimed_at() {
        let masked = f32::NEG_INFINITY;
        assert_eq!(reachable(&[3.0, masked, 1.0, 2.0, masked], 0), [3, 2]);
        assert!(reachable(&[masked, 0.0, masked], 1).is_empty());
    }

    #[test]
    fn slopes_that_are_zero_or_undefined_are_named() {
        let names = |gradients: &[f32]| of_slopes(gradients.chunks(2)).into_iter().map(|d| d.name).collect::<Vec<_>>();
        assert_eq!(names(&[1.0, 0.0, -1.0, 2.0]), [""; 0]);
        assert_eq!(names(&[0.0, 0.0, f32::NAN, 2.0]), [SATURATION, UNDEFINED_GRADIENT]);
    }
}
