//! Pictures in folders: one folder per class, PNG or JPEG files in it, as torchvision's `ImageFolder` has them.

use super::limits::damaged;
use super::{DataError, Images, MAX_PIXEL_BYTES, Parts, Pixels};
use image::{DynamicImage, ImageReader, Limits};
use std::io::Cursor;

/// Wider or higher pictures are no dataset's; the decoder stops there.
const MAX_SIDE: u32 = 8192;
/// What the decoder may use for one picture.
const MAX_DECODER_BYTES: u64 = 1 << 30;

/// Reads one picture after another, so that only one of the files need be in memory at a time.
///
/// The set is grey if every picture is, else red, green, blue. Transparency is dropped, 16-bit values are rounded to
/// 8, and EXIF rotation is left as stored, which is what torchvision gives a network in training.
#[derive(Debug)]
pub struct Reader {
    classes: Vec<String>,
    first: Option<(String, (u32, u32))>,
    colour: bool,
    pixels: Vec<u8>,
    labels: Vec<u32>,
}

impl Reader {
    /// A reader for these classes; a picture's label is its class's place in the list. Sort them, as others do.
    pub fn new(classes: Vec<String>) -> Self {
        Self { classes, first: None, colour: false, pixels: vec![], labels: vec![] }
    }

    /// Adds one picture of the class `label`.
    ///
    /// # Errors
    /// No PNG or JPEG, damage, another size than the first picture's, more than [`MAX_PIXEL_BYTES`] in all.
    pub fn push(&mut self, file: &str, label: u32, bytes: &[u8]) -> Result<(), DataError> {
        // The size is read first: a picture that does not fit is not worth decoding, and may be made to be huge.
        let size = open(file, bytes)?.into_dimensions().map_err(|error| damaged(file, &error))?;
        self.check_size(file, size)?;
        let picture = open(file, bytes)?.decode().map_err(|error| damaged(file, &error))?;
        if !self.colour && picture.color().has_color() {
            self.turn_to_colour();
        }
        let channels = if self.colour { planes(&picture) } else { picture.to_luma8().into_raw() };
        let bytes = self.pixels.len() as u64 + channels.len() as u64;
        if bytes > MAX_PIXEL_BYTES {
            let file = file.to_owned();
            return Err(DataError::TooLarge { file, bytes, limit: MAX_PIXEL_BYTES });
        }
        self.pixels.extend(channels);
        self.labels.push(label);
        Ok(())
    }

    /// The set, in the order of the calls.
    ///
    /// # Errors
    /// No picture; a label without a class.
    pub fn finish(self, name: &str) -> Result<Images, DataError> {
        let Some((_, (width, height))) = self.first else {
            return Err(DataError::Empty { file: name.to_owned() });
        };
        let channels = if self.colour { 3 } else { 1 };
        Images::new(Parts {
            name: name.to_owned(),
            images_file: name.to_owned(),
            labels_file: name.to_owned(),
            shape: [channels, height as usize, width as usize],
            pixels: Pixels::U8(self.pixels),
            labels: self.labels,
            classes: self.classes,
        })
    }

    fn check_size(&mut self, file: &str, size: (u32, u32)) -> Result<(), DataError> {
        let (first, first_size) = self.first.get_or_insert_with(|| (file.to_owned(), size));
        if *first_size == size {
            return Ok(());
        }
        Err(DataError::SizeMismatch {
            first: first.clone(),
            first_size: *first_size,
            second: file.to_owned(),
            second_size: size,
        })
    }

    /// Repeats the grey pictures so far in all three channels.
    fn turn_to_colour(&mut self) {
        self.colour = true;
        if !self.labels.is_empty() {
            let size = self.pixels.len() / self.labels.len();
            self.pixels = self.pixels.chunks_exact(size).flat_map(|grey| grey.repeat(3)).collect();
        }
    }
}

/// Whether a file's name ends as a picture's that can be read.
pub fn is_picture(file: &str) -> bool {
    let ending = file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    ending.is_some_and(|ending| matches!(ending.as_str(), "png" | "jpg" | "jpeg"))
}

fn open<'a>(file: &str, bytes: &'a [u8]) -> Result<ImageReader<Cursor<&'a [u8]>>, DataError> {
    let reader = ImageReader::new(Cursor::new(bytes));
    let mut reader = reader.with_guessed_format().map_err(|error| damaged(file, &error))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    reader.limits(limits);
    Ok(reader)
}

/// The picture's red, green and blue planes.
fn planes(picture: &DynamicImage) -> Vec<u8> {
    let interleaved = picture.to_rgb8().into_raw();
    (0..3).flat_map(|channel| interleaved.iter().skip(channel).step_by(3).copied()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use image::{GrayImage, ImageFormat, Rgb, RgbImage};

    /// A PNG of one colour.
    pub fn png(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
        encoded(&RgbImage::from_pixel(width, height, Rgb(colour)).into(), ImageFormat::Png)
    }

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn grey(value: u8) -> Vec<u8> {
        encoded(&GrayImage::from_pixel(2, 1, image::Luma([value])).into(), ImageFormat::Png)
    }

    fn reader() -> Reader {
        Reader::new(vec!["cat".into(), "dog".into()])
    }

    #[test]
    fn colours_become_planes() {
        let mut reader = reader();
        reader.push("cat/1.png", 0, &png(2, 1, [255, 51, 0])).unwrap();
        let jpeg = encoded(&RgbImage::from_pixel(2, 1, Rgb([128; 3])).into(), ImageFormat::Jpeg);
        reader.push("dog/1.jpg", 1, &jpeg).unwrap();
        let images = reader.finish("pets").unwrap();
        assert_eq!((images.shape(), &images.labels[..], images.classes[1].as_str()), ([3, 1, 2], &[0, 1][..], "dog"));
        assert_eq!(images.pixels_f32(&[0]), [1.0, 1.0, 0.2, 0.2, 0.0, 0.0]);
        assert!(images.pixels_f32(&[1]).iter().all(|value| (value - 128.0 / 255.0).abs() < 0.01));
    }

    #[test]
    fn grey_stays_grey_until_a_colour_comes() {
        let mut only = reader();
        only.push("cat/1.png", 0, &grey(51)).unwrap();
        assert_eq!(only.finish("pets").unwrap().shape(), [1, 1, 2]);

        let mut mixed = reader();
        mixed.push("cat/1.png", 0, &grey(51)).unwrap();
        mixed.push("cat/2.png", 0, &png(2, 1, [0, 255, 0])).unwrap();
        mixed.push("cat/3.png", 0, &grey(255)).unwrap();
        let images = mixed.finish("pets").unwrap();
        assert_eq!(images.pixels_f32(&[0, 1, 2]), [[0.2; 6], [0., 0., 1., 1., 0., 0.], [1.0; 6]].concat());
    }

    #[test]
    fn another_size_is_told_with_both_files() {
        let mut reader = reader();
        reader.push("cat/1.png", 0, &png(2, 1, [0; 3])).unwrap();
        let text = reader.push("dog/7.png", 1, &png(1, 2, [0; 3])).unwrap_err().to_string();
        for part in ["cat/1.png", "dog/7.png", "2x1", "1x2"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn damaged_and_giant_pictures_are_refused() {
        let whole = png(9, 9, [1, 2, 3]);
        let cut = reader().push("cat/1.png", 0, &whole[..40]).unwrap_err();
        assert!(cut.to_string().contains("cat/1.png"), "{cut}");
        reader().push("cat/1.png", 0, b"no picture").unwrap_err();
        let giant = png(MAX_SIDE + 1, 1, [0; 3]);
        reader().push("cat/1.png", 0, &giant).unwrap_err();
        assert!(matches!(reader().finish("pets").unwrap_err(), DataError::Empty { .. }));
    }

    #[test]
    fn pictures_are_known_by_their_ending() {
        assert!(is_picture("a.PNG") && is_picture("b.jpeg") && !is_picture("c.txt") && !is_picture("png"));
    }
}
