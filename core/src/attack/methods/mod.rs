//! The attacks, each as what it adds to the driver: its loss, its update as a graph, and its state per image.
//!
//! [`super::driver`] runs two graphs in turn. *Forward-backward* holds the network: logits at the present image, statistics, and
//! the gradient of the attack's loss. *Update* holds the attack: the next image, with the projection. In between, a
//! [`State`] on the host turns observations into the parameters of the update.

pub(super) mod apgd;
pub(super) mod fab;
mod known;
pub(super) mod minimum;
pub(super) mod pgd;
mod presets;
pub(super) mod search;
pub(super) mod square;

pub use known::{AttackRequest, Known};
pub use presets::Preset;

use super::driver::Passes;
use super::driver::state::{Job, State};
use super::{AttackSettings, Ball, Norm};
use crate::autodiff::gradients;
use crate::graph::{Builder, GraphError, ValueId};
use crate::tensor::Dim;
use apgd::ApgdSettings;
use fab::FabSettings;
use known::{Settings, define_attacks};
use minimum::MinimumSettings;
use minimum::sigma_zero::{self, SigmaZeroSettings};
use search::SearchSettings;
use square::SquareSettings;

// An attack: its file, and its lines here.
define_attacks! {
    carried_out_by {
        /// Projected gradient descent; FGSM is [`AttackSettings::fgsm`].
        Pgd(AttackSettings),
        /// Projected gradient ascent with an adaptive step.
        Apgd(ApgdSettings),
        /// The fast adaptive boundary attack.
        Fab(FabSettings),
        /// Random search by forward passes.
        Square(SquareSettings),
        /// The smallest change, by steps whose length and radius are fixed in advance.
        Minimum(MinimumSettings),
        /// The fewest pixel values that change, by descent along a smooth count of them.
        SigmaZero(SigmaZeroSettings),
        /// Search from start to start, along gradients that rectifiers do not cut off.
        Search(SearchSettings),
    }
    known_as {
        /// Projected gradient descent.
        #[default]
        Pgd => pgd::PGD,
        /// One step of the gradient's sign.
        Fgsm => pgd::FGSM,
        /// APGD on cross-entropy.
        ApgdCe => apgd::CROSS_ENTROPY,
        /// APGD on the difference of logits ratio.
        ApgdDlr => apgd::DLR,
        /// APGD towards the likeliest wrong classes, one after the other.
        ApgdT => apgd::TARGETED,
        /// The fast adaptive boundary attack.
        Fab => fab::UNTARGETED,
        /// The same towards the likeliest wrong classes, one after the other.
        FabT => fab::TARGETED,
        /// Random search without gradients.
        Square => square::SQUARE,
        /// The smallest change in L2, by decoupled direction and norm.
        Ddn => minimum::DDN,
        /// The smallest change in any norm, by fast minimum norm.
        Fmn => minimum::FMN,
        /// The fewest pixel values, by descent along a smooth count of them.
        SigmaZero => sigma_zero::SIGMA_ZERO,
        /// Several of them, as `preset` says.
        AutoAttack => presets::AUTOATTACK,
    }
}

/// Columns of the parameters that belong to the driver: whether the image stands still, and its radius.
pub(crate) const OWN: usize = 2;

/// What a forward-backward pass has computed: values in the graph being built.
pub(crate) struct Evaluated {
    /// The present image [N, C, H, W].
    pub x: ValueId,
    /// The clean image.
    pub clean: ValueId,
    /// The gradient of the loss by `x`, where there is a loss.
    pub gradient: Option<ValueId>,
    /// The loss `[N]`, where there is one.
    pub loss: Option<ValueId>,
    /// As many of the fields behind `x` as [`Method::looks_at`] says.
    pub fields: Vec<ValueId>,
}

impl Evaluated {
    /// The size of the change, `[N]`.
    pub(crate) fn size(&self, b: &mut Builder, norm: Norm) -> Result<ValueId, GraphError> {
        let change = b.sub(self.x, self.clean)?;
        norm.length(b, change)
    }

    /// The length of the gradient in the norm's dual, `[N]`: how fast the loss can rise by a change of size 1.
    pub(crate) fn slope(&self, b: &mut Builder, norm: Norm) -> Result<ValueId, GraphError> {
        norm.dual().length(b, self.gradient.ok_or_else(no_gradient)?)
    }
}

/// What a loss is built from: values in the graph being built.
#[derive(Clone, Copy)]
pub(crate) struct Answer {
    /// The network's logits [N, K] at the present image.
    pub logits: ValueId,
    /// The true classes `[N]`.
    pub label: ValueId,
    /// The classes that are aimed at, `[N]`; the labels where the attack aims at none.
    pub target: ValueId,
}

/// What an update starts from: values in the graph being built.
pub(crate) struct Inputs {
    /// The attack's image-shaped state [N, C, H, W]; the present image first.
    pub fields: Vec<ValueId>,
    /// The clean image.
    pub clean: ValueId,
    /// The gradient at the present image, for attacks that have a loss.
    pub gradient: Option<ValueId>,
    /// [N, [`OWN`] + parameters].
    pub parameters: ValueId,
}

impl Inputs {
    /// The fields, of which there are as many as [`Method::fields`] says.
    pub(crate) fn all<const FIELDS: usize>(&self) -> Result<[ValueId; FIELDS], GraphError> {
        <[ValueId; FIELDS]>::try_from(self.fields.as_slice()).map_err(|_| no_gradient())
    }

    /// A field of images that are kept: the present image where switch `place` is on, `old` elsewhere.
    pub(crate) fn kept(&self, b: &mut Builder, place: usize, old: ValueId) -> Result<ValueId, GraphError> {
        let [present, ..] = self.fields.as_slice() else { return Err(no_gradient()) };
        let better = self.switch(b, place)?;
        b.select(better, *present, old)
    }

    /// The radius of every image's ball, [N, 1, 1, 1].
    pub(crate) fn radius(&self, b: &mut Builder) -> Result<ValueId, GraphError> {
        self.columns(b, 1, [1, 1, 1])
    }

    /// Whether an image stands still, [N, 1, 1, 1].
    pub(crate) fn halted(&self, b: &mut Builder) -> Result<ValueId, GraphError> {
        let column = self.columns(b, 0, [1, 1, 1])?;
        b.is_positive(column)
    }

    /// Parameter `index` of every image, [N, 1, 1, 1].
    pub(crate) fn parameter(&self, b: &mut Builder, index: usize) -> Result<ValueId, GraphError> {
        self.parameter_block(b, index, [1, 1, 1])
    }

    /// Parameters from `index` on as [N, a, b, c].
    pub(crate) fn parameter_block(
        &self,
        b: &mut Builder,
        index: usize,
        shape: [usize; 3],
    ) -> Result<ValueId, GraphError> {
        self.columns(b, OWN + index, shape)
    }

    /// Parameter `index` as a condition.
    pub(crate) fn switch(&self, b: &mut Builder, index: usize) -> Result<ValueId, GraphError> {
        let parameter = self.parameter(b, index)?;
        b.is_positive(parameter)
    }

    /// The gradient, which an attack with a loss always has.
    pub(crate) fn gradient(&self) -> Result<ValueId, GraphError> {
        self.gradient.ok_or_else(no_gradient)
    }

    fn columns(&self, b: &mut Builder, from: usize, shape: [usize; 3]) -> Result<ValueId, GraphError> {
        let count = shape.iter().product::<usize>();
        let picked = b.slice(self.parameters, 1, Dim::fixed(from), Dim::fixed(count))?;
        let [x, y, z] = shape.map(Dim::fixed);
        b.reshape(picked, &[Dim::BATCH, x, y, z])
    }
}

/// The network's logits do not depend on the image.
pub(crate) fn no_gradient() -> GraphError {
    GraphError::NoDerivative {
        node: "logits".to_owned(),
        op: "network",
        why: "its output does not depend on the image through real numbers",
    }
}

/// The first state of a job.
pub(crate) struct Initial {
    /// One image per field.
    pub fields: Vec<Vec<f32>>,
    /// The host's part.
    pub state: Box<dyn State>,
}

/// An attack.
pub(crate) trait Method {
    /// Where its answers lie, unless a job has a radius of its own.
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

    /// The loss `[N]` whose gradient the update follows; `None` for an attack by forward passes alone.
    fn loss(&self, b: &mut Builder, at: Answer) -> Result<Option<ValueId>, GraphError>;

    /// Appends the gradient of `loss` by `x` [N, C, H, W]; `knobs` [N, [`Method::knobs`]] where there are some.
    fn gradient(
        &self,
        b: &mut Builder,
        loss: ValueId,
        x: ValueId,
        _knobs: Option<ValueId>,
    ) -> Result<Option<ValueId>, GraphError> {
        Ok(gradients(b, loss, &[x])?[0])
    }

    /// Numbers per image that the gradient takes.
    fn knobs(&self) -> usize {
        0
    }

    /// Fields behind the present image that the statistics look at.
    fn looks_at(&self) -> usize {
        0
    }

    /// Aims at the classes whose planes are nearest at the clean image instead of the likeliest; the statistics are then the loss,
    /// a difference of logits, and the gradient's length.
    fn aims_near(&self) -> bool {
        false
    }

    /// Hears what a job that did not fool came to: the class that it aimed at, its state's score, and the image that the state left.
    fn learn(&self, _job: &Job, _target: usize, _score: f64, _image: &[f32]) {}

    /// Whether further starts are worth a try at an image.
    fn goes_on(&self, _image: usize) -> bool {
        true
    }

    /// What the states want to know, each `[N]`.
    fn statistics(&self, _b: &mut Builder, _at: &Evaluated) -> Result<Vec<ValueId>, GraphError> {
        Ok(Vec::new())
    }

    /// For an attack whose states may be content with a forward pass: statistics of the same number and places, with anything
    /// where they would take a gradient. `None` for attacks that follow a gradient at every point, or at none.
    fn check_statistics(&self, _b: &mut Builder, _at: &Evaluated) -> Result<Option<Vec<ValueId>>, GraphError> {
        Ok(None)
    }

    /// The next state of an image that a forward check found fooled, one value per field; there is no gradient.
    fn after_check(&self, _b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError> {
        Ok(inputs.fields.clone())
    }

    /// Numbers per image that an update takes, beside the driver's [`OWN`].
    fn parameters(&self) -> usize;

    /// Image-shaped state, the present image included.
    fn fields(&self) -> usize;

    /// The next state, one value per field.
    fn update(&self, b: &mut Builder, inputs: &Inputs) -> Result<Vec<ValueId>, GraphError>;

    /// Begins a job at `clean`.
    fn begin(&self, job: &Job, clean: &[f32]) -> Initial;
}
