//! What an attack says about itself, so that one machinery ([`super::Runner`]) can carry out all of them.
//!
//! A turn has two graphs. *Look* holds the network: logits at the present image, what the attack wants to know about it,
//! and the gradient of its loss. *Move* holds the attack: the next image, with the projection. Between them stands a
//! [`Walk`], the bookkeeping of one image on the host: numbers in, a handful of numbers (the knobs of the move) out.

use super::Norm;
use crate::graph::{Builder, GraphError, ValueId};
use crate::random::{Purpose, Stream};
use crate::tensor::Dim;

/// Where attacked images may lie: this far from the clean one, within [0, 1].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ball {
    /// How changes are measured.
    pub norm: Norm,
    /// The radius, in pixel units of [0, 1].
    pub eps: f32,
}

/// One start of an attack on one image, with the class it aims at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// Index of the image in the data set.
    pub image: usize,
    /// Its class.
    pub label: usize,
    /// The class that is aimed at; the label where the attack aims at none.
    pub target: usize,
    /// Number of the start.
    pub restart: u32,
    /// Number of the target, 0 the likeliest.
    pub rank: u32,
}

impl Job {
    /// The chance of this job: no two jobs of an attack share numbers.
    pub fn stream(&self, seed: u64, purpose: Purpose) -> Stream {
        // Targets of one image draw apart, as its restarts do.
        Stream::new(seed, purpose, self.image as u64, self.restart | (self.rank << 16))
    }
}

/// What a look has computed: values in the graph being built.
pub(super) struct Looked {
    /// The present image [N, C, H, W].
    pub x: ValueId,
    /// The clean image.
    pub clean: ValueId,
    /// The gradient of the loss by `x`, where there is a loss.
    pub gradient: Option<ValueId>,
    /// The loss `[N]`.
    pub loss: Option<ValueId>,
}

/// What a move starts from.
pub(super) struct Place {
    /// The attack's image-shaped state [N, C, H, W]; the present image first.
    pub fields: Vec<ValueId>,
    /// The clean image.
    pub clean: ValueId,
    /// The gradient at the present image, for attacks that have a loss.
    pub gradient: Option<ValueId>,
    /// [N, 1 + knobs]; column 0 belongs to the machinery.
    pub knobs: ValueId,
}

impl Place {
    /// Knob `index` of every image, [N, 1, 1, 1].
    pub fn knob(&self, b: &mut Builder, index: usize) -> Result<ValueId, GraphError> {
        self.knob_block(b, index, [1, 1, 1])
    }

    /// Knobs from `index` on as [N, a, b, c].
    pub fn knob_block(&self, b: &mut Builder, index: usize, shape: [usize; 3]) -> Result<ValueId, GraphError> {
        let count = shape.iter().product::<usize>();
        let picked = b.slice(self.knobs, 1, Dim::fixed(1 + index), Dim::fixed(count))?;
        let [x, y, z] = shape.map(Dim::fixed);
        b.reshape(picked, &[Dim::BATCH, x, y, z])
    }

    /// Knob `index` as a condition.
    pub fn switch(&self, b: &mut Builder, index: usize) -> Result<ValueId, GraphError> {
        let knob = self.knob(b, index)?;
        b.is_positive(knob)
    }

    /// The gradient, which an attack with a loss always has.
    pub fn gradient(&self) -> Result<ValueId, GraphError> {
        self.gradient.ok_or_else(no_gradient)
    }
}

/// The network's logits do not depend on the image.
pub(super) fn no_gradient() -> GraphError {
    GraphError::NoDerivative {
        node: "logits".to_owned(),
        op: "network",
        why: "its output does not depend on the image through real numbers",
    }
}

/// What the host hears about one image after a look.
pub(super) struct Seen<'a> {
    /// The network's answer at the present image.
    pub logits: &'a [f64],
    /// The attack's own numbers, in the order of [`Method::notes`].
    pub notes: &'a [f64],
    /// Another class than the label has the largest logit.
    pub fooled: bool,
}

/// What a walk wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// To move on.
    Go,
    /// Nothing: its answer is misclassified and within the ball. It stands still from now on.
    Fooled,
    /// Nothing: it found nothing.
    Over,
}

/// The bookkeeping of one job.
pub(super) trait Walk {
    /// Takes in what was seen at the present image and decides.
    fn hear(&mut self, seen: &Seen<'_>) -> Turn;

    /// The knobs of the next move.
    fn knobs(&self) -> Vec<f64>;

    /// The class that the next look aims at.
    fn target(&self) -> usize;

    /// The field that holds the answer once the walk is [`Turn::Fooled`].
    fn answer(&self) -> usize {
        0
    }

    /// Were the present image fooled, logits and [`Method::glance_notes`] would be all it needs to hear.
    fn glances(&self) -> bool {
        false
    }
}

/// The first state of a job.
pub(super) struct Beginning {
    /// One image per field.
    pub fields: Vec<Vec<f32>>,
    /// Its bookkeeping.
    pub walk: Box<dyn Walk>,
}

/// An attack.
pub(super) trait Method {
    /// Where its answers lie.
    fn ball(&self) -> Ball;

    /// Independent starts per image and target.
    fn restarts(&self) -> usize {
        1
    }

    /// Classes that are aimed at, one after the other, the likeliest wrong ones; 0 when it aims at none.
    fn targets(&self) -> usize {
        0
    }

    /// Goes on with further starts and targets after a success, to find a smaller change.
    fn exhaustive(&self) -> bool {
        false
    }

    /// Every image under attack lies in the ball, not only the answer.
    fn stays_inside(&self) -> bool {
        true
    }

    /// The loss `[N]` whose gradient the move follows; `None` for an attack by forward passes alone.
    fn loss(
        &self,
        b: &mut Builder,
        logits: ValueId,
        label: ValueId,
        target: ValueId,
    ) -> Result<Option<ValueId>, GraphError>;

    /// What the walks want to know, each `[N]`.
    fn notes(&self, _b: &mut Builder, _looked: &Looked) -> Result<Vec<ValueId>, GraphError> {
        Ok(Vec::new())
    }

    /// For an attack whose walks may be content with a glance, a forward pass alone: notes of the same number and places, with
    /// anything where they would take a gradient. `None` for attacks whose every look follows a gradient, or none does.
    fn glance_notes(&self, _b: &mut Builder, _looked: &Looked) -> Result<Option<Vec<ValueId>>, GraphError> {
        Ok(None)
    }

    /// The next state of an image that was fooled at a glance, one value per field; there is no gradient.
    fn settle(&self, _b: &mut Builder, place: &Place) -> Result<Vec<ValueId>, GraphError> {
        Ok(place.fields.clone())
    }

    /// Numbers per image that a move takes.
    fn knobs(&self) -> usize;

    /// Image-shaped state, the present image included.
    fn fields(&self) -> usize;

    /// The next state, one value per field.
    fn advance(&self, b: &mut Builder, place: &Place) -> Result<Vec<ValueId>, GraphError>;

    /// Begins a job at `clean`.
    fn begin(&self, job: &Job, clean: &[f32]) -> Beginning;
}
