//! Which linear map joins two taps, and why none does.

use serde::{Deserialize, Serialize};

use crate::tensor::{TensorType, show_shape};

/// The shape of the linear map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Form {
    /// 1x1 convolution with bias between [N, C, H, W] activations.
    Conv1x1,
    /// Linear per token between [N, T, C] activations.
    TokenLinear,
    /// Linear between [N, C] features.
    Linear,
    /// Linear between all elements of the front's activation and all of the end's.
    Dense,
    /// From [N, C, H, W] to [N, T, C]: positions become tokens, row by row.
    ConvToTokens,
    /// From [N, T, C] to [N, C, H, W]: tokens become positions, row by row.
    TokensToConv,
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
        /// Names of taps that would fit, and what else would do.
        fitting: String,
    },
    /// The recipe asks for a form that the shapes do not have.
    #[error("form \"{asked}\" does not join {taps}; the form for these shapes is \"{fitting}\" (or \"auto\")")]
    Asked {
        /// What the recipe says.
        asked: String,
        /// Both taps with their shapes.
        taps: String,
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
    /// Too large for a dense stitch.
    #[error(
        "form \"dense\" takes up to {most} features on each side, tap `{tap}` {shape} has {features}; choose a later tap, or \"conv1x1\""
    )]
    Large {
        /// The tap.
        tap: String,
        /// Its shape.
        shape: String,
        /// Elements per image.
        features: usize,
        /// The most there may be.
        most: usize,
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
            Self::Dense => "dense",
            Self::ConvToTokens => "conv-to-tokens",
            Self::TokensToConv => "tokens-to-conv",
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
}
