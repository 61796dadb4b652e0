//! Optimisers as graph pieces, as PyTorch defines them.
//!
//! What depends on the step number is computed outside and given as numbers, so one program serves every step.

use crate::graph::{Builder, GraphError, ValueId};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// What turns a gradient into a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Optimizer {
    /// Adam (Kingma & Ba 2015); weight decay is added to the gradient.
    #[default]
    Adam,
    /// Adam with decoupled weight decay (Loshchilov & Hutter 2019): the parameter shrinks by `rate * decay` on its own.
    AdamW,
    /// Gradient descent with momentum; weight decay is added to the gradient.
    Sgd {
        /// Share of the last direction that is kept; 0 keeps none.
        momentum: f64,
        /// Looks ahead along the new direction (Nesterov).
        nesterov: bool,
    },
}

impl Optimizer {
    /// Tensors per parameter that it remembers, each as large as the parameter, zeros at first.
    #[must_use]
    pub fn moments(self) -> &'static [&'static str] {
        match self {
            Self::Adam | Self::AdamW => &["m", "v"],
            Self::Sgd { momentum, .. } if momentum > 0.0 => &["m"],
            Self::Sgd { .. } => &[],
        }
    }

    /// Names and values of the numbers of step `t` (from 1) at learning rate `rate`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a count of steps")]
    pub fn numbers(self, rate: f64, t: usize) -> Vec<(&'static str, f64)> {
        let t = t as f64;
        let step = ("step", rate / (1.0 - BETA1.powf(t)));
        let root = ("root", 1.0 / (1.0 - BETA2.powf(t)).sqrt());
        match self {
            Self::Adam => vec![step, root],
            Self::AdamW => vec![step, root, ("rate", rate)],
            Self::Sgd { .. } => vec![("rate", rate)],
        }
    }

    /// The parameter and its moments after one step; `numbers` in the order of [`Optimizer::numbers`].
    ///
    /// # Errors
    /// [`GraphError`] from the builder.
    pub(crate) fn update(
        self,
        b: &mut Builder,
        (parameter, moments): (ValueId, &[ValueId]),
        gradient: ValueId,
        numbers: &[ValueId],
        decay: f64,
    ) -> Result<(ValueId, Vec<ValueId>), GraphError> {
        match (self, moments, numbers) {
            (Self::Adam, [first, second], [step, root]) => {
                let gradient = coupled(b, parameter, gradient, decay)?;
                adam(b, (parameter, *first, *second), gradient, (*step, *root))
            }
            (Self::AdamW, [first, second], [step, root, rate]) => {
                let parameter = if decay > 0.0 {
                    let lost = b.scale(parameter, decay)?;
                    let lost = b.mul(lost, *rate)?;
                    b.sub(parameter, lost)?
                } else {
                    parameter
                };
                adam(b, (parameter, *first, *second), gradient, (*step, *root))
            }
            (Self::Sgd { momentum, nesterov }, moments, [rate]) => {
                let gradient = coupled(b, parameter, gradient, decay)?;
                let (direction, moments) = match moments {
                    [kept] => {
                        let kept = b.scale(*kept, momentum)?;
                        let kept = b.add(kept, gradient)?;
                        let direction = if nesterov { ahead(b, kept, gradient, momentum)? } else { kept };
                        (direction, vec![kept])
                    }
                    _ => (gradient, Vec::new()),
                };
                let change = b.mul(direction, *rate)?;
                Ok((b.sub(parameter, change)?, moments))
            }
            _ => Err(GraphError::Mismatch {
                what: "the optimiser's state".to_owned(),
                expected: format!("{} moments", self.moments().len()),
                found: format!("{} moments and {} numbers", moments.len(), numbers.len()),
            }),
        }
    }
}

/// `gradient + decay * parameter`.
fn coupled(b: &mut Builder, parameter: ValueId, gradient: ValueId, decay: f64) -> Result<ValueId, GraphError> {
    if decay <= 0.0 {
        return Ok(gradient);
    }
    let pull = b.scale(parameter, decay)?;
    b.add(gradient, pull)
}

/// `gradient + momentum * kept`.
fn ahead(b: &mut Builder, kept: ValueId, gradient: ValueId, momentum: f64) -> Result<ValueId, GraphError> {
    let further = b.scale(kept, momentum)?;
    b.add(gradient, further)
}

/// Adam's step without decay.
fn adam(
    b: &mut Builder,
    (parameter, first, second): (ValueId, ValueId, ValueId),
    gradient: ValueId,
    (step, root): (ValueId, ValueId),
) -> Result<(ValueId, Vec<ValueId>), GraphError> {
    let first = mix(b, first, gradient, BETA1)?;
    let square = b.mul(gradient, gradient)?;
    let second = mix(b, second, square, BETA2)?;
    let deviation = b.sqrt(second)?;
    let scaled = b.mul(deviation, root)?;
    let guarded = b.shift(scaled, EPSILON)?;
    let direction = b.div(first, guarded)?;
    let change = b.mul(direction, step)?;
    Ok((b.sub(parameter, change)?, vec![first, second]))
}

/// `beta * old + (1 - beta) * new`.
fn mix(b: &mut Builder, old: ValueId, new: ValueId, beta: f64) -> Result<ValueId, GraphError> {
    let (old, new) = (b.scale(old, beta)?, b.scale(new, 1.0 - beta)?);
    b.add(old, new)
}
