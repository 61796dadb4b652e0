//! Labelled images from the usual dataset files, all brought to one form: [`Images`].
//!
//! Every reader takes bytes, so that a browser can use it; [`open()`] adds paths. Readers trust no header: a size is
//! held against the bytes that are there before memory is taken for it (`limits.rs`).

mod choose;
pub mod cifar;
mod content;
mod error;
mod fit;
pub mod folder;
pub mod idx;
mod layout;
mod limits;
pub mod npz;
mod open;
mod parquet;
mod reading;

pub(crate) use choose::{Wish, align, shared};
pub use error::DataError;
pub use fit::Views;
pub use folder::{LeftOut, as_seen};
pub(crate) use limits::MAX_PIXEL_BYTES;
pub use open::{open, open_as};
pub use reading::{ClassOrder, Fit, Labels, Order, Orientation, PixelRange, Reading, Split};

/// More classes than any dataset has; a larger label means that the file is no label file.
const MAX_CLASSES: u32 = 1 << 16;

/// Labelled images of one size, kept as small as their file kept them.
#[derive(Clone, Debug, PartialEq)]
pub struct Images {
    /// What to call the set: the name of its file or folder.
    pub name: String,
    /// Channels of an image: 1 (grey) or 3 (red, green, blue) for what the readers make.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    pixels: Pixels,
    /// One class per image, each below [`Images::number_of_classes`].
    pub labels: Vec<u32>,
    /// The classes' names, by label.
    pub classes: Vec<String>,
    /// The place of each image in the set as it was read, from 0.
    pub places: Vec<usize>,
    /// What one should know of how the set was read, a sentence each.
    pub notes: Vec<String>,
    /// Files of the folder that are no images of the set.
    pub left_out: LeftOut,
}

/// Pixel values in the order image, channel, row, column.
#[derive(Clone, Debug, PartialEq)]
pub enum Pixels {
    /// 0 to 255, meaning 0 to 1.
    U8(Vec<u8>),
    /// 0 to 1.
    F32(Vec<f32>),
}

/// What [`Images::new`] checks and joins.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What to call the set.
    pub name: String,
    /// Where the pixels came from, for errors.
    pub images_file: String,
    /// Where the labels came from, for errors.
    pub labels_file: String,
    /// Channels, rows and columns of one image.
    pub shape: [usize; 3],
    /// All images' pixels, in the order image, channel, row, column.
    pub pixels: Pixels,
    /// One class per image.
    pub labels: Vec<u32>,
    /// The classes' names; empty to number them up to the largest label.
    pub classes: Vec<String>,
}

impl Pixels {
    fn len(&self) -> usize {
        match self {
            Self::U8(values) => values.len(),
            Self::F32(values) => values.len(),
        }
    }

    /// Bytes that one value takes.
    const fn bytes_each(&self) -> u64 {
        match self {
            Self::U8(_) => 1,
            Self::F32(_) => 4,
        }
    }

    fn truncate(&mut self, length: usize) {
        match self {
            Self::U8(values) => values.truncate(length),
            Self::F32(values) => values.truncate(length),
        }
    }

    /// The first value outside [0, 1], NaN included, with its place.
    fn first_outside(&self) -> Option<(usize, f32)> {
        match self {
            Self::U8(_) => None,
            Self::F32(values) => {
                let place = values.iter().position(|value| !(0.0..=1.0).contains(value))?;
                Some((place, values[place]))
            }
        }
    }
}

impl Images {
    /// Joins pixels and labels after checking that they fit.
    ///
    /// # Errors
    /// No image, pixels that are not whole images, another number of labels than images, a pixel outside [0, 1] or
    /// NaN, a label without a class.
    pub fn new(parts: Parts) -> Result<Self, DataError> {
        let Parts { name, images_file, labels_file, shape, pixels, labels, classes } = parts;
        let [channels, height, width] = shape;
        let size = channels.saturating_mul(height).saturating_mul(width);
        if size == 0 || pixels.len() == 0 {
            return Err(DataError::Empty { file: images_file });
        }
        let count = pixels.len() / size;
        if count * size != pixels.len() {
            let expected = (size as u64).saturating_mul(count as u64 + 1);
            let found = pixels.len() as u64;
            return Err(DataError::WrongLength { file: images_file, expected, found });
        }
        if count != labels.len() {
            return Err(DataError::CountMismatch {
                images: images_file,
                image_count: count,
                labels: labels_file,
                label_count: labels.len(),
            });
        }
        if let Some((place, value)) = pixels.first_outside() {
            let (image, place) = (place / size, place % size);
            return Err(DataError::PixelRange { file: images_file, image, place, value });
        }
        let classes = named_classes(&labels_file, &labels, classes)?;
        let (places, notes) = ((0..count).collect(), dark(&images_file, &pixels).into_iter().collect());
        let left_out = LeftOut::default();
        Ok(Self { name, channels, height, width, pixels, labels, classes, places, notes, left_out })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image; only [`Images::take_first`] with 0 makes such a set.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Channels, rows and columns of one image.
    pub fn shape(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// Number of classes; labels are below it.
    pub fn number_of_classes(&self) -> usize {
        self.classes.len()
    }

    /// The chosen images in the order (image, channel, row, column), each value in [0, 1]; bytes become `v / 255`.
    ///
    /// # Panics
    /// When an index is not below [`Images::len`].
    pub fn pixels_f32(&self, indices: &[usize]) -> Vec<f32> {
        let size = self.channels * self.height * self.width;
        let mut values = Vec::with_capacity(indices.len() * size);
        for &index in indices {
            let range = index * size..(index + 1) * size;
            match &self.pixels {
                Pixels::U8(bytes) => {
                    values.extend(bytes[range].iter().map(|&v| f32::from(v) / 255.0));
                }
                Pixels::F32(floats) => values.extend_from_slice(&floats[range]),
            }
        }
        values
    }
}

/// What to say of bytes that are 0 and 1 only: most likely they were meant to be black and white.
fn dark(file: &str, pixels: &Pixels) -> Option<String> {
    let Pixels::U8(values) = pixels else { return None };
    let most = values.iter().max().copied().unwrap_or(0);
    (most == 1).then(|| {
        format!("{file}: its bytes are 0 and 1 only, so every image is all but black: bytes run from 0 to 255.")
    })
}

/// The classes, numbered where they have no names, after checking that every label has one.
fn named_classes(file: &str, labels: &[u32], classes: Vec<String>) -> Result<Vec<String>, DataError> {
    let known = u32::try_from(classes.len()).unwrap_or(u32::MAX);
    let limit = if known == 0 { MAX_CLASSES } else { known };
    if let Some(index) = labels.iter().position(|&label| label >= limit) {
        let (file, label) = (file.to_owned(), i64::from(labels[index]));
        return Err(DataError::LabelRange { file, index, label, limit });
    }
    if known > 0 {
        return Ok(classes);
    }
    let largest = labels.iter().max().copied().unwrap_or(0);
    Ok((0..=largest).map(|label| label.to_string()).collect())
}

#[cfg(test)]
mod tests;
