//! The networks and the images they are tried on.

use stitchscope_core::cut::{Tap, taps};
use stitchscope_core::data::{Images, Parts, Pixels};
use stitchscope_core::graph::Graph;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_tests::{Fallible, cifar_images, network_file, shared_file, zoo_images, zoo_network};

const BUNDLED: &[&str] = &["fashion-standard-a", "fashion-robust-a"];
const TINY: &[&str] = &["tiny10-cifar10-0", "tiny10-cifar10-1"];
const DEEP: &[&str] = &["resnet20-cifar10-0", "resnet20-cifar10-robust"];

/// A network with images of its kind.
pub struct Donor {
    /// Its file.
    pub name: &'static str,
    /// Image batch to logits.
    pub graph: Graph,
    /// The first test images.
    pub images: Images,
}

/// Every network that is there, with so many images.
pub fn all(count: usize) -> Fallible<Vec<Donor>> {
    let mut donors = small(count)?;
    donors.extend(published(DEEP, count)?);
    Ok(donors)
}

/// Without the deep ones, which cost the oracle seconds per image.
pub fn small(count: usize) -> Fallible<Vec<Donor>> {
    let mut donors = Vec::new();
    for name in BUNDLED {
        donors.push(Donor { name, graph: zoo_network(name)?, images: zoo_images("fashion-test", count)? });
    }
    donors.extend(published(TINY, count)?);
    Ok(donors)
}

fn published(names: &[&'static str], count: usize) -> Fallible<Vec<Donor>> {
    let mut donors = Vec::new();
    for name in names {
        let Some(path) = shared_file(&format!("models/{name}.onnx")) else { continue };
        // Arithmetic is the same on noise; only what is said of predictions wants photographs.
        let images = cifar_images(count)?.map_or_else(|| noise([3, 32, 32], count), Ok)?;
        donors.push(Donor { name, graph: network_file(&path)?, images });
    }
    Ok(donors)
}

/// So many images of this shape (channels, rows, columns), every pixel by chance.
pub fn noise(shape: [usize; 3], count: usize) -> Fallible<Images> {
    let mut pixels = vec![0.0; count * shape.iter().product::<usize>()];
    Stream::new(0, Purpose::Test, 0, 0).fill_uniform(&mut pixels, 0.0, 1.0);
    let labels = (0..10).cycle().take(count).collect();
    let name = || "noise".to_owned();
    Ok(Images::new(Parts {
        name: name(),
        images_file: name(),
        labels_file: name(),
        shape,
        pixels: Pixels::F32(pixels),
        labels,
        classes: Vec::new(),
    })?)
}

impl Donor {
    /// Where it can be cut.
    pub fn taps(&self) -> Fallible<Vec<Tap>> {
        let taps = taps(&self.graph);
        if taps.is_empty() { Err(format!("{} has no tap", self.name).into()) } else { Ok(taps) }
    }
}
