//! One picture file, decoded to planes of bytes.

use std::io::Cursor;

use image::error::{ImageFormatHint, UnsupportedError};
use image::metadata::Orientation as Turn;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::jpeg;
use crate::data::limits::damaged;
use crate::data::{DataError, Orientation};

/// Wider or higher pictures are no dataset's; the decoder stops there.
pub(super) const MAX_SIDE: u32 = 8192;
/// What the decoder may use for one picture.
const MAX_DECODER_BYTES: u64 = 1 << 30;

/// A decoded picture.
#[derive(Debug)]
pub(super) struct Picture {
    /// Planes of rows and columns: one of grey, or red, green and blue.
    pub planes: Vec<u8>,
    /// 1 or 3.
    pub channels: usize,
    /// Columns and rows.
    pub size: (u32, u32),
    /// More than 8 bits a channel, rounded to 8.
    pub deep: bool,
    /// Some of it was transparent, which is dropped.
    pub transparent: bool,
    /// Its EXIF data ask for it to be turned or mirrored.
    pub turned: bool,
}

/// The size of a picture, columns and rows, without decoding it.
///
/// # Errors
/// No picture, damage, a side beyond [`MAX_SIDE`].
pub(super) fn size(file: &str, bytes: &[u8], orientation: Orientation) -> Result<(u32, u32), DataError> {
    let mut decoder = opened(file, bytes)?;
    let (width, height) = decoder.dimensions();
    let turn = decoder.orientation().unwrap_or(Turn::NoTransforms);
    let swaps = matches!(turn, Turn::Rotate90 | Turn::Rotate270 | Turn::Rotate90FlipH | Turn::Rotate270FlipH);
    Ok(if swaps && orientation == Orientation::Exif { (height, width) } else { (width, height) })
}

/// Decodes a picture. Of several pictures in one file the first counts.
///
/// # Errors
/// No picture of a kind that is read, damage, data cut off, floating-point or ink colours, a side beyond [`MAX_SIDE`].
pub(super) fn decode(file: &str, bytes: &[u8], orientation: Orientation) -> Result<Picture, DataError> {
    let mut decoder = opened(file, bytes)?;
    if image::guess_format(bytes).ok() == Some(ImageFormat::Jpeg)
        && let Some(fault) = jpeg::fault(bytes)
    {
        return Err(damaged(file, &fault));
    }
    let turn = decoder.orientation().unwrap_or(Turn::NoTransforms);
    if decoder.total_bytes() > MAX_DECODER_BYTES {
        let (file, bytes) = (file.to_owned(), decoder.total_bytes());
        return Err(DataError::TooLarge { file, bytes, limit: MAX_DECODER_BYTES });
    }
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(file, &error))?;
    if orientation == Orientation::Exif {
        picture.apply_orientation(turn);
    }
    let colour = picture.color();
    if matches!(picture, DynamicImage::ImageRgb32F(_) | DynamicImage::ImageRgba32F(_)) {
        let (problem, remedy) = ("its values are floating-point", "store it with 8 or 16 bits a channel");
        return Err(DataError::Convert {
            file: file.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        });
    }
    let transparent = colour.has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < u8::MAX);
    let deep = colour.bytes_per_pixel() > colour.channel_count();
    let size = (picture.width(), picture.height());
    let channels = if colour.has_color() { 3 } else { 1 };
    let planes = if channels == 3 { planes(&picture) } else { picture.to_luma8().into_raw() };
    Ok(Picture { planes, channels, size, deep, transparent, turned: turn != Turn::NoTransforms })
}

/// A picture as a camera meant it, and whether it had to be turned for that: for people to look at, with its colours and transparency.
///
/// # Errors
/// As for a picture of an image set, but any colours will do.
pub fn as_seen(file: &str, bytes: &[u8]) -> Result<(DynamicImage, bool), DataError> {
    let mut decoder = opened(file, bytes)?;
    let turn = decoder.orientation().unwrap_or(Turn::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(file, &error))?;
    picture.apply_orientation(turn);
    Ok((picture, turn != Turn::NoTransforms))
}

fn opened<'a>(file: &str, bytes: &'a [u8]) -> Result<impl ImageDecoder + use<'a>, DataError> {
    let reader = ImageReader::new(Cursor::new(bytes));
    let mut reader = reader.with_guessed_format().map_err(|error| damaged(file, &error))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    reader.limits(limits);
    reader.into_decoder().map_err(|error| unreadable(file, &error))
}

/// A decoder's own error: a whole picture of a kind that it does not know, or damage.
fn unreadable(file: &str, error: &ImageError) -> DataError {
    match error {
        ImageError::Unsupported(kind) if image_known(kind) => DataError::Convert {
            file: file.to_owned(),
            problem: format!("this kind of picture is not read ({kind})"),
            remedy: "store it as PNG".to_owned(),
        },
        _ => damaged(file, error),
    }
}

/// Whether the decoder knows what kind of file it is: of one that it does not know the content is as well no picture at all.
fn image_known(kind: &UnsupportedError) -> bool {
    !matches!(kind.format_hint(), ImageFormatHint::Unknown)
}

/// The picture's red, green and blue planes.
fn planes(picture: &DynamicImage) -> Vec<u8> {
    let interleaved = picture.to_rgb8().into_raw();
    (0..3).flat_map(|channel| interleaved.iter().skip(channel).step_by(3).copied()).collect()
}
