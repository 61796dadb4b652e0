//! Formats and modes of pictures: read as they are, refused when they are broken, said where something is left aside.

use image::{DynamicImage, GrayAlphaImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};

use super::super::picture::decode;
use super::*;

fn gradient() -> DynamicImage {
    RgbImage::from_fn(9, 7, |x, y| Rgb([x as u8 * 25, y as u8 * 30, (x * y) as u8 * 4])).into()
}

fn of(picture: &DynamicImage, format: ImageFormat) -> Images {
    let mut reader = reader();
    reader.push("cat/1", 0, &encoded(picture, format)).unwrap();
    reader.finish("pets").unwrap()
}

#[test]
fn formats_without_loss_give_the_same_pixels_whatever_the_file_is_called() {
    let expected = of(&gradient(), ImageFormat::Png);
    for format in [ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP, ImageFormat::Pnm] {
        assert_eq!(of(&gradient(), format), expected, "{format:?}");
    }
    // GIF has a palette of 256 colours, which these 63 fit into.
    let gif = of(&gradient(), ImageFormat::Gif);
    assert_eq!(gif.pixels_f32(&[0]), expected.pixels_f32(&[0]));
}

#[test]
fn no_cut_changes_a_pixel_silently() {
    let formats = [
        ImageFormat::Png,
        ImageFormat::Jpeg,
        ImageFormat::Bmp,
        ImageFormat::Tiff,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Pnm,
    ];
    for format in formats {
        let bytes = encoded(&gradient(), format);
        let whole = decode("whole", &bytes, Orientation::Stored).unwrap().planes;
        for cut in 0..bytes.len() {
            if let Ok(picture) = decode("cut", &bytes[..cut], Orientation::Stored) {
                assert!(picture.planes == whole, "{format:?} cut at {cut} of {}", bytes.len());
            }
        }
    }
}

#[test]
fn a_cut_file_is_an_error_that_names_it() {
    let jpeg = encoded(&gradient(), ImageFormat::Jpeg);
    let text = reader().push("cat/1.jpg", 0, &jpeg[..jpeg.len() - 9]).unwrap_err().to_string();
    assert!(text.contains("cat/1.jpg") && text.contains("cut off"), "{text}");
}

#[test]
fn transparency_is_dropped_and_said_where_there_is_any() {
    let with = |alpha| DynamicImage::from(RgbaImage::from_pixel(2, 1, Rgba([255, 51, 0, alpha])));
    let clear = of(&with(0), ImageFormat::Png);
    assert_eq!(clear.pixels_f32(&[0]), [1.0, 1.0, 0.2, 0.2, 0.0, 0.0]);
    assert!(clear.notes[0].contains("1 of the pictures are transparent"), "{:?}", clear.notes);
    assert!(of(&with(255), ImageFormat::Png).notes.is_empty());
    let grey = GrayAlphaImage::from_pixel(2, 1, image::LumaA([51, 7])).into();
    assert_eq!(of(&grey, ImageFormat::Png).shape(), [1, 1, 2]);
}

#[test]
fn deep_pictures_are_rounded_and_said() {
    let deep: DynamicImage =
        ImageBuffer::from_fn(4, 1, |x, _| Luma([[0_u16, 257 * 51 + 100, 257 * 51 + 200, 65_535][x as usize]])).into();
    let images = of(&deep, ImageFormat::Png);
    assert_eq!(images.pixels_f32(&[0]), [0.0, 0.2, 52.0 / 255.0, 1.0]);
    assert!(images.notes[0].contains("more than 8 bits"), "{:?}", images.notes);
}

#[test]
fn floating_point_pictures_are_refused() {
    let float: DynamicImage = ImageBuffer::from_pixel(2, 1, Rgb([0.5_f32, 100.0, 255.0])).into();
    let text = reader().push("cat/1.tif", 0, &encoded(&float, ImageFormat::Tiff)).unwrap_err().to_string();
    assert!(text.contains("floating-point") && text.contains("8 or 16 bits"), "{text}");
}

/// A JPEG of 16 x 8 pixels, left black and right white, with the EXIF orientation 6: to be turned a quarter clockwise.
fn turned() -> Vec<u8> {
    let picture = RgbImage::from_fn(16, 8, |x, _| Rgb([if x < 8 { 0 } else { 255 }; 3])).into();
    let plain = encoded(&picture, ImageFormat::Jpeg);
    let exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], &[0xFF, 0xE1], &length, exif, &plain[2..]].concat()
}

#[test]
fn exif_turns_pictures_only_where_that_is_asked() {
    let read = |orientation| {
        let mut reader = Reader::new(vec!["cat".into()], &Reading { orientation, ..Reading::default() });
        reader.push("cat/1.jpg", 0, &turned()).unwrap();
        reader.finish("pets").unwrap()
    };
    let stored = read(Orientation::Stored);
    assert_eq!(stored.shape(), [3, 8, 16]);
    assert!(stored.notes[0].contains("orientation = \"exif\""), "{:?}", stored.notes);
    let shown = read(Orientation::Exif);
    assert_eq!(shown.shape(), [3, 16, 8]);
    let pixels = shown.pixels_f32(&[0]);
    assert!(pixels[..8 * 7].iter().all(|value| *value < 0.1) && pixels[8 * 9..8 * 16].iter().all(|value| *value > 0.9));
    assert!(shown.notes[0].contains("are turned"), "{:?}", shown.notes);
}

#[test]
fn pictures_of_any_size_come_to_the_wanted_one() {
    let reading = Reading { size: Some([4, 4]), fit: crate::data::Fit::CenterCrop, ..Reading::default() };
    let mut reader = Reader::new(vec!["cat".into()], &reading);
    let half = |width, height, wide| {
        let white = move |x, y| if wide { x >= width / 2 } else { y >= height / 2 };
        DynamicImage::from(RgbImage::from_fn(width, height, move |x, y| Rgb([if white(x, y) { 255 } else { 0 }; 3])))
    };
    for (file, picture) in [("a", half(16, 8, true)), ("b", half(8, 16, false)), ("c", half(4, 4, true))] {
        reader.push(file, 0, &encoded(&picture, ImageFormat::Png)).unwrap();
    }
    let images = reader.finish("pets").unwrap();
    assert_eq!((images.len(), images.shape()), (3, [3, 4, 4]));
    // The edge is in the middle of each, and stays there.
    let [wide, high, plain] = [0, 1, 2].map(|at| images.pixels_f32(&[at])[..16].to_vec());
    assert!((0..4).all(|row| wide[row * 4] < 0.1 && wide[row * 4 + 3] > 0.9), "{wide:?}");
    assert!((0..4).all(|column| high[column] < 0.1 && high[12 + column] > 0.9), "{high:?}");
    assert_eq!(plain, [[0.0, 0.0, 1.0, 1.0]; 4].concat());
    assert!(images.notes[0].contains("2 of the pictures are brought to 4x4"), "{:?}", images.notes);
}
