//! Sizes and channels, held against Pillow 13.0 (`Image.resize(size, BILINEAR)`, `convert("L")`) and torchvision's `CenterCrop`.

use super::super::{Fit, Parts};
use super::channels::luma;
use super::*;

/// One grey picture that no rule of resampling leaves as it is: the values that the numbers from Pillow were computed of.
fn picture(height: usize, width: usize, salt: usize) -> Vec<u8> {
    (0..height * width).map(|i| u8::try_from((7 * i * i + 13 * i * salt + 31 * salt) % 251).unwrap()).collect()
}

fn images(shape: [usize; 3], pixels: Pixels) -> Images {
    let name = || "set".to_owned();
    let parts = Parts {
        name: name(),
        images_file: name(),
        labels_file: name(),
        shape,
        pixels,
        labels: vec![0],
        classes: vec![],
    };
    Images::new(parts).unwrap()
}

fn fitted(height: usize, width: usize, salt: usize, reading: &Reading) -> Vec<u8> {
    let set = images([1, height, width], Pixels::U8(picture(height, width, salt))).fitted(reading).unwrap();
    assert_eq!([set.height, set.width], reading.size.unwrap());
    set.pixels_f32(&[0]).iter().map(|value| (value * 255.0).round() as u8).collect()
}

fn reading(size: [usize; 2], fit: Fit, shorter_side: Option<usize>) -> Reading {
    Reading { size: Some(size), fit, shorter_side, ..Reading::default() }
}

#[test]
fn resized_bytes_are_pillows() {
    let resize = |size| reading(size, Fit::Resize, None);
    assert_eq!(fitted(9, 7, 1, &resize([4, 3])), [97, 100, 100, 100, 92, 103, 90, 120, 106, 146, 109, 86]);
    let larger = fitted(5, 6, 2, &resize([8, 11]));
    assert_eq!(
        larger[..22],
        [62, 72, 90, 114, 140, 173, 195, 99, 39, 88, 116, 131, 118, 96, 125, 171, 169, 156, 80, 40, 109, 149]
    );
    assert_eq!(larger[77..], [98, 142, 200, 158, 85, 121, 193, 147, 90, 40, 27, 122, 177][2..]);
    assert_eq!(fitted(13, 10, 3, &resize([13, 4]))[..12], [133, 110, 146, 94, 119, 57, 165, 67, 171, 119, 128, 141]);
}

#[test]
fn a_centre_crop_is_torchvisions() {
    let crop = |size, shorter| reading(size, Fit::CenterCrop, Some(shorter));
    assert_eq!(
        fitted(12, 17, 4, &crop([5, 5], 6)),
        [
            116, 116, 142, 117, 205, 143, 146, 156, 118, 164, 126, 148, 145, 152, 117, 159, 110, 139, 107, 114, 107,
            135, 160, 124, 122
        ]
    );
    assert_eq!(
        fitted(17, 12, 5, &crop([4, 4], 7)),
        [116, 130, 83, 141, 131, 137, 87, 138, 121, 112, 76, 122, 155, 126, 109, 128]
    );
    assert_eq!(
        fitted(9, 8, 7, &crop([4, 5], 9)),
        [62, 166, 200, 181, 194, 74, 158, 159, 127, 175, 93, 98, 101, 114, 152, 121, 93, 112, 143, 147]
    );
    // Left out, the shorter side is the crop's.
    assert_eq!(
        fitted(10, 23, 6, &reading([6, 6], Fit::CenterCrop, None))[..12],
        [55, 117, 138, 111, 150, 137, 115, 101, 93, 120, 143, 95]
    );
}

#[test]
fn floats_are_resized_as_bytes_are_up_to_their_rounding() {
    let bytes = picture(9, 7, 1);
    let floats = bytes.iter().map(|value| f32::from(*value) / 255.0).collect();
    let resize = reading([4, 3], Fit::Resize, None);
    let floats = images([1, 9, 7], Pixels::F32(floats)).fitted(&resize).unwrap().pixels_f32(&[0]);
    let bytes = images([1, 9, 7], Pixels::U8(bytes)).fitted(&resize).unwrap().pixels_f32(&[0]);
    assert!(floats.iter().zip(&bytes).all(|(float, byte)| (float - byte).abs() <= 1.0 / 255.0), "{floats:?} {bytes:?}");
    assert!(floats.iter().zip(&bytes).any(|(float, byte)| float != byte));
}

#[test]
fn what_does_not_fit_is_refused_with_the_key_that_helps() {
    let set = || images([1, 4, 4], Pixels::U8(picture(4, 4, 1)));
    let exact = set().fitted(&reading([2, 2], Fit::Exact, None)).unwrap_err().to_string();
    assert!(exact.contains("4x4 where 2x2") && exact.contains("fit ="), "{exact}");
    let small = set().fitted(&reading([3, 3], Fit::CenterCrop, Some(2))).unwrap_err().to_string();
    assert!(small.contains("shorter_side"), "{small}");
    let vast = set().fitted(&reading([1 << 20, 1 << 20], Fit::Resize, None));
    assert!(matches!(vast, Err(DataError::TooLarge { .. })));
    let same = set().fitted(&reading([4, 4], Fit::Exact, None)).unwrap();
    assert_eq!((same, Vec::<String>::new()), (set(), set().notes));
}

#[test]
fn grey_values_are_pillows() {
    let colours = [
        ([255, 0, 0], 76),
        ([0, 255, 0], 150),
        ([0, 0, 255], 29),
        ([1, 2, 3], 2),
        ([200, 100, 50], 124),
        ([17, 231, 99], 152),
        ([254, 255, 253], 254),
        ([128, 127, 129], 128),
        ([255, 255, 255], 255),
    ];
    for (colour, grey) in colours {
        assert_eq!(luma(colour), grey, "{colour:?}");
    }
}

#[test]
fn channels_become_those_of_the_network_with_a_note() {
    let colour = images([3, 1, 2], Pixels::U8(vec![255, 1, 0, 2, 0, 3]));
    let grey = colour.clone().with_channels(1);
    assert_eq!((grey.shape(), grey.pixels_f32(&[0])), ([1, 1, 2], vec![76.0 / 255.0, 2.0 / 255.0]));
    assert!(grey.notes.last().unwrap().contains("turned to grey"), "{:?}", grey.notes);
    let back = grey.with_channels(3);
    assert_eq!(back.pixels_f32(&[0]), [[76.0 / 255.0, 2.0 / 255.0]; 3].concat());
    assert_eq!(colour.clone().with_channels(3), colour);
    assert_eq!(colour.clone().with_channels(4), colour);
    let floats = images([3, 1, 1], Pixels::F32(vec![1.0, 0.5, 0.0])).with_channels(1);
    assert!((floats.pixels_f32(&[0])[0] - (0.299 + 0.2935)).abs() < 1e-6);
}
