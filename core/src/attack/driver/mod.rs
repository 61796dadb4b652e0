//! The loop that all attacks share: forward and backward through what is attacked, then the attack's update, turn by turn.
//!
//! Step sizes, radii and targets are inputs of the graphs, one per image, so that images of any radius share a batch. What differs
//! between users is the batch and the rule that ends it: [`super::Runner`] refills slots until every image is decided,
//! [`super::descent`] takes a fixed number of steps.

pub(crate) mod batch;
pub(crate) mod finish;
pub(crate) mod graphs;
pub(crate) mod state;
pub(crate) mod turn;

use std::cell::Cell;
use std::ops::{AddAssign, Sub};

use super::AttackError;
use super::methods::{Answer, Method};
use crate::engine::{Buffer, Engine, Program};
use crate::graph::{Builder, Graph, GraphError, ValueId, inline};
use crate::rewrite;
use crate::tensor::TensorType;
use batch::DeviceBatch;

/// Passes of single images through the network that is attacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passes {
    /// Forward passes.
    pub forward: u64,
    /// Backward passes.
    pub backward: u64,
}

impl AddAssign for Passes {
    fn add_assign(&mut self, other: Self) {
        self.forward = self.forward.saturating_add(other.forward);
        self.backward = self.backward.saturating_add(other.backward);
    }
}

impl Sub for Passes {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { forward: self.forward - before.forward, backward: self.backward - before.backward }
    }
}

/// What is attacked, as pieces of a graph. Inputs that it declares beside the image are the driver's *context*, in that order.
pub(crate) trait Objective {
    /// The type of the image batch.
    fn image(&self) -> &TensorType;

    /// Appends the logits at the image batch `x`.
    fn logits(&self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError>;

    /// Appends what the attack raises; by default the attack's own loss of logits at labels and targets.
    fn loss(&self, b: &mut Builder, method: &dyn Method, at: Answer) -> Result<Option<ValueId>, GraphError> {
        method.loss(b, at)
    }
}

/// A network from image batch to logits; it has no context.
impl Objective for Graph {
    fn image(&self) -> &TensorType {
        self.ty(self.inputs()[0])
    }

    fn logits(&self, b: &mut Builder, x: ValueId) -> Result<ValueId, GraphError> {
        Ok(inline(b, self, &[x])?[0])
    }
}

/// An attack on one objective, compiled.
pub(crate) struct Driver {
    pub(super) method: Box<dyn Method>,
    /// Channels, rows, columns.
    pub(super) shape: [usize; 3],
    pub(super) classes: usize,
    pub(super) forward_backward: Program,
    update: Program,
    check: Option<turn::Check>,
    /// The most images at once.
    pub(super) batch: usize,
    passes: Cell<Passes>,
}

impl Driver {
    /// Compiles `method` on `objective`, whose images are of `shape` and whose logits are [N, `classes`].
    pub(super) async fn prepare(
        engine: &dyn Engine,
        objective: &dyn Objective,
        method: Box<dyn Method>,
        (shape, classes): ([usize; 3], usize),
        batch: usize,
    ) -> Result<Self, AttackError> {
        let looked = rewrite::simplify(&graphs::forward_backward_graph(objective, method.as_ref())?)?;
        let update = graphs::update_graph(objective.image(), method.as_ref(), looked.outputs().len() > 1)?;
        let check = turn::Check::prepare(engine, objective, method.as_ref()).await?;
        let forward_backward = engine.compile(&looked).await?;
        let update = engine.compile(&rewrite::simplify(&update)?).await?;
        // Verdicts do not depend on how images are grouped, so the device chooses.
        let batch = forward_backward.batch_up_to(batch);
        Ok(Self { method, shape, classes, forward_backward, update, check, batch, passes: Cell::default() })
    }

    /// Takes turns while `go_on` says so. With `judge` the logits are read back and every image's state observes its own;
    /// without, all images step with the parameters that they have.
    pub(super) async fn drive(
        &self,
        engine: &dyn Engine,
        batch: &mut DeviceBatch,
        (context, judge): (&[&Buffer], bool),
        go_on: &mut dyn FnMut(&DeviceBatch) -> Result<bool, AttackError>,
    ) -> Result<(), AttackError> {
        while go_on(batch)? {
            self.turn(engine, batch, context, judge).await?;
        }
        Ok(())
    }

    /// Passes since it was prepared.
    pub(super) fn passes(&self) -> Passes {
        self.passes.get()
    }

    /// Counts passes of `images` images.
    pub(super) fn count(&self, images: usize, backward: bool) {
        let images = images as u64;
        let mut passes = self.passes.get();
        passes += Passes { forward: images, backward: if backward { images } else { 0 } };
        self.passes.set(passes);
    }
}
