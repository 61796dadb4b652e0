//! Why an attack ends without a result.

use crate::engine::EngineError;
use crate::graph::GraphError;
use crate::tensor::TensorError;

/// An attack that cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum AttackError {
    /// The step cannot be built.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The device failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A tensor is not what it should be.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// The projection did not hold: our bug or a broken device, never a result.
    #[error(
        "image {image}: the attacked image is {size} from the clean one ({norm}), allowed is {eps}; the device computes wrongly"
    )]
    Projection {
        /// Index of the image.
        image: usize,
        /// Size of the change.
        size: f64,
        /// The norm's word.
        norm: &'static str,
        /// The radius.
        eps: f32,
    },
    /// The network does not take batches of images.
    #[error(
        "an attack needs a network from images [N, C, H, W] to logits [N, K], this one is {found}; re-export it so"
    )]
    NotAClassifier {
        /// Types of input and output.
        found: String,
    },
    /// The counts of an attack do not add up: our bug, never a result.
    #[error(
        "{attack}: {fooled} fooled, {not_judged} not judged and {left} left of {attacked} images; this is a bug, please report it"
    )]
    Miscounted {
        /// The stage's name.
        attack: String,
        /// Images that it began with.
        attacked: u64,
        /// Of them fooled.
        fooled: u64,
        /// Of them not judged.
        not_judged: u64,
        /// Of them left standing.
        left: u64,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
}
