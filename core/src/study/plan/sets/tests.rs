//! Sets on a disk as a study gets them: matched by name, drawn, converted, and said.

use std::path::Path;

use bytes::Bytes;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage};
use tempfile::TempDir;

use super::*;
use crate::data::Order;
use crate::study::{FileSources, Shelf};

/// A shelf with nothing on it.
struct Bare;

impl Shelf for Bare {
    fn model(&self, _name: &str) -> Option<Bytes> {
        None
    }

    fn images(&self, _name: &str) -> Result<Option<Images>, StudyError> {
        Ok(None)
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A folder of pictures of 2 x 2 pixels, of the value that comes with the name.
fn pictures(files: &[(String, u8)], colour: bool) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let grey = GrayImage::from_pixel(2, 2, Luma([*value]));
        let picture: DynamicImage =
            if colour { RgbImage::from_pixel(2, 2, Rgb([*value, 0, 0])).into() } else { grey.into() };
        picture.save_with_format(path, ImageFormat::Png).unwrap();
    }
    folder
}

/// Ten classes with so many pictures each in both halves, all different.
fn classes(each: usize, colour: bool) -> TempDir {
    let of = |half, from: usize| {
        (0..10 * each)
            .map(move |place| (format!("{half}/class{}/{}.png", place / each, place % each), (from + place) as u8))
    };
    pictures(&of("train", 0).chain(of("test", 100)).collect::<Vec<_>>(), colour)
}

fn recipe(set: &Path) -> DataRecipe {
    let set = set.display().to_string();
    DataRecipe { train: set.clone(), test: set, ..DataRecipe::default() }
}

fn load(data: &DataRecipe, classes: usize, image: [usize; 3]) -> Result<Sets, StudyError> {
    Sets::load(data, &FileSources { shelf: &Bare }, Taker { reference: "net.onnx", classes, image })
}

fn has(notes: &[String], text: &str) -> bool {
    notes.iter().any(|note| note.contains(text))
}

#[test]
fn classes_are_matched_by_name_over_both_halves() {
    let set = classes(2, false);
    std::fs::remove_dir_all(set.path().join("test/class4")).unwrap();
    let sets = load(&recipe(set.path()), 10, [1, 2, 2]).unwrap();
    assert_eq!(sets.test.labels, [0, 0, 1, 1, 2, 2, 3, 3, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9]);
    assert!(has(&sets.notes, "lacks 1 of the 10 classes") && has(&sets.notes, "class4"), "{:?}", sets.notes);
    std::fs::rename(set.path().join("test/class5"), set.path().join("test/klasse5")).unwrap();
    let text = load(&recipe(set.path()), 10, [1, 2, 2]).err().unwrap().to_string();
    assert!(text.contains("only the second has klasse5"), "{text}");
}

#[test]
fn some_of_a_folder_are_of_all_classes() {
    let set = classes(5, false);
    let data = DataRecipe { train_images: Some(10), test_images: Some(20), ..recipe(set.path()) };
    let sets = load(&data, 10, [1, 2, 2]).unwrap();
    let of = |images: &Images, class| images.labels.iter().filter(|label| **label == class).count();
    assert!((0..10).all(|class| of(&sets.train, class) == 1 && of(&sets.test, class) == 2));
    assert!(
        has(&sets.notes, "10 of the 50 training images") && has(&sets.notes, "20 of the 50 test images"),
        "{:?}",
        sets.notes
    );
    let first = DataRecipe { order: Order::First, ..data };
    let sets = load(&first, 10, [1, 2, 2]).unwrap();
    assert_eq!(sets.train.labels, [[0; 5], [1; 5]].concat());
    assert!(has(&sets.notes, "of 2 of 10 classes"), "{:?}", sets.notes);
    let many = DataRecipe { train_images: Some(51), ..first };
    assert!(load(&many, 10, [1, 2, 2]).err().unwrap().to_string().contains("ask for fewer"));
}

#[test]
fn grey_and_colour_become_what_the_network_takes_in_both_halves() {
    let sets = load(&recipe(classes(1, false).path()), 10, [3, 2, 2]).unwrap();
    assert_eq!((sets.train.shape(), sets.test.shape()), ([3, 2, 2], [3, 2, 2]));
    assert_eq!(sets.test.pixels_f32(&[0]), [100.0 / 255.0; 12]);
    assert!(has(&sets.notes, "repeated as red, green and blue"), "{:?}", sets.notes);
    let sets = load(&recipe(classes(1, true).path()), 10, [1, 2, 2]).unwrap();
    assert_eq!(sets.test.pixels_f32(&[0]), [30.0 / 255.0; 4]);
    assert!(has(&sets.notes, "turned to grey"), "{:?}", sets.notes);
}

#[test]
fn other_sizes_are_refused_with_the_key_that_fits_them() {
    let set = classes(1, false);
    let text = load(&recipe(set.path()), 10, [1, 4, 4]).err().unwrap().to_string();
    assert!(text.contains("[1, 2, 2]") && text.contains("fit = "), "{text}");
    let mut data = recipe(set.path());
    data.reading.fit = Fit::Resize;
    let sets = load(&data, 10, [1, 4, 4]).unwrap();
    assert_eq!((sets.train.shape(), sets.test.shape()), ([1, 4, 4], [1, 4, 4]));
}

#[test]
fn the_same_images_for_training_and_test_are_said() {
    let set = classes(1, false);
    let half = set.path().join("train").display().to_string();
    let data = DataRecipe { train: half.clone(), test: half, ..DataRecipe::default() };
    let sets = load(&data, 10, [1, 2, 2]).unwrap();
    assert!(has(&sets.notes, "10 of the 10 test images are training images too"), "{:?}", sets.notes);
    assert!(!has(&load(&recipe(set.path()), 10, [1, 2, 2]).unwrap().notes, "pixel for pixel"));
}

#[test]
fn classes_that_a_network_does_not_know_or_that_do_not_fill_it_are_said() {
    let set = classes(1, false);
    let text = load(&recipe(set.path()), 9, [1, 2, 2]).err().unwrap().to_string();
    assert!(text.contains("label 9") && text.contains("knows only 9 classes"), "{text}");
    let sets = load(&recipe(set.path()), 12, [1, 2, 2]).unwrap();
    assert!(has(&sets.notes, "class_to_index.json"), "{:?}", sets.notes);
}

#[test]
fn a_window_shows_the_test_images_of_the_study() {
    let set = classes(3, false);
    std::fs::remove_dir_all(set.path().join("test/class4")).unwrap();
    let data = DataRecipe { test_images: Some(12), ..recipe(set.path()) };
    // One path for both halves, and a path for each.
    let apart = DataRecipe {
        train: set.path().join("train").display().to_string(),
        test: set.path().join("test").display().to_string(),
        ..data.clone()
    };
    for data in [data, apart] {
        let sets = load(&data, 10, [3, 2, 2]).unwrap();
        let shown = shown_images(&data, &FileSources { shelf: &Bare }, [3, 2, 2]).unwrap();
        assert_eq!((shown.labels, shown.places), (sets.test.labels, sets.test.places));
    }
}
