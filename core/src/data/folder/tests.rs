//! Pictures made here, whole and broken, and folders of them.

mod files;
mod modes;

use super::picture::MAX_SIDE;
use super::*;
use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageFormat, Rgb, RgbImage};

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
    Reader::new(vec!["cat".into(), "dog".into()], &Reading::default())
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
