//! Whether images that are measured on are also images that are trained on.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hasher};

use super::super::{Images, Pixels};

/// How many images of `test` have the very pixels of an image of `train`, up to a chance of 2^-64 an image pair.
#[must_use]
pub(crate) fn shared(train: &Images, test: &Images) -> usize {
    if train.shape() != test.shape() {
        return 0;
    }
    let known: HashSet<u64> = digests(train).collect();
    digests(test).filter(|digest| known.contains(digest)).count()
}

/// A digest of each image's pixels; those of bytes and of floats never agree.
fn digests(images: &Images) -> impl Iterator<Item = u64> {
    let size = images.channels * images.height * images.width;
    (0..images.len()).map(move |index| {
        let range = index * size..(index + 1) * size;
        let mut hasher = DefaultHasher::new();
        match &images.pixels {
            Pixels::U8(values) => hasher.write(&values[range]),
            Pixels::F32(values) => hasher.write(bytemuck::cast_slice(&values[range])),
        }
        hasher.finish()
    })
}
