//! A contact sheet: rows of small images as one PNG.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

/// Pixels between images, and around them.
const GAP: usize = 4;
/// The ground between images.
const GROUND: Rgb<u8> = Rgb([128, 128, 128]);
/// Most pixels along a side; a picture beyond that is no picture to look at.
const LONGEST: usize = 20_000;

/// Why there is no such picture.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// Colours cannot be shown.
    #[error("images of {0} channels have no picture; one or three are needed")]
    Channels(usize),
    /// Larger than what people can look at.
    #[error("the picture would have {0} x {1} pixels; ask for fewer images")]
    TooLarge(usize, usize),
    /// The PNG encoder failed.
    #[error("the picture could not be written: {0}")]
    Encoder(#[from] image::ImageError),
}

/// Rows of images [C, H, W] in [0, 1], each image pixel a square of `scale`. One channel is grey; of others the first three are red,
/// green and blue.
///
/// # Errors
/// [`SheetError`] when the images have no or two channels, or the picture would be longer than 20,000 pixels.
pub fn sheet(
    rows: &[Vec<Vec<f32>>],
    [channels, height, width]: [usize; 3],
    scale: usize,
) -> Result<Vec<u8>, SheetError> {
    if channels == 0 || channels == 2 {
        return Err(SheetError::Channels(channels));
    }
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let side = |count: usize, size: usize| count * (size * scale + GAP) + GAP;
    let (wide, high) = (side(columns, width), side(rows.len(), height));
    if wide.max(high) > LONGEST {
        return Err(SheetError::TooLarge(wide, high));
    }
    let sizes = u32::try_from(wide).ok().zip(u32::try_from(high).ok());
    let (wide, high) = sizes.ok_or(SheetError::TooLarge(wide, high))?;
    // Where a pixel lies within its image, or nowhere.
    let within = |at: usize, size: usize| {
        let (image, offset) = ((at.checked_sub(GAP)?) / (size * scale + GAP), (at - GAP) % (size * scale + GAP));
        (offset < size * scale).then_some((image, offset / scale.max(1)))
    };
    let picture = RgbImage::from_fn(wide, high, |x, y| {
        let place = |v: u32| usize::try_from(v).unwrap_or(usize::MAX);
        let found = within(place(x), width).zip(within(place(y), height));
        let colour = found.and_then(|((column, x), (row, y))| {
            let image = rows.get(row)?.get(column)?;
            let value = |c: usize| image.get((c * height + y) * width + x).copied().map(byte);
            if channels == 1 { value(0).map(|v| Rgb([v; 3])) } else { Some(Rgb([value(0)?, value(1)?, value(2)?])) }
        });
        colour.unwrap_or(GROUND)
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_has_its_place() {
        let dark = vec![0.0, 0.2, 0.4, 1.0];
        let bytes = sheet(&[vec![dark.clone(), vec![1.0; 4]], vec![dark]], [1, 2, 2], 3).unwrap();
        let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (24, 24));
        let at = |x, y| picture.get_pixel(x, y).0[0];
        assert_eq!([at(4, 4), at(9, 4), at(4, 9), at(9, 9)], [0, 51, 102, 255]);
        assert_eq!([at(14, 4), at(4, 14), at(9, 19)], [255, 0, 255]);
        assert_eq!([at(0, 0), at(10, 4), at(14, 14)], [128, 128, 128], "gaps, and where there is no image");
        assert!(sheet(&[vec![vec![0.0; 8]]], [2, 2, 2], 1).is_err());
        assert!(sheet(&[vec![vec![0.0; 4]; 9000]], [1, 2, 2], 3).is_err());
    }
}
