//! `[stitch]`: what joins the halves, where it starts, what it learns from, and how.

mod keys;
mod read;

use serde::Deserialize;

use crate::recipe::raw::Given;
use crate::recipe::train_attack::TrainAttackRecipe;
use crate::recipe::words::{
    BatchNorm, Distance, Form, Init, Mask, Optimizer, Resize, ResizeAt, Schedule, Teacher, Train,
};
pub(in crate::recipe) use keys::KEYS;
pub(in crate::recipe) use read::resolve;

/// What joins the halves and how it is found. A setting that the form, the training or the optimiser does not have keeps its
/// default.
#[derive(Clone, Debug, PartialEq)]
pub struct StitchRecipe {
    /// Shape of the linear map.
    pub form: Form,
    /// Rank of `low-rank`, at most the smaller number of channels; 8 when left out.
    pub rank: usize,
    /// How taps of unequal sizes are brought together; `none` when left out, which refuses them.
    pub resize: Resize,
    /// Where; `before` the stitch when left out.
    pub resize_at: ResizeAt,
    /// Which entries of the weight may differ from zero.
    pub mask: Mask,
    /// Where it starts.
    pub init: Init,
    /// What it is trained on.
    pub train: Train,
    /// What the donors' BatchNorm does meanwhile; `frozen` when left out.
    pub batchnorm: BatchNorm,
    /// Whose outputs `soft` learns; `end` when left out.
    pub teacher: Teacher,
    /// Temperature of `soft`, above 0; 1 when left out.
    pub temperature: f64,
    /// Weight of the divergence of `trades`, at least 0; 1 when left out.
    pub beta: f64,
    /// What `match`, `final` and `fula` lower; `relative` for `fula` and `mse` for the others when left out.
    pub distance: Distance,
    /// Passes over the training images by which `final` matches before it learns the labels; 3 when left out.
    pub match_epochs: usize,
    /// Factor of `mean |W|` in the loss, at least 0.
    pub l1: f64,
    /// Whether training images are mirrored left to right, each with a chance of one half.
    pub flip: bool,
    /// Training images are cut out at random from ones with a border of so many black pixels; 0 leaves them in place.
    pub crop: usize,
    /// What turns gradients into steps.
    pub optimizer: Optimizer,
    /// Momentum of `sgd`, in [0, 1); 0.9 when left out.
    pub momentum: f64,
    /// Whether `sgd` looks ahead (Nesterov); it does when left out.
    pub nesterov: bool,
    /// Passes over the training images.
    pub epochs: usize,
    /// Learning rate.
    pub lr: f64,
    /// Share of the training images that are held out, in [0, 1); the stitch that is best on them is kept. None when left out.
    pub validation: f64,
    /// Passes without a better stitch after which a training with held-out images ends; 5 when left out.
    pub patience: usize,
    /// Images per training step.
    pub batch: usize,
    /// How the learning rate moves.
    pub schedule: Schedule,
    /// Weight decay on weight and bias alike, at least 0; added to the gradient, but for `adamw`.
    pub weight_decay: f64,
    /// One repetition per seed; distinct, at least one.
    pub seeds: Vec<u64>,
    /// The attack that `adversarial` and `trades` train against (`[train_attack]`); left out, as [`Recipe::train_attack`](crate::recipe::Recipe::train_attack) says.
    pub attack: Option<TrainAttackRecipe>,
}

impl Default for StitchRecipe {
    /// Task matching from the least-squares stitch, 3 epochs of Adam at 1e-3, one seed.
    fn default() -> Self {
        Self {
            form: Form::default(),
            rank: 8,
            resize: Resize::default(),
            resize_at: ResizeAt::default(),
            mask: Mask::default(),
            init: Init::default(),
            train: Train::default(),
            batchnorm: BatchNorm::default(),
            teacher: Teacher::default(),
            temperature: 1.0,
            beta: 1.0,
            distance: Distance::default(),
            match_epochs: 3,
            l1: 0.0,
            flip: false,
            crop: 0,
            optimizer: Optimizer::default(),
            momentum: 0.9,
            nesterov: true,
            epochs: 3,
            lr: 1e-3,
            validation: 0.0,
            patience: 5,
            batch: 128,
            schedule: Schedule::default(),
            weight_decay: 0.0,
            seeds: vec![0],
            attack: None,
        }
    }
}

impl StitchRecipe {
    /// Whether the recipe has a setting of this name.
    pub(in crate::recipe) fn has(&self, key: &str) -> bool {
        match key {
            "rank" => self.form == Form::LowRank,
            "resize" => self.form != Form::Dense,
            "resize_at" => self.resize != Resize::None,
            // Statistics that adapted to one loss would be carried into the other.
            "batchnorm" => !matches!(self.train, Train::None | Train::Final),
            "teacher" | "temperature" => self.train == Train::Soft,
            "beta" => self.train == Train::Trades,
            "distance" => matches!(self.train, Train::Match | Train::Fula | Train::Final),
            "match_epochs" => self.train == Train::Final,
            "validation" => self.train != Train::None,
            "patience" => self.validation > 0.0,
            "momentum" | "nesterov" => self.optimizer == Optimizer::Sgd,
            _ => true,
        }
    }

    /// Whether training sees every image in changing views.
    #[must_use]
    pub(crate) const fn has_views(&self) -> bool {
        self.flip || self.crop > 0
    }
}

/// The table as it stands in the text.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawStitch {
    pub form: Given<String>,
    pub rank: Given<usize>,
    pub resize: Given<String>,
    pub resize_at: Given<String>,
    pub mask: Given<String>,
    pub init: Given<String>,
    pub train: Given<String>,
    pub batchnorm: Given<String>,
    pub teacher: Given<String>,
    pub temperature: Given<f64>,
    pub beta: Given<f64>,
    pub distance: Given<String>,
    pub match_epochs: Given<usize>,
    pub l1: Given<f64>,
    pub flip: Given<bool>,
    pub crop: Given<usize>,
    pub optimizer: Given<String>,
    pub momentum: Given<f64>,
    pub nesterov: Given<bool>,
    pub epochs: Given<usize>,
    pub lr: Given<f64>,
    pub validation: Given<f64>,
    pub patience: Given<usize>,
    pub batch: Given<usize>,
    pub schedule: Given<String>,
    pub weight_decay: Given<f64>,
    pub seeds: Given<Vec<u64>>,
}
