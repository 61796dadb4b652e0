//! The stitched network of a finished cell as a file of its own.

use crate::onnx::{self, WriteOptions};
use crate::recipe::Recipe;
use crate::stitch;
use crate::study::{Network, StudyError, restored};

/// The metadata key of exported networks.
const KEY: &str = "stitchscope";

/// The stitched network of a finished cell as an ONNX file, which says where it comes from.
///
/// # Errors
/// As [`restored`], and what cannot be written.
pub fn exported(
    recipe: &Recipe,
    donors: (&Network, &Network),
    taps: (&str, &str),
    file: &[u8],
) -> Result<Vec<u8>, StudyError> {
    let graph = restored(recipe, donors, taps, file)?;
    let options = WriteOptions::named("stitched");
    let options = match stitch::about(file)? {
        Some(about) => options.with(KEY, about),
        None => options,
    };
    Ok(onnx::write(&graph, &options)?)
}
