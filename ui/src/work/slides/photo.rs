//! A picture that somebody chose for a slide: read, bounded, kept as a file, decoded for the screen.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{DynamicImage, ImageFormat};
use stitchscope_core::data::as_seen;

use crate::work::Photo;

/// The largest file that is read, in bytes.
pub(super) const LARGEST: u64 = 64 << 20;
/// What is larger, in bytes or pixels along a side, is kept smaller: a projector shows no more.
const KEPT: usize = 8 << 20;
const SIDE: u32 = 2400;
/// What is shown is no larger.
const SHOWN: u32 = 1600;

/// A picture as it is kept (a PNG or JPEG file in base64) and as it is shown.
pub(super) fn take(name: &str, file: &[u8]) -> Result<(String, Photo), String> {
    let (picture, turned) = decode(name, file)?;
    let large = file.len() > KEPT || picture.width().max(picture.height()) > SIDE;
    let kept = if turned || large {
        // As it is seen: not every reader turns a picture as a camera asks for.
        let small = if large { picture.thumbnail(SIDE, SIDE) } else { picture.clone() };
        let mut bytes = Vec::new();
        let written = small.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png);
        written.map_err(|why| format!("{name} cannot be kept: {why}"))?;
        STANDARD.encode(bytes)
    } else {
        STANDARD.encode(file)
    };
    Ok((kept, shown(&picture)))
}

/// A kept picture as it is shown.
pub(super) fn again(kept: &str) -> Result<Photo, String> {
    let file = STANDARD.decode(kept).map_err(|why| format!("a slide's picture is damaged: {why}"))?;
    decode("a slide's picture", &file).map(|(picture, _)| shown(&picture))
}

fn shown(picture: &DynamicImage) -> Photo {
    let small = picture.width().max(picture.height()) <= SHOWN;
    let picture = if small { picture.to_rgba8() } else { picture.thumbnail(SHOWN, SHOWN).to_rgba8() };
    let side = |length: u32| usize::try_from(length).unwrap_or_default();
    Photo { size: [side(picture.width()), side(picture.height())], rgba: picture.into_raw() }
}

/// The picture as a camera meant it, and whether it had to be turned for that. Read where image sets are read: decoders are large, and the page has
/// them once.
fn decode(name: &str, file: &[u8]) -> Result<(DynamicImage, bool), String> {
    if !matches!(image::guess_format(file), Ok(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err(format!("{name} is no picture of a slide: store it as PNG or JPEG"));
    }
    as_seen(name, file).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use image::RgbaImage;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = DynamicImage::from(RgbaImage::from_pixel(width, height, image::Rgba([9, 8, 7, 100])));
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    #[test]
    fn a_small_picture_is_kept_as_it_is_and_a_large_one_smaller() {
        let file = png(3, 2);
        let (kept, photo) = take("a.png", &file).unwrap();
        assert_eq!(STANDARD.decode(&kept).unwrap(), file);
        assert_eq!((photo.size, &photo.rgba[..4]), ([3, 2], &[9, 8, 7, 100][..]));
        assert_eq!(again(&kept).unwrap(), photo);
        let (kept, photo) = take("b.png", &png(3000, 10)).unwrap();
        assert_eq!((photo.size[0], again(&kept).unwrap().size), (1600, [1600, 5]));
    }

    #[test]
    fn what_is_no_picture_or_damaged_is_refused_by_name() {
        assert!(take("x.txt", b"hello").unwrap_err().contains("x.txt is no picture"));
        assert!(take("y.png", &png(3, 2)[..40]).unwrap_err().contains("y.png"));
        assert!(again("not base64!").is_err());
    }
}
