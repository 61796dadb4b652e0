//! IDX, the format of MNIST and its kin: two files, one of images and one of labels, plain or gzipped.
//!
//! A file is two zero bytes, a type (8: unsigned byte), the number of axes, each axis as a big-endian u32, the values.

use super::layout::Layout;
use super::{DataError, Images, Parts, Pixels, limits};
use flate2::bufread::GzDecoder;
use std::io::{self, Read};

/// The type that a header gives for unsigned bytes.
const UNSIGNED_BYTE: u8 = 8;
/// More axes than any reader here takes; a header beyond it is not worth reading.
const MAX_AXES: u8 = 4;

/// One of the two files.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What to call it in errors.
    pub file: &'a str,
    /// Its bytes, gzipped or not.
    pub bytes: &'a [u8],
}

/// The images of one file with the labels of another.
///
/// Images have three axes (count, rows, columns), or four, where the one that is 1 or 3 long holds the channels.
///
/// # Errors
/// A file that is no IDX file of unsigned bytes, is cut short or too long, or does not fit the other.
pub fn read(name: &str, images: Source<'_>, labels: Source<'_>) -> Result<Images, DataError> {
    let (shape, values) = unpack(images)?;
    let layout = Layout::row_major(images.file, &shape)?;
    let [_, channels, rows, columns] = layout.sizes;
    let (label_shape, classes) = unpack(labels)?;
    if label_shape.len() != 1 {
        let problem = format!("labels have one axis, this file has {}", label_shape.len());
        return Err(DataError::Malformed { file: labels.file.to_owned(), problem });
    }
    Images::new(Parts {
        name: name.to_owned(),
        images_file: images.file.to_owned(),
        labels_file: labels.file.to_owned(),
        shape: [channels, rows, columns],
        pixels: Pixels::U8(layout.arrange(values)),
        labels: classes.into_iter().map(u32::from).collect(),
        classes: vec![],
    })
}

/// Whether `bytes` begin as an IDX file or as a gzipped file do.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    is_gzip(bytes) || matches!(bytes, [0, 0, UNSIGNED_BYTE, 1..=MAX_AXES, ..])
}

fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// A file's shape and values.
fn unpack(source: Source<'_>) -> Result<(Vec<u64>, Vec<u8>), DataError> {
    let Source { file, bytes } = source;
    if is_gzip(bytes) {
        let mut reader = Members { rest: bytes, open: None };
        let (shape, size) = header(file, &mut reader)?;
        limits::check_ratio(file, size as u64, bytes.len() as u64)?;
        Ok((shape, limits::read_exactly(file, reader, size)?))
    } else {
        let mut reader = bytes;
        let (shape, size) = header(file, &mut reader)?;
        Ok((shape, limits::read_exactly(file, reader, size)?))
    }
}

/// What the members of a gzip file unpack to, one after another. Zeros behind a member are padding, as tapes and Python's `gzip`
/// have it; anything else there is damage.
struct Members<'a> {
    rest: &'a [u8],
    open: Option<GzDecoder<&'a [u8]>>,
}

impl Read for Members<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(member) = &mut self.open {
                let count = member.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.rest = *member.get_ref();
                self.open = None;
                let zeros = self.rest.iter().take_while(|byte| **byte == 0).count();
                self.rest = &self.rest[zeros..];
            }
            if self.rest.is_empty() {
                return Ok(0);
            }
            self.open = Some(GzDecoder::new(self.rest));
        }
    }
}

/// The shape that the header gives, and its product.
fn header(file: &str, reader: &mut impl Read) -> Result<(Vec<u64>, usize), DataError> {
    let malformed = |problem: String| DataError::Malformed { file: file.to_owned(), problem };
    let mut word = || {
        let mut word = [0; 4];
        reader.read_exact(&mut word).map_err(|error| malformed(format!("its header breaks off ({error})")))?;
        Ok::<_, DataError>(word)
    };
    let axes = match word()? {
        [0, 0, UNSIGNED_BYTE, axes @ 1..=MAX_AXES] => axes,
        [0, 0, UNSIGNED_BYTE, axes] => {
            return Err(malformed(format!("its header names {axes} axes, where 1 to {MAX_AXES} can be read")));
        }
        [0, 0, kind, _] => {
            return Err(malformed(format!(
                "its values have the type {kind:#04x}, where only unsigned bytes (0x08) can be read"
            )));
        }
        _ => {
            return Err(malformed("it does not begin as an IDX file does".to_owned()));
        }
    };
    let shape = (0..axes).map(|_| Ok(u64::from(u32::from_be_bytes(word()?)))).collect::<Result<Vec<_>, DataError>>()?;
    let size = limits::size_in_bytes(file, &shape, 1)?;
    Ok((shape, size))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    /// An IDX file of unsigned bytes.
    pub fn file(shape: &[u32], values: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0, 0, UNSIGNED_BYTE, u8::try_from(shape.len()).unwrap()];
        bytes.extend(shape.iter().flat_map(|axis| axis.to_be_bytes()));
        bytes.extend(values);
        bytes
    }

    /// The same, gzipped.
    pub fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read_both(images: &[u8], labels: &[u8]) -> Result<Images, DataError> {
        let source = |file, bytes| Source { file, bytes };
        read("toy", source("images", images), source("labels", labels))
    }

    #[test]
    fn plain_and_gzipped_files_give_the_same_images() {
        let images = file(&[2, 2, 2], &[0, 1, 2, 3, 252, 253, 254, 255]);
        let labels = file(&[2], &[1, 4]);
        let plain = read_both(&images, &labels).unwrap();
        assert_eq!((plain.shape(), &plain.labels[..], plain.number_of_classes()), ([1, 2, 2], &[1, 4][..], 5));
        assert_eq!(plain.pixels_f32(&[1])[3], 1.0);
        assert_eq!(read_both(&gzip(&images), &gzip(&labels)).unwrap(), plain);
    }

    #[test]
    fn four_axes_may_put_the_channels_last() {
        let images = read_both(&file(&[1, 2, 2, 3], &(0..12).collect::<Vec<_>>()), &file(&[1], &[0])).unwrap();
        assert_eq!(images.shape(), [3, 2, 2]);
        assert_eq!(images.pixels_f32(&[0])[1], 3.0 / 255.0);
    }

    #[test]
    fn cut_and_overlong_files_are_refused() {
        let images = file(&[2, 2, 2], &[7; 8]);
        let labels = file(&[2], &[0, 1]);
        for broken in [&images[..images.len() - 1], &[&images[..], &[0]].concat()] {
            for packed in [broken.to_vec(), gzip(broken)] {
                let error = read_both(&packed, &labels).unwrap_err();
                assert!(matches!(error, DataError::WrongLength { expected: 8, .. }), "{error}");
            }
        }
        let packed = gzip(&images);
        read_both(&packed[..packed.len() - 9], &labels).unwrap_err();
        let text = read_both(&images[..6], &labels).unwrap_err().to_string();
        assert!(text.contains("images") && text.contains("breaks off"), "{text}");
    }

    #[test]
    fn gzip_files_may_have_members_and_zeros_behind_them() {
        let (images, labels) = (file(&[2, 2, 2], &[7; 8]), gzip(&file(&[2], &[0, 1])));
        let plain = read_both(&images, &labels).unwrap();
        let padded = [gzip(&images), vec![0; 1000]].concat();
        let halves = [gzip(&images[..9]), vec![0; 3], gzip(&images[9..]), vec![0; 512]].concat();
        for packed in [padded, halves] {
            assert_eq!(read_both(&packed, &[&labels[..], &[0; 7]].concat()).unwrap(), plain);
            read_both(&[&packed[..], &[1]].concat(), &labels).unwrap_err();
        }
    }

    #[test]
    fn absurd_sizes_and_bombs_take_no_memory() {
        let labels = file(&[1], &[0]);
        let vast = read_both(&file(&[u32::MAX; 4], &[]), &labels).unwrap_err();
        assert!(matches!(vast, DataError::TooLarge { .. }), "{vast}");
        let promise = read_both(&gzip(&file(&[60_000, 28, 28], &[])), &labels).unwrap_err();
        assert!(matches!(promise, DataError::Bomb { .. }), "{promise}");
        // 16 MiB of zeros behind a header that speaks of four bytes: read no further than the fifth.
        let bomb = gzip(&file(&[1, 2, 2], &vec![0; 16 << 20]));
        let error = read_both(&bomb, &labels).unwrap_err();
        assert!(matches!(error, DataError::WrongLength { expected: 4, found: 5, .. }), "{error}");
    }

    #[test]
    fn wrong_kinds_are_named() {
        let labels = file(&[2], &[0, 1]);
        let floats = read_both(&[0, 0, 0x0d, 3], &labels).unwrap_err().to_string();
        assert!(floats.contains("0x0d"), "{floats}");
        let counts = read_both(&file(&[3, 1, 1], &[0; 3]), &labels).unwrap_err();
        assert!(matches!(counts, DataError::CountMismatch { image_count: 3, label_count: 2, .. }), "{counts}");
        let swapped = read_both(&file(&[2, 1, 1], &[0; 2]), &file(&[2, 1, 1], &[0; 2])).unwrap_err().to_string();
        assert!(swapped.contains("labels have one axis"), "{swapped}");
        let empty = read_both(&file(&[0, 28, 28], &[]), &labels).unwrap_err();
        assert!(matches!(empty, DataError::Empty { .. }), "{empty}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(head in 0..3_u8, images in proptest::collection::vec(any::<u8>(), 0..64), labels in proptest::collection::vec(any::<u8>(), 0..64)) {
            let images = match head {
                0 => images,
                1 => gzip(&images),
                _ => [&[0, 0, 8, 3, 0, 0, 0][..], &images].concat(),
            };
            let _ = read_both(&images, &labels);
            let _ = read_both(&images, &file(&[1], &[0]));
        }
    }
}
