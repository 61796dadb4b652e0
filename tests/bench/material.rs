//! Networks, images and the engine that everything is measured with.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use stitchscope_core::data::{Images, Parts, Pixels, Reading, Split};
use stitchscope_core::engine::{self, Buffer, Choice, Engine};
use stitchscope_core::onnx::{self, Interface, Model};
use stitchscope_core::platform::block_on;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::study::{Network, Sources, StudyError};
use stitchscope_core::tensor::Tensor;

/// The networks' files.
pub struct Files {
    /// An ordinary network and a robust one of the same shape.
    pub pair: [PathBuf; 2],
    /// Two networks of a chain of layers, for direct matching.
    pub chain: [PathBuf; 2],
    /// Which these are, for the reader.
    pub note: String,
}

impl Files {
    /// The published networks of `STITCHSCOPE_SHARED` or `../shared`, else the zoo's, written to a temporary folder.
    ///
    /// # Errors
    /// If the zoo cannot be written.
    pub fn find() -> Result<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
        let shared = std::env::var_os("STITCHSCOPE_SHARED").map_or(beside, PathBuf::from);
        let file = |name: &str| shared.join("models").join(name);
        let pair = [file("resnet20-cifar10-0.onnx"), file("resnet20-cifar10-robust.onnx")];
        let chain = [file("tiny10-cifar10-0.onnx"), file("tiny10-cifar10-1.onnx")];
        if pair.iter().chain(&chain).all(|f| f.is_file()) {
            let note = format!("Networks: {}, random images.", shared.join("models").display());
            return Ok(Self { pair, chain, note });
        }
        let folder = std::env::temp_dir().join(format!("stitchscope-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let write = |name: &str| -> Result<PathBuf> {
            let path = folder.join(format!("{name}.onnx"));
            std::fs::write(&path, stitchscope_zoo::model(name).context("the zoo lacks a network")?)?;
            Ok(path)
        };
        let pair = [write("fashion-standard-a")?, write("fashion-robust-a")?];
        let chain = [write("fashion-standard-a")?, write("fashion-standard-b")?];
        let note = format!(
            "No published networks in {} (set STITCHSCOPE_SHARED): the zoo's small ones are measured, to which the targets do \
             not apply.",
            shared.display()
        );
        Ok(Self { pair, chain, note })
    }
}

thread_local! {
    static CHOICE: Cell<Choice> = const { Cell::new(Choice::Ort) };
}

/// From now on this engine is measured: `ort` or `processor`.
///
/// # Errors
/// If it is none of these.
pub fn choose(name: &str) -> Result<()> {
    CHOICE.set(match name {
        "ort" => Choice::Ort,
        "processor" => Choice::Processor,
        other => bail!("`{other}` is no engine that is measured; known are ort and processor"),
    });
    Ok(())
}

/// The engine that is measured: ONNX Runtime where none was chosen.
///
/// # Errors
/// If it is not there.
pub fn engine() -> Result<Rc<dyn Engine>> {
    Ok(block_on(engine::open(CHOICE.get()))?)
}

/// A network of a file.
///
/// # Errors
/// If it cannot be read or is no image classifier.
pub fn network(path: &str) -> Result<Network> {
    Ok(Network::new(path, &read(path)?)?)
}

fn read(path: &str) -> Result<Model> {
    let bytes = Bytes::from(std::fs::read(path).with_context(|| path.to_owned())?);
    Ok(onnx::read(bytes, path, &onnx::external::none)?)
}

/// `count` random images for a network, with labels: time does not depend on what they show.
///
/// # Errors
/// None for a network that is one.
pub fn images(count: usize, network: &Network) -> Result<Images> {
    Ok(random(count, network.image, network.classes)?)
}

fn random(count: usize, shape: [usize; 3], classes: usize) -> Result<Images, StudyError> {
    let mut stream = Stream::new(0, Purpose::Test, 0, 0);
    let pixels = (0..count * shape.iter().product::<usize>()).map(|_| stream.uniform_f32()).collect();
    let labels = (0..count).map(|i| u32::try_from(i % classes).unwrap_or(0)).collect();
    let name = "random".to_owned();
    let parts = Parts {
        name: name.clone(),
        images_file: name.clone(),
        labels_file: name,
        shape,
        pixels: Pixels::F32(pixels),
        labels,
        classes: (0..classes).map(|c| c.to_string()).collect(),
    };
    Ok(Images::new(parts)?)
}

/// Models by path; the images of every reference are random.
pub struct RandomImages {
    /// Channels, rows, columns.
    pub shape: [usize; 3],
    /// Number of labels.
    pub classes: usize,
    /// How many.
    pub count: usize,
}

impl Sources for RandomImages {
    fn model_as(&self, reference: &str, _asked: &Interface) -> Result<Model, StudyError> {
        read(reference).map_err(|e| StudyError::Misfit(e.to_string()))
    }

    fn images(&self, _reference: &str, _split: Split, _reading: &Reading) -> Result<Images, StudyError> {
        random(self.count, self.shape, self.classes)
    }
}

/// Images `from..to` `[N, C, H, W]` and their labels `[N]` on the device.
///
/// # Errors
/// What the engine reports.
pub async fn batch(engine: &dyn Engine, images: &Images, from: usize, to: usize) -> Result<(Buffer, Buffer)> {
    let chosen: Vec<usize> = (from..to).collect();
    let [channels, height, width] = images.shape();
    let pixels = Tensor::f32(&[to - from, channels, height, width], images.pixels_f32(&chosen))?;
    let labels: Vec<i64> = chosen.iter().map(|i| i64::from(images.labels[*i])).collect();
    Ok((engine.upload(&pixels).await?, engine.upload(&Tensor::indices(&labels)).await?))
}
