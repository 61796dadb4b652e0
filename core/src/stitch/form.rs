//! Which linear map joins two taps, decided by their shapes.

use crate::tensor::{TensorType, show_shape};

/// The shape of the linear map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 1x1 convolution with bias between [N, C, H, W] activations.
    Conv1x1,
    /// Linear per token between [N, T, C] activations.
    TokenLinear,
    /// Linear between [N, C] features.
    Linear,
}

/// Two taps that no form joins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Positions differ.
    #[error("front tap `{front}` {front_shape} and end tap `{end}` {end_shape} have unequal spatial sizes; {fitting}")]
    Spatial {
        /// Front tap.
        front: String,
        /// Its shape.
        front_shape: String,
        /// End tap.
        end: String,
        /// Its shape.
        end_shape: String,
        /// Names of taps that would fit.
        fitting: String,
    },
    /// The recipe asks for a form that the shapes do not have.
    #[error(
        "form \"{asked}\" does not join `{front}` {front_shape}; the form for this shape is \"{fitting}\" (or \"auto\")"
    )]
    Asked {
        /// What the recipe says.
        asked: String,
        /// Front tap.
        front: String,
        /// Its shape.
        front_shape: String,
        /// What would do.
        fitting: &'static str,
    },
    /// Neither image, nor tokens, nor features.
    #[error("tap `{tap}` {shape} is neither [N, C, H, W] nor [N, T, C] nor [N, C]; choose another tap")]
    Rank {
        /// The tap.
        tap: String,
        /// Its shape.
        shape: String,
    },
}

impl Form {
    /// The recipe's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Conv1x1 => "conv1x1",
            Self::TokenLinear => "token-linear",
            Self::Linear => "linear",
        }
    }

    /// The form for an activation of this type.
    ///
    /// # Errors
    /// [`FormError::Rank`].
    pub fn of(tap: &str, ty: &TensorType) -> Result<Self, FormError> {
        match ty.rank() {
            4 => Ok(Self::Conv1x1),
            3 => Ok(Self::TokenLinear),
            2 => Ok(Self::Linear),
            _ => Err(FormError::Rank { tap: tap.to_owned(), shape: show_shape(&ty.shape) }),
        }
    }

    /// The form that joins two taps, checked against the recipe's word (`auto` takes what fits). `end_taps` are the
    /// candidates that an error may recommend.
    ///
    /// # Errors
    /// [`FormError`] naming both taps and what would fit.
    pub fn joining(
        asked: &str,
        front: (&str, &TensorType),
        end: (&str, &TensorType),
        end_taps: &[(&str, &TensorType)],
    ) -> Result<Self, FormError> {
        let form = Self::of(front.0, front.1)?;
        Self::of(end.0, end.1)?;
        if !same_positions(front.1, end.1) {
            let fits: Vec<&str> =
                end_taps.iter().filter(|(_, ty)| same_positions(front.1, ty)).map(|(name, _)| *name).collect();
            let fitting = if fits.is_empty() {
                "no tap of the end fits this front tap".to_owned()
            } else {
                format!("at this front tap fit: {}", fits.join(", "))
            };
            return Err(FormError::Spatial {
                front: front.0.to_owned(),
                front_shape: show_shape(&front.1.shape),
                end: end.0.to_owned(),
                end_shape: show_shape(&end.1.shape),
                fitting,
            });
        }
        if asked == "auto" || asked == form.word() {
            return Ok(form);
        }
        let front_shape = show_shape(&front.1.shape);
        Err(FormError::Asked { asked: asked.to_owned(), front: front.0.to_owned(), front_shape, fitting: form.word() })
    }
}

/// Whether two activations agree in everything but their channels.
fn same_positions(a: &TensorType, b: &TensorType) -> bool {
    let axis = crate::ops::stitch::channel_axis(a.rank());
    a.rank() == b.rank() && (0..a.rank()).all(|i| i == axis || a.shape[i] == b.shape[i])
}
