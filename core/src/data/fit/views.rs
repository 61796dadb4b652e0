//! Views: the same image mirrored and shifted by chance, as networks are usually trained with.
//!
//! A view depends on (seed, image, epoch) and on nothing else, whatever the batch.

use crate::data::Images;
use crate::random::{Purpose, Stream};

/// What may happen to an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Views {
    /// Mirrored left to right, with a chance of one half.
    pub flip: bool,
    /// Shifted by up to so many pixels up or down and left or right, every shift as likely; what comes in is black. The random crop out
    /// of an image with such a border.
    pub crop: usize,
}

impl Views {
    /// Whether every view is the image itself.
    #[must_use]
    pub(crate) const fn are_fixed(self) -> bool {
        !self.flip && self.crop == 0
    }

    /// The views of the chosen images in `epoch`, in the order and range of [`Images::pixels_f32`].
    ///
    /// # Panics
    /// When an index is not below [`Images::len`].
    #[must_use]
    pub fn pixels(self, images: &Images, indices: &[usize], seed: u64, epoch: u32) -> Vec<f32> {
        let mut values = images.pixels_f32(indices);
        if self.are_fixed() {
            return values;
        }
        let (height, width) = (images.height, images.width);
        for (index, image) in indices.iter().zip(values.chunks_mut(images.channels * height * width)) {
            let mut stream = Stream::new(seed, Purpose::View, *index as u64, epoch);
            let mut shift = |size: usize| self.shift(&mut stream, size);
            let (down, right) = (shift(height), shift(width));
            let flip = self.flip && stream.below(2) == 1;
            let plain = image.to_vec();
            for (place, value) in image.iter_mut().enumerate() {
                let (row, column) = (place / width % height, place % width);
                let column = if flip { width - 1 - column } else { column };
                let source = row.checked_add_signed(down).zip(column.checked_add_signed(right));
                let inside = source.filter(|(r, c)| *r < height && *c < width);
                *value = inside.map_or(0.0, |(r, c)| plain[place - place % (width * height) + r * width + c]);
            }
        }
        values
    }

    /// A shift along a side of `size` pixels; a border wider than the image shows no more of it.
    fn shift(self, stream: &mut Stream, size: usize) -> isize {
        let most = self.crop.min(size);
        let span = u32::try_from(2 * most + 1).unwrap_or(1);
        isize::try_from(stream.below(span)).unwrap_or(0) - isize::try_from(most).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Parts, Pixels};

    fn images() -> Images {
        let pixels = Pixels::F32((0..2 * 3 * 4 * 5).map(|i| (f64::from(i) / 200.0) as f32 + 0.1).collect());
        let name = "made up".to_owned();
        let (images_file, labels_file) = (name.clone(), name.clone());
        let (shape, labels) = ([3, 4, 5], vec![0, 1]);
        Images::new(Parts { name, images_file, labels_file, shape, pixels, labels, classes: Vec::new() }).unwrap()
    }

    #[test]
    fn views_are_the_image_mirrored_and_shifted_and_depend_on_nothing_else() {
        let images = images();
        let plain = images.pixels_f32(&[1]);
        assert_eq!(Views::default().pixels(&images, &[1], 0, 0), plain);
        let views = Views { flip: true, crop: 2 };
        let mut seen = std::collections::HashSet::new();
        for epoch in 0..200 {
            let view = views.pixels(&images, &[1], 7, epoch);
            assert_eq!(view, views.pixels(&images, &[0, 1], 7, epoch)[60..]);
            let fitting = (0..2 * 5 * 5).find(|case| {
                let (flip, down, right) = (case % 2 == 1, case / 2 % 5 - 2, case / 10 - 2);
                (0..60).all(|place| {
                    let (channel, row, column) = (place / 20, place / 5 % 4, place % 5);
                    let column = if flip { 4 - column } else { column };
                    let (row, column) = (row + down, column + right);
                    let inside = (0..4).contains(&row) && (0..5).contains(&column);
                    let source = if inside { plain[(channel * 20 + row * 5 + column) as usize] } else { 0.0 };
                    source == view[place as usize]
                })
            });
            seen.insert(fitting.unwrap_or_else(|| panic!("epoch {epoch} shows no view of the image")));
        }
        assert!(seen.len() > 40, "{} of 50 views came up", seen.len());
        let flips = Views { flip: true, crop: 0 };
        let turned = (0..400).filter(|e| flips.pixels(&images, &[0], 1, *e) != images.pixels_f32(&[0])).count();
        assert!((160..240).contains(&turned), "{turned} of 400");
    }
}
