//! Stitches: forms, first values, direct matching, training, files.

mod craft;
mod file;
mod fit;
mod form;
mod joint;
mod normed;
mod objective;
mod optimizer;
mod parameters;
mod settings;
mod train;

pub use craft::{Craft, Halves};
pub use file::{Adapted, StitchFileError, about, read, read_adapted, write, write_adapted};
pub use fit::{Constraint, Correlations, DirectError, DirectFit, fit, truncated};
pub(crate) use fit::{fit_dense, fit_within};
pub use form::{Form, FormError};
pub use joint::{Asked, Interpolation, Joint};
pub use normed::Seen;
pub use objective::{Distance, Objective};
pub use optimizer::Optimizer;
pub use parameters::Parameters;
pub use settings::{Schedule, TrainSettings};
pub use train::{Lesson, TrainGraph, training_graph};

use serde::{Deserialize, Serialize};

use crate::random::{Purpose, Stream};
use crate::tensor::{Tensor, TensorError};

/// Weight [out, in] and bias `[out]` of a stitch, row-major.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// Channels of the end's tap.
    pub out: usize,
    /// Channels of the front's tap.
    pub input: usize,
    /// `out * input` numbers.
    pub weight: Vec<f32>,
    /// `out` numbers.
    pub bias: Vec<f32>,
}

impl Weights {
    /// The identity where the channel counts agree; more rows or columns stay zero.
    #[must_use]
    pub fn identity(out: usize, input: usize) -> Self {
        let mut weight = vec![0.0; out * input];
        for channel in 0..out.min(input) {
            weight[channel * input + channel] = 1.0;
        }
        Self { out, input, weight, bias: vec![0.0; out] }
    }

    /// All zeros.
    #[must_use]
    pub fn zeros(out: usize, input: usize) -> Self {
        Self { out, input, weight: vec![0.0; out * input], bias: vec![0.0; out] }
    }

    /// Uniform in `[-1, 1] / sqrt(in)` for weight and bias, as PyTorch starts a 1x1 convolution.
    #[must_use]
    pub fn random(out: usize, input: usize, seed: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a channel count")]
        let bound = 1.0 / (input.max(1) as f32).sqrt();
        let mut stream = Stream::new(seed, Purpose::StitchInit, 0, 0);
        let mut draw = |count: usize| (0..count).map(|_| stream.uniform_range(-bound, bound)).collect::<Vec<f32>>();
        let weight = draw(out * input);
        Self { out, input, weight, bias: draw(out) }
    }

    /// Weight [out, in] and bias `[out]` as tensors.
    ///
    /// # Errors
    /// [`TensorError::Count`] when the numbers do not fill the sizes.
    pub fn tensors(&self) -> Result<(Tensor, Tensor), TensorError> {
        Ok((Tensor::f32(&[self.out, self.input], self.weight.clone())?, Tensor::f32(&[self.out], self.bias.clone())?))
    }
}
