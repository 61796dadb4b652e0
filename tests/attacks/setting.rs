//! What the questions share: linear networks, images in the middle of the box, an attack run to its verdicts.

use std::rc::Rc;

use stitchscope_core::attack::{Attack, AttackError, AttackSettings, Findings, Norm, Runner, Start, Verdict};
use stitchscope_core::data::{Images, Parts, Pixels};
use stitchscope_core::engine::Engine;
use stitchscope_core::graph::{Builder, Graph, GraphError};
use stitchscope_core::loss::Loss;
use stitchscope_core::platform::block_on;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::tensor::{Dim, Tensor, TensorType};
use stitchscope_tests::{Fallible, ort_unless_left_out, reference};

/// Channels, rows and columns of the images here.
pub const IMAGE: [usize; 3] = [1, 3, 4];
/// Pixels of an image.
pub const PIXELS: usize = 12;

/// Logits `w x + b`.
#[derive(Clone, Debug)]
pub struct Linear {
    /// One row of [`PIXELS`] weights per class.
    pub rows: Vec<Vec<f32>>,
    /// One number per class.
    pub bias: Vec<f32>,
}

impl Linear {
    /// Random weights in `[-scale, scale]`, biases such that the grey image is undecided.
    pub fn random(classes: usize, scale: f32, seed: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::Test, 0, 0);
        let mut row = || (0..PIXELS).map(|_| stream.uniform_range(-scale, scale)).collect::<Vec<f32>>();
        let rows: Vec<Vec<f32>> = (0..classes).map(|_| row()).collect();
        let bias = rows.iter().map(|row| -0.5 * row.iter().sum::<f32>()).collect();
        Self { rows, bias }
    }

    /// Image batch to logits.
    pub fn graph(&self) -> Fallible<Graph> {
        let mut b = Builder::new();
        let image = b.input("image", TensorType::f32_batch(&IMAGE));
        let logits = self.apply(&mut b, image)?;
        b.output("logits", logits);
        Ok(b.finish())
    }

    /// The logits of an image batch, appended.
    pub fn apply(
        &self,
        b: &mut Builder,
        image: stitchscope_core::graph::ValueId,
    ) -> Result<stitchscope_core::graph::ValueId, GraphError> {
        let classes = self.rows.len();
        let flat = b.reshape(image, &[Dim::BATCH, Dim::fixed(PIXELS)])?;
        let turned = (0..PIXELS).flat_map(|p| self.rows.iter().map(move |row| f64::from(row[p]))).collect();
        let weight = b.constant_like(&[PIXELS, classes], turned, flat)?;
        let bias = b.constant_like(&[classes], self.bias.iter().copied().map(f64::from).collect(), flat)?;
        let product = b.matmul(flat, weight)?;
        b.add(product, bias)
    }

    /// The logits of one image in f64.
    pub fn logits(&self, image: &[f32]) -> Vec<f64> {
        let dot = |row: &Vec<f32>| row.iter().zip(image).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum::<f64>();
        self.rows.iter().zip(&self.bias).map(|(row, bias)| dot(row) + f64::from(*bias)).collect()
    }
}

/// Random images with pixels in `[low, high]`, labelled as `network` sees them.
pub fn images(network: &Linear, count: usize, low: f32, high: f32) -> Fallible<Images> {
    let mut stream = Stream::new(1, Purpose::Test, 1, 0);
    let mut pixels = vec![0.0; count * PIXELS];
    stream.fill_uniform(&mut pixels, low, high);
    let label = |image: &[f32]| {
        let logits = network.logits(image);
        (0..).zip(&logits).max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or(0, |(class, _)| class)
    };
    let labels = pixels.chunks(PIXELS).map(label).collect();
    labelled(pixels, labels)
}

/// Images with labels.
pub fn labelled(pixels: Vec<f32>, labels: Vec<u32>) -> Fallible<Images> {
    let name = || "drawn".to_owned();
    let (images_file, labels_file) = (name(), name());
    let pixels = Pixels::F32(pixels);
    Ok(Images::new(Parts { name: name(), images_file, labels_file, shape: IMAGE, pixels, labels, classes: vec![] })?)
}

/// PGD from the clean image, 20 steps of a quarter of the radius.
pub fn settings(norm: Norm, eps: f32, loss: Loss) -> AttackSettings {
    AttackSettings { norm, eps, alpha: eps / 4.0, steps: 20, restarts: 1, start: Start::Clean, loss, seed: 3 }
}

/// One verdict of PGD for each image of `subset`.
pub fn attack(
    engine: &Rc<dyn Engine>,
    network: &Graph,
    settings: &AttackSettings,
    work: (&Images, &[usize]),
    batch: usize,
) -> Result<Vec<Verdict>, AttackError> {
    Ok(findings(engine, network, &Attack::Pgd(*settings), work, batch)?.verdicts())
}

/// What an attack finds about each image of `subset`, with the images that fooled.
pub fn findings(
    engine: &Rc<dyn Engine>,
    network: &Graph,
    attack: &Attack,
    (images, subset): (&Images, &[usize]),
    batch: usize,
) -> Result<Findings, AttackError> {
    block_on(async {
        let runner = Runner::prepare(engine.as_ref(), network, attack, batch).await?.keeping_images();
        runner.run(engine.as_ref(), images, subset, &mut |_| true).await
    })
}

/// The oracle, and ONNX Runtime where it is.
pub fn engines() -> Vec<Rc<dyn Engine>> {
    [Some(reference()), ort_unless_left_out()].into_iter().flatten().collect()
}

/// A batch [n, 1, 3, 4].
pub fn batch(pixels: &[f32]) -> Fallible<Tensor> {
    let [c, h, w] = IMAGE;
    Ok(Tensor::f32(&[pixels.len() / PIXELS, c, h, w], pixels.to_vec())?)
}
