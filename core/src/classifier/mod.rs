//! An image classifier from a file: whatever form its input and output have there, the graph maps images `[N, channels, rows, columns]`
//! in [0, 1] to logits `[N, classes]`, each image by itself.
//!
//! What is changed for that is said in [`Model::warnings`]; what cannot be changed without guessing is refused.

mod alone;
mod apart;
mod batch;
mod flat;
mod logits;
mod picture;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::onnx::{self, External, Interface, Model, OnnxError};

/// Reads a file as an image classifier.
///
/// A flat input whose image shape nothing says stays `[N, features]`. `file_name` is for messages.
///
/// # Errors
/// [`OnnxError`], naming file, tensor or node and what to do.
pub fn read(bytes: Bytes, file_name: &str, externals: External<'_>, asked: &Interface) -> Result<Model, OnnxError> {
    let mut model = onnx::read_as(bytes, file_name, externals, asked)?;
    batch::free(file_name, &mut model)?;
    picture::brought(file_name, &mut model, asked)?;
    logits::brought(file_name, &mut model)?;
    model.warnings.extend(apart::check(file_name, &model.graph)?);
    Ok(model)
}
