//! Networks as both exporters of `torch.onnx` write them at their default settings: read, computed as PyTorch does, and whole when
//! stitched to themselves.
//!
//! `exports/make.py` makes the fixtures.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use safetensors::SafeTensors;
use stitchscope_core::classifier;
use stitchscope_core::engine::reference::{Precision, evaluate};
use stitchscope_core::onnx::{Interface, external};
use stitchscope_core::study::Network;
use stitchscope_core::tensor::{Array, Tensor, Tolerance};
use stitchscope_tests::{Failures, Fallible, close};

use crate::donors::{Donor, noise};
use crate::stitches::note_self_stitches;

/// A network as the program reads it, with PyTorch's logits on some images.
struct Exported {
    network: Network,
    image: Array,
    logits: Array,
}

/// The exports in a folder, in order.
fn exports(folder: &Path) -> Fallible<Vec<PathBuf>> {
    let mut all = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    all.retain(|path| path.extension().is_some_and(|kind| kind == "onnx"));
    all.sort();
    Ok(all)
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("networks/exports")
}

fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn exported(path: &Path) -> Fallible<Exported> {
    let folder = path.parent().ok_or("a file lies in a folder")?;
    let bytes = Bytes::from(std::fs::read(path)?);
    let model = classifier::read(bytes, &name(path), &external::beside(folder), &Interface::default())?;
    let family = name(path).split('.').next().unwrap_or_default().to_owned();
    let golden = std::fs::read(folder.join(format!("{family}.safetensors")))?;
    let golden = SafeTensors::deserialize(&golden)?;
    let (image, logits) = (golden.tensor("image")?, golden.tensor("logits")?);
    let pixels = image.data().iter().map(|byte| f32::from(*byte) / 255.0).collect();
    let numbers = logits.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Ok(Exported {
        network: Network::new(&name(path), &model)?,
        image: Tensor::f32(image.shape(), pixels)?.to_array(),
        logits: Tensor::f32(logits.shape(), numbers)?.to_array(),
    })
}

/// Logits as PyTorch's, on the oracle in f64.
fn computes_as_pytorch(exported: &Exported) -> Fallible {
    let arguments = std::slice::from_ref(&exported.image);
    let found = evaluate(&exported.network.graph, arguments, exported.image.shape()[0], Precision::Double)?;
    Ok(close(&found[0], &exported.logits, Tolerance::Network, "logits")?)
}

/// Every prediction is kept at the first, the middle and the last block that ends.
fn note_whole(exported: &Exported, failures: &mut Failures) -> Fallible {
    let network = &exported.network;
    let blocks: Vec<_> = network.taps.iter().filter(|tap| tap.block_output).cloned().collect();
    if blocks.is_empty() {
        return Err(format!("{} has no block outputs", network.reference).into());
    }
    let mut taps: Vec<_> = [0, blocks.len() / 2, blocks.len() - 1].iter().map(|at| blocks[*at].clone()).collect();
    taps.dedup_by(|a, b| a.name == b.name);
    let donor = Donor {
        name: network.reference.clone().leak(),
        graph: network.graph.clone(),
        images: noise(network.image, 160)?,
    };
    note_self_stitches(&donor, &taps, failures)
}

fn tried(folder: &Path) -> Fallible {
    let mut failures = Failures::default();
    for path in exports(folder)? {
        let read = exported(&path);
        failures.note(
            &name(&path),
            read.as_ref().map_err(ToString::to_string).map_err(Into::into).and_then(computes_as_pytorch),
        );
        if let Ok(exported) = &read {
            note_whole(exported, &mut failures)?;
        }
    }
    failures.settle();
    Ok(())
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn exports_at_default_settings_are_read_and_stitched_with_themselves() -> Fallible {
    assert!(exports(&fixtures())?.len() >= 9);
    tried(&fixtures())
}

#[test]
#[ignore = "wants the networks that exports/make.py --all writes with PyTorch: STITCHSCOPE_EXPORTS names their folder"]
fn exports_of_every_family_operator_set_and_batch() -> Fallible {
    match std::env::var_os("STITCHSCOPE_EXPORTS") {
        Some(folder) => tried(Path::new(&folder)),
        None => Ok(()),
    }
}
