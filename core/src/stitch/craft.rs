//! Attacked images for a training: one step on the stitched network as it stands, its stitch given as arguments.
//!
//! The network is as it is evaluated (running statistics), so the images are those that an attack on the present stitch would make.

use super::Parameters;
use super::objective::divergence;
use crate::attack::AttackSettings;
use crate::autodiff::gradients;
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::loss::label_input;
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
    /// Image to tap, as it is or as [`crate::rewrite::open_statistics`] made it.
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
    pub fn logits_graph(&self) -> Result<Graph, GraphError> {
        let mut b = Builder::new();
        let image = b.input("image", self.front.ty(self.front.inputs()[0]).clone());
        let state = self.state(&mut b);
        let logits = self.logits(&mut b, image, &state)?;
        b.output("logits", logits);
        Ok(b.finish())
    }

    /// One PGD step: `(x, clean, label or answer, state..) -> next`, where `answer` [N, K] are the logits at the clean images.
    ///
    /// # Errors
    /// [`GraphError`] when the halves do not fit or an operator has no derivative.
    pub fn craft_graph(&self, settings: &AttackSettings, craft: Craft) -> Result<Graph, GraphError> {
        let mut b = Builder::new();
        let ty = self.front.ty(self.front.inputs()[0]).clone();
        let (x, clean) = (b.input("x", ty.clone()), b.input("clean", ty));
        let given = match craft {
            Craft::Loss => label_input(&mut b),
            Craft::Divergence => {
                let ty = self.end.ty(self.end.outputs()[0].value).clone();
                b.input("answer", ty)
            }
        };
        let state = self.state(&mut b);
        let logits = self.logits(&mut b, x, &state)?;
        let loss = match craft {
            Craft::Loss => settings.loss.build(&mut b, logits, given)?,
            Craft::Divergence => divergence(&mut b, given, logits)?,
        };
        let gradient = gradients(&mut b, loss, &[x])?[0].ok_or_else(|| GraphError::NoDerivative {
            node: "logits".to_owned(),
            op: "network",
            why: "its output does not depend on the image through real numbers",
        })?;
        let next = settings.step(&mut b, x, clean, gradient)?;
        b.output("next", next);
        Ok(b.finish())
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
