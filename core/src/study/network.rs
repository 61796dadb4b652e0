//! A donor made ready for stitching: graph, taps, classes.

use super::StudyError;
use crate::cut::{self, Tap};
use crate::graph::Graph;
use crate::onnx::Model;
use crate::provenance::Content;

/// A donor.
#[derive(Clone, Debug)]
pub struct Network {
    /// What the recipe calls it.
    pub reference: String,
    /// Image batch [N, C, H, W] to logits [N, K].
    pub graph: Graph,
    /// Where it can be cut, in order.
    pub taps: Vec<Tap>,
    /// K.
    pub classes: usize,
    /// Channels, height, width of its images.
    pub image: [usize; 3],
    /// The files it was read from, by content.
    pub files: Vec<Content>,
}

impl Network {
    /// A network from a model file's content.
    ///
    /// # Errors
    /// [`StudyError::Misfit`] when it does not map one image batch to one row of logits per image.
    pub fn new(reference: &str, model: &Model) -> Result<Self, StudyError> {
        let graph = model.graph.clone();
        let misfit = |what: String| StudyError::Misfit(format!("{reference} is not an image classifier: {what}"));
        let [input] = graph.inputs() else {
            return Err(misfit(format!("it has {} inputs, one image batch is needed", graph.inputs().len())));
        };
        let sizes: Vec<Option<usize>> = graph.ty(*input).shape.iter().skip(1).map(|d| d.known()).collect();
        let [Some(channels), Some(height), Some(width)] = *sizes.as_slice() else {
            return Err(misfit(format!("its input is {}, needed is [N, C, H, W]", graph.ty(*input))));
        };
        let Some(output) = graph.outputs().first() else { return Err(misfit("it has no output".to_owned())) };
        let logits = graph.ty(output.value);
        let classes = match logits.shape.as_slice() {
            [_, classes] => classes.known(),
            _ => None,
        };
        let Some(classes) = classes else {
            return Err(misfit(format!("its output `{}` is {logits}, needed is [N, classes]", output.name)));
        };
        let taps = cut::taps(&graph);
        Ok(Self {
            reference: reference.to_owned(),
            graph,
            taps,
            classes,
            image: [channels, height, width],
            files: model.files.clone(),
        })
    }

    /// The tap of that name or tensor.
    ///
    /// # Errors
    /// [`StudyError::Misfit`] listing names that are near.
    pub fn tap(&self, name: &str) -> Result<usize, StudyError> {
        let tap =
            cut::find(&self.taps, name).map_err(|error| StudyError::Misfit(format!("{}: {error}", self.reference)))?;
        Ok(self.taps.iter().position(|t| t.value == tap.value).unwrap_or(0))
    }
}
