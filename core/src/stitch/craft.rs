//! What images are crafted against for a training: the stitched network as it stands, its stitch given as arguments.
//!
//! The network is as it is evaluated (running statistics), so the images are those that an attack on the present stitch would make.

use super::Parameters;
use super::objective::divergence;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::ops::stitch::Stitch;
use crate::tensor::TensorType;

/// What crafted images raise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Craft {
    /// The attack's own loss at the labels.
    Loss,
    /// The divergence from the answer to the clean image, as TRADES wants it.
    Divergence,
}

/// The halves of a stitched network: image to tap, tap to logits, channels of the end's tap and of the front's, what is trained.
#[derive(Clone, Copy, Debug)]
pub struct Halves<'a> {
    /// Image to tap, as it is or as `open_statistics` made it.
    pub front: &'a Graph,
    /// Tap to logits, likewise.
    pub end: &'a Graph,
    /// Channels of the end's tap and of the front's.
    pub channels: (usize, usize),
    /// What of the stitch is trained.
    pub parameters: &'a Parameters,
}

impl Halves<'_> {
    /// `(image, state..) -> logits`, where the state is what is trained and the running statistics of stitch, front and end.
    ///
    /// # Errors
    /// [`GraphError`] when the halves do not fit.
    pub(crate) fn logits_graph(&self) -> Result<Graph, GraphError> {
        let mut b = Builder::new();
        let image = b.input("image", self.front.ty(self.front.inputs()[0]).clone());
        let logits = self.stitched(&mut b, image)?;
        b.output("logits", logits);
        Ok(b.finish())
    }

    /// Appends the logits at `image`; the state becomes inputs, as in [`Self::logits_graph`].
    ///
    /// # Errors
    /// [`GraphError`] when the halves do not fit.
    pub(crate) fn stitched(&self, b: &mut Builder, image: ValueId) -> Result<ValueId, GraphError> {
        let state = self.state(b);
        self.logits(b, image, &state)
    }

    /// Appends the divergence `[N]` of `logits` from the answer to the clean images, an input [N, K].
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    pub(crate) fn divergence(&self, b: &mut Builder, logits: ValueId) -> Result<ValueId, GraphError> {
        let ty = self.end.ty(self.end.outputs()[0].value).clone();
        let answer = b.input("answer", ty);
        divergence(b, answer, logits)
    }

    /// Declares the state, in the order of the training step's.
    fn state(&self, b: &mut Builder) -> [Vec<ValueId>; 3] {
        let (out, input) = self.channels;
        let mut stitch = self.parameters.inputs(b, self.channels);
        let own = self.parameters.statistics(out, input);
        stitch.extend(own.iter().map(|sizes| b.input("statistics", TensorType::f32(sizes))));
        let [front, end] = [self.front, self.end].map(|half| {
            let opened = half.inputs().iter().skip(1);
            opened.map(|input| b.input("statistics", half.ty(*input).clone())).collect()
        });
        [stitch, front, end]
    }

    fn logits(&self, b: &mut Builder, image: ValueId, state: &[Vec<ValueId>; 3]) -> Result<ValueId, GraphError> {
        let [stitch, front, end] = state;
        let (weight, bias) = self.parameters.map(b, stitch, self.channels)?;
        let signal = inline(b, self.front, &[&[image], front.as_slice()].concat())?[0];
        let stitched = b.apply1(Stitch, &[signal, weight, bias])?;
        Ok(inline(b, self.end, &[&[stitched], end.as_slice()].concat())?[0])
    }
}
