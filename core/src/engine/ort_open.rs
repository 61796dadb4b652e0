//! ONNX Runtime where it exists: on a workstation, not in a browser.

use super::{Engine, EngineError};

/// The ONNX Runtime engine.
///
/// # Errors
/// [`EngineError::Unavailable`] in one sentence with the remedy.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn open() -> Result<Box<dyn Engine>, EngineError> {
    super::ort::Ort::new().map(|ort| Box::new(ort) as Box<dyn Engine>)
}

/// There is no ONNX Runtime in a browser that could run our gradients.
///
/// # Errors
/// Always [`EngineError::Unavailable`].
#[cfg(target_arch = "wasm32")]
pub(super) fn open() -> Result<Box<dyn Engine>, EngineError> {
    Err(EngineError::Unavailable("ONNX Runtime does not run in a browser".to_owned()))
}
