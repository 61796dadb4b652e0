//! What a file from anywhere goes through, one function a kind. Each takes any bytes and returns: whatever it is given it neither
//! panics nor takes more than seconds and the memory that the program may take. `fuzz/targets/` hands these functions to libFuzzer, the suite
//! `tests/fuzz` runs them on the seeds and on what was once found.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use stitchscope_core::data::{self, Reading, Split};
use stitchscope_core::engine::Engine;
use stitchscope_core::engine::reference::{Precision, Reference};
use stitchscope_core::inspect::Inspection;
use stitchscope_core::onnx::{Interface, Model, external};
use stitchscope_core::platform::{block_on, memory};
use stitchscope_core::recipe::{Recipe, packed};
use stitchscope_core::report::Report;
use stitchscope_core::study::journal::Journal;
use stitchscope_core::study::{About, Network};
use stitchscope_core::tensor::Tensor;
use stitchscope_core::{classifier, cut, stitch};

/// Memory that a target may ask for, in MiB; libFuzzer's own limit is above it.
const MEMORY_MIB: usize = 256;
/// Largest network that is run, in multiply-adds for one image, and in numbers of one image.
const MOST_WORK: u64 = 1 << 24;
const MOST_PIXELS: usize = 1 << 16;

fn model(bytes: &[u8]) -> Option<Model> {
    memory::allow_mib(MEMORY_MIB);
    let bytes = Bytes::copy_from_slice(bytes);
    classifier::read(bytes, "fuzzed.onnx", &external::none, &Interface::default()).ok()
}

/// A network, to its taps and halves, and what `inspect` shows of it.
pub fn onnx(bytes: &[u8]) {
    let Some(model) = model(bytes) else { return };
    let shown = Inspection::of("fuzzed.onnx", &model).to_text();
    assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "a name commands the terminal: {shown:?}");
    let Ok(network) = Network::new("fuzzed.onnx", &model) else { return };
    for tap in network.taps.iter().take(8) {
        if let Ok((front, end)) = cut::split(&network.graph, tap) {
            assert_eq!((front.inputs().len(), end.outputs().len()), (1, 1), "{}", tap.name);
        }
    }
}

/// A network, run on two images of noughts by the oracle.
pub fn onnx_run(bytes: &[u8]) {
    let Some(network) = model(bytes).and_then(|model| Network::new("fuzzed.onnx", &model).ok()) else { return };
    let [channels, rows, columns] = network.image;
    let pixels = [channels, rows, columns].into_iter().try_fold(2_usize, usize::checked_mul);
    let Some(pixels) = pixels.filter(|pixels| *pixels <= MOST_PIXELS) else { return };
    if cut::cost(&network.graph).operations > MOST_WORK {
        return;
    }
    let image = Tensor::f32(&[2, channels, rows, columns], vec![0.0; pixels]);
    let Ok(image) = image else { return };
    let engine = Reference::new(Precision::AsTyped);
    let logits = block_on(async {
        let program = engine.compile(&network.graph).await?;
        let logits = program.run(&[&engine.upload(&image).await?]).await?;
        engine.read(&logits[0]).await
    });
    if let Ok(logits) = logits {
        assert_eq!(logits.shape(), [2, network.classes]);
    }
}

/// Writes files into a folder of their own and opens what stands at `name`.
fn opened(files: &[(&str, &[u8])], name: &str) {
    memory::allow_mib(MEMORY_MIB);
    let Ok(folder) = tempfile::tempdir() else { return };
    for (file, bytes) in files {
        let path = folder.path().join(file);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, bytes));
        if made.is_err() {
            return;
        }
    }
    let path = folder.path().join(name);
    for split in [Split::Train, Split::Test] {
        if let Ok(images) = data::open_as(Path::new(&path), split, &Reading::default()) {
            let size = images.shape().iter().product::<usize>();
            assert_eq!(images.labels.len(), images.len());
            assert_eq!(images.pixels_f32(&[0]).len(), size);
        }
    }
}

/// NumPy archives, and arrays beside their labels.
pub fn npz(bytes: &[u8]) {
    match bytes.split_first() {
        Some((0, rest)) => opened(&[("set/images.npy", rest), ("set/labels.npy", rest)], "set"),
        _ => opened(&[("set.npz", bytes)], "set.npz"),
    }
}

/// IDX files: the first two bytes say how many of the rest are the images, what is left are the labels.
pub fn idx(bytes: &[u8]) {
    let Some((head, rest)) = bytes.split_first_chunk::<2>() else { return };
    let (images, labels) = rest.split_at(usize::from(u16::from_le_bytes(*head)).min(rest.len()));
    opened(&[("images-idx3-ubyte", images), ("labels-idx1-ubyte", labels)], "");
}

/// A batch of CIFAR as Python pickled it.
pub fn pickle(bytes: &[u8]) {
    opened(&[("set/data_batch_1", bytes), ("set/test_batch", bytes)], "set");
}

/// One picture of a folder.
pub fn picture(bytes: &[u8]) {
    let ends = ["png", "jpg", "bmp", "gif", "tiff", "webp"];
    let Some((kind, rest)) = bytes.split_first() else { return };
    let name = format!("set/class/picture.{}", ends[usize::from(*kind) % ends.len()]);
    opened(&[(&name, rest)], "set");
}

/// A stitch's file.
pub fn stitch(bytes: &[u8]) {
    let _ = About::read(bytes);
    if let (Ok(weights), Ok(adapted)) = (stitch::read(bytes), stitch::read_adapted(bytes)) {
        let again = stitch::write_adapted(&weights, &adapted, None).ok();
        assert!(again.is_some_and(|again| stitch::read(&again).is_ok()), "what was read cannot be written");
    }
}

/// A recipe's text; what is read is written and read as the same.
pub fn recipe(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Recipe::parse(text, "fuzzed.toml") {
        Ok(recipe) => assert_eq!(Recipe::parse(&recipe.to_toml(), "written.toml").ok().as_ref(), Some(&recipe)),
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}

/// A recipe in a link; what is unpacked is packed and unpacked as the same, and then read as any recipe.
pub fn link(bytes: &[u8]) {
    let Some(text) = std::str::from_utf8(bytes).ok().and_then(packed::unpack) else { return };
    assert_eq!(packed::unpack(&packed::pack(&text)).as_ref(), Some(&text), "what was unpacked is packed otherwise");
    recipe(text.as_bytes());
}

/// A report; what is read is written and read again.
pub fn report(bytes: &[u8]) {
    memory::allow_mib(MEMORY_MIB);
    if let Ok(report) = Report::parse(bytes) {
        let again = report.to_json().ok().map(|json| Report::parse(json.as_bytes()).is_ok());
        assert_ne!(again, Some(false), "what was read is written and not read again");
    }
}

/// A journal.
pub fn journal(bytes: &[u8]) {
    memory::allow_mib(MEMORY_MIB);
    let _ = Journal::parse(bytes);
}
