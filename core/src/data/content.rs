//! Which images these are: hashes of pixels and labels as they are kept, whatever file they came from.

use super::{Images, Pixels};
use crate::provenance::{Content, Hasher};

/// Numbers that are turned into bytes at once.
const PIECE: usize = 1 << 14;

impl Images {
    /// The pixels with their sizes, under the name `file`.
    #[must_use]
    pub(crate) fn pixel_content(&self, file: &str) -> Content {
        let mut hasher = Hasher::default();
        for size in [self.len(), self.channels, self.height, self.width] {
            hasher.add(&(size as u64).to_le_bytes());
        }
        match &self.pixels {
            Pixels::U8(values) => {
                hasher.add(b"u8");
                hasher.add(values);
            }
            Pixels::F32(values) => {
                hasher.add(b"f32");
                for piece in values.chunks(PIECE) {
                    hasher.add(&piece.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
                }
            }
        }
        hasher.content(file)
    }

    /// The labels, under the name `file`.
    #[must_use]
    pub(crate) fn label_content(&self, file: &str) -> Content {
        let mut hasher = Hasher::default();
        for piece in self.labels.chunks(PIECE) {
            hasher.add(&piece.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
        }
        hasher.content(file)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Parts;
    use super::*;

    fn images(pixels: Pixels, labels: Vec<u32>) -> Images {
        let (name, images_file, labels_file) = (String::new(), String::new(), String::new());
        Images::new(Parts { name, images_file, labels_file, shape: [1, 1, 2], pixels, labels, classes: Vec::new() })
            .unwrap()
    }

    #[test]
    fn pixels_and_labels_are_told_apart() {
        let one = images(Pixels::U8(vec![1, 2, 3, 4]), vec![0, 1]);
        let other = images(Pixels::U8(vec![1, 2, 3, 5]), vec![0, 1]);
        let renamed = images(Pixels::U8(vec![1, 2, 3, 4]), vec![1, 0]);
        assert_ne!(one.pixel_content("f"), other.pixel_content("f"));
        assert_eq!(one.label_content("f"), other.label_content("f"));
        assert_eq!(one.pixel_content("f"), renamed.pixel_content("f"));
        assert_ne!(one.label_content("f"), renamed.label_content("f"));
        assert_ne!(one.clone().take_first(1).pixel_content("f"), one.pixel_content("f"));
        let floats = images(Pixels::F32(vec![0.0, 0.0, 0.5, 1.0]), vec![0, 1]);
        assert_ne!(floats.pixel_content("f"), one.pixel_content("f"));
    }
}
