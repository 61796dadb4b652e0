//! `stitchscope grad`: the loss of a network and its gradient by the image, as an ONNX file that any runtime can run.

use std::path::Path;

use anyhow::Result;
use stitchscope_core::gradient::loss_and_gradient;
use stitchscope_core::loss::Loss;
use stitchscope_core::onnx::{self, WriteOptions};
use stitchscope_core::platform::files;
use stitchscope_core::recipe::{DonorRef, Word};
use stitchscope_core::study::{FileSources, Network, StudyError};

use super::reading::word;
use crate::shelf::Zoo;
use crate::terminal;

/// Writes the graph; `loss` is a word of a recipe's `attack.loss`.
pub fn grad(donor: &DonorRef, loss: &str, out: &Path) -> Result<()> {
    let loss: Loss = word("--loss", loss)?;
    let network = Network::open(&FileSources { shelf: &Zoo }, donor, None)?;
    network.notes.iter().for_each(|note| terminal::remark(note));
    let graph = loss_and_gradient(&network.graph, loss).map_err(StudyError::from)?;
    let about = format!("{} of {}, by the image", loss.as_str(), donor.model);
    let options = WriteOptions::named("gradient").with("stitchscope", about);
    files::write_atomic(out, &onnx::write(&graph, &options)?)?;
    let [channels, rows, columns] = network.image;
    terminal::line(&format!(
        "{}: image [N, {channels}, {rows}, {columns}] in [0, 1] and label [N] to loss [N], gradient [N, {channels}, {rows}, \
         {columns}] and logits [N, {}]",
        out.display(),
        network.classes
    ));
    Ok(())
}
