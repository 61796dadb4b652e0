//! Why a study cannot be planned or finished: one sentence with the place and the remedy.

use crate::attack::AttackError;
use crate::cut::CutError;
use crate::data::DataError;
use crate::engine::EngineError;
use crate::graph::GraphError;
use crate::onnx::OnnxError;
use crate::platform::FileError;
use crate::provenance::Changed;
use crate::recipe::RecipeError;
use crate::stitch::{DirectError, FormError, StitchFileError};
use crate::study::journal::JournalError;
use crate::tensor::TensorError;

impl StudyError {
    /// Whether a network's file leaves open what its images are, so that the data may say it.
    pub(crate) const fn wants_images(&self) -> bool {
        matches!(self, Self::Onnx(OnnxError::Open { .. } | OnnxError::Flat { .. }))
    }
}

/// A study that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// The recipe is at fault.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A model file is at fault.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// A data set is at fault.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journal cannot be gone on with.
    #[error("{file}: {source}")]
    Journal {
        /// Where it lies.
        file: String,
        /// What is wrong.
        source: Box<JournalError>,
    },
    /// A graph cannot be built.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A network cannot be cut so.
    #[error(transparent)]
    Cut(#[from] CutError),
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The attack failed.
    #[error("cell {cell}: {source}")]
    Attack {
        /// The cell's taps, or the donor.
        cell: String,
        /// What is wrong.
        source: AttackError,
    },
    /// A stitch cannot be fitted.
    #[error("taps {front} -> {end}: {source}")]
    Direct {
        /// Front tap.
        front: String,
        /// End tap.
        end: String,
        /// What is wrong.
        source: DirectError,
    },
    /// Taps do not join.
    #[error(transparent)]
    Form(#[from] FormError),
    /// A stitch file is broken.
    #[error(transparent)]
    StitchFile(#[from] StitchFileError),
    /// A tensor is not what it should be.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// A file is not what was measured.
    #[error(transparent)]
    Changed(#[from] Changed),
    /// The recipe's parts do not fit each other.
    #[error("{0}")]
    Misfit(String),
    /// Something that always holds does not.
    #[error("{0}: this is a fault of Stitchscope, please report it")]
    Fault(&'static str),
    /// The observer asked to stop; what is finished is in the journal.
    #[error("stopped; what is finished is kept, run the same command to go on")]
    Stopped,
}
