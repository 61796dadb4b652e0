//! Batches on their way through a stitched network in a training step, and the running statistics that follow them.
//!
//! A half whose statistics move is a graph from (input, share, statistics) to (outputs, statistics); see
//! [`crate::rewrite::batch_statistics`]. Every batch that goes through finds the statistics as the one before left them.

use super::{Lesson, TrainGraph};
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::stitch::parameters::Stitched;
use crate::tensor::TensorType;

/// A stitched network in training.
pub(super) struct Pass<'a> {
    lesson: &'a Lesson<'a>,
    trained: &'a [ValueId],
    /// `1 / images`, declared after the state.
    pub share: Option<ValueId>,
    stitch: Vec<ValueId>,
    front: Vec<ValueId>,
    end: Vec<ValueId>,
}

impl<'a> Pass<'a> {
    /// Declares the running statistics: the stitch's, the front's, the end's.
    pub(super) fn declare(b: &mut Builder, lesson: &'a Lesson<'a>, trained: &'a [ValueId]) -> Self {
        let (out, input) = lesson.channels;
        let mut count = 0;
        let mut all = |b: &mut Builder, types: Vec<TensorType>| -> Vec<ValueId> {
            let declare = |ty| {
                count += 1;
                b.input(&format!("statistics{}", count - 1), ty)
            };
            types.into_iter().map(declare).collect()
        };
        let own = lesson.parameters.statistics(out, input).iter().map(|sizes| TensorType::f32(sizes)).collect();
        let stitch = all(b, own);
        let front = match lesson.source {
            TrainGraph::Whole { front } => all(b, moving(front)),
            TrainGraph::Cached { .. } => Vec::new(),
        };
        let end = all(b, moving(lesson.end));
        Self { lesson, trained, share: None, stitch, front, end }
    }

    /// Images to the stitch's input.
    pub(super) fn front(&mut self, b: &mut Builder, image: ValueId) -> Result<ValueId, GraphError> {
        match self.lesson.source {
            TrainGraph::Whole { front } => Ok(through(b, front, image, (self.share, &mut self.front))?[0]),
            TrainGraph::Cached { .. } => Err(super::missing("image")),
        }
    }

    /// The stitch.
    pub(super) fn stitch(&mut self, b: &mut Builder, signal: ValueId) -> Result<Stitched, GraphError> {
        let Lesson { parameters, channels, .. } = *self.lesson;
        let share = self.share.ok_or_else(|| super::missing("share"))?;
        parameters.step(b, signal, (self.trained, &mut self.stitch), channels, share)
    }

    /// What the end makes of what the stitch gives.
    pub(super) fn end(&mut self, b: &mut Builder, stitched: ValueId) -> Result<Vec<ValueId>, GraphError> {
        through(b, self.lesson.end, stitched, (self.share, &mut self.end))
    }

    /// The statistics as they stand, in the order of their declaration.
    pub(super) fn statistics(&self) -> Vec<ValueId> {
        [&self.stitch, &self.front, &self.end].into_iter().flatten().copied().collect()
    }
}

/// Types of a half's statistics: its inputs after the activation and the share.
fn moving(half: &Graph) -> Vec<TensorType> {
    half.inputs().iter().skip(2).map(|input| half.ty(*input).clone()).collect()
}

fn through(
    b: &mut Builder,
    half: &Graph,
    x: ValueId,
    (share, statistics): (Option<ValueId>, &mut Vec<ValueId>),
) -> Result<Vec<ValueId>, GraphError> {
    let mut arguments = vec![x];
    if !statistics.is_empty() {
        arguments.extend(share);
        arguments.extend_from_slice(statistics);
    }
    let mut found = inline(b, half, &arguments)?;
    *statistics = found.split_off(found.len().saturating_sub(statistics.len()));
    Ok(found)
}
