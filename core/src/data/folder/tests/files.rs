//! Folders as people have them: what is read, in which order, under which numbers, and what is left out.

use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;

use super::super::halves::Halves;
use super::super::set::open;
use super::super::walk::subfolders;
use super::*;
use crate::data::{ClassOrder, Split};

/// A folder with these files; `/` in a name makes folders.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

/// A grey picture of one pixel.
fn dot(value: u8) -> Vec<u8> {
    encoded(&GrayImage::from_pixel(1, 1, image::Luma([value])).into(), ImageFormat::Png)
}

/// A folder of pictures of one pixel, each with its place in the list as its value.
fn pictures(names: &[&str]) -> TempDir {
    let dots: Vec<Vec<u8>> = (0..).zip(names).map(|(value, _)| dot(value)).collect();
    folder(&names.iter().copied().zip(dots.iter().map(Vec::as_slice)).collect::<Vec<_>>())
}

fn read(folder: &Path, split: Split) -> Images {
    open(folder, split, &Reading::default()).unwrap()
}

/// The values of the pictures in order.
fn values(images: &Images) -> Vec<u8> {
    images
        .pixels_f32(&(0..images.len()).collect::<Vec<_>>())
        .iter()
        .map(|value| (value * 255.0).round() as u8)
        .collect()
}

#[test]
fn folders_in_class_folders_are_read_in_torchvisions_order() {
    let set = pictures(&["cat/b.png", "cat/a/2.png", "cat/a-b/1.png", "cat/a/deep/0.png", "cat/c.png", "dog/x.png"]);
    let images = read(set.path(), Split::Test);
    assert_eq!((values(&images), &images.labels[..]), (vec![0, 4, 1, 2, 3, 5][..].to_vec(), &[0, 0, 0, 0, 0, 1][..]));
}

#[test]
fn what_is_not_read_is_counted_by_kind() {
    let png = dot(1);
    let files: Vec<(&str, &[u8])> = vec![
        ("cat/1.png", &png),
        ("cat/._1.png", b"mac"),
        ("cat/.DS_Store", b""),
        ("cat/Thumbs.db", b""),
        ("__MACOSX/cat/._1.png", b"mac"),
        ("cat/2.heic", b""),
        ("cat/inner/3.heic", b""),
        ("dog/1.PNG", &png),
        ("dog/notes", b""),
        ("above.png", &png),
    ];
    let set = folder(&files);
    let images = read(set.path(), Split::Test);
    assert_eq!((images.len(), images.left_out.count()), (2, 8));
    let note = images.notes.last().unwrap();
    for part in ["8 files", "2 of kind .heic", "4 of the system", "1 without an ending", "1 pictures outside"] {
        assert!(note.contains(part), "{part}: {note}");
    }
}

#[test]
fn a_class_folder_without_pictures_is_a_class_and_said() {
    let png = dot(1);
    let set = folder(&[("ant/1.png", &png), ("bee/readme.txt", b""), ("cat/1.png", &png)]);
    let images = read(set.path(), Split::Test);
    assert_eq!((&images.labels[..], images.classes.join(" ")), (&[0, 2][..], "ant bee cat".to_owned()));
    assert!(images.notes.iter().any(|note| note.contains("no picture lies in bee")), "{:?}", images.notes);
}

#[test]
fn one_half_alone_is_numbered_as_the_half_with_more_classes() {
    let folder = pictures(&["train/a/0.png", "train/b/0.png", "train/c/0.png", "test/a/1.png", "test/c/1.png"]);
    let test = read(folder.path(), Split::Test);
    assert_eq!((test.labels.as_slice(), test.classes.join(" ")), ([0, 2].as_slice(), "a b c".to_owned()));
    assert!(test.notes.iter().any(|note| note.contains("lacks 1 of the 3 classes")), "{:?}", test.notes);
    let train = read(folder.path(), Split::Train);
    assert_eq!((train.labels.as_slice(), train.notes.len()), ([0, 1, 2].as_slice(), 0));
}

#[test]
fn halves_whose_classes_differ_are_refused_even_when_one_is_read_alone() {
    let folder = pictures(&["train/a/0.png", "train/b/0.png", "test/a/1.png", "test/d/1.png"]);
    let error = open(folder.path(), Split::Test, &Reading::default()).unwrap_err().to_string();
    assert!(error.contains('b') && error.contains('d'), "{error}");
}

#[test]
fn numbers_without_a_gap_are_in_number_order_and_others_in_torchvisions() {
    let names: Vec<String> = (0..12).map(|class| format!("{class}/1.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let set = pictures(&names);
    let images = read(set.path(), Split::Test);
    assert_eq!((values(&images), &images.labels), ((0..12).collect(), &(0..12).collect()));
    assert!(images.notes[0].contains("class_order = \"text\""), "{:?}", images.notes);
    let text = Reading { class_order: ClassOrder::Text, ..Reading::default() };
    let sorted = open(set.path(), Split::Test, &text).unwrap();
    assert_eq!(values(&sorted), [0, 1, 10, 11, 2, 3, 4, 5, 6, 7, 8, 9]);

    let angles = pictures(&["0/a.png", "90/a.png", "180/a.png", "270/a.png"]);
    let images = read(angles.path(), Split::Test);
    assert_eq!((images.classes.join(" "), values(&images)), ("0 180 270 90".to_owned(), vec![0, 2, 3, 1]));
    assert!(images.notes[0].contains("class_order = \"number\""), "{:?}", images.notes);
    let number = Reading { class_order: ClassOrder::Number, ..Reading::default() };
    assert_eq!(values(&open(angles.path(), Split::Test, &number).unwrap()), [0, 1, 2, 3]);
    let words = pictures(&["cat/a.png", "dog/a.png"]);
    let text = open(words.path(), Split::Test, &number).unwrap_err().to_string();
    assert!(text.starts_with("cat:"), "{text}");
}

#[test]
fn a_list_of_classes_gives_the_numbers() {
    let (one, two) = (dot(1), dot(2));
    let lists: [(&str, &[u8]); 7] = [
        ("class_to_index.json", br#"{"dog": 0, "cat": 3, "eel": 4}"#),
        ("class_to_index.json", br#"{"0": "dog", "3": "cat", "4": "eel"}"#),
        ("imagenet_class_index.json", br#"{"0": ["dog", "Dog"], "3": ["cat", "tabby"], "4": ["eel", "eel"]}"#),
        ("class_to_idx.json", br#"["dog", "b", "c", "cat", "eel"]"#),
        ("class_to_idx.txt", b"dog 0\ncat 3\neel 4\n"),
        ("class_to_index.txt", b"0,dog\r\n3,cat\r\n\r\n4,eel"),
        ("class_to_index.txt", b"dog\nb\nc\ncat\neel\n"),
    ];
    for (name, list) in lists {
        let set = folder(&[("test/cat/1.png", &one), ("test/dog/2.png", &two), (name, list)]);
        for path in [set.path().to_path_buf(), set.path().join("test")] {
            let images = read(&path, Split::Test);
            assert_eq!((values(&images), &images.labels[..]), (vec![2, 1], &[0, 3][..]), "{name}");
            assert_eq!((images.classes[3].as_str(), images.classes.len()), ("cat", 5), "{name}");
        }
    }
    let broken: [(&[u8], &str); 3] = [
        (br#"{"dog": 0}"#, "no number for the class folder cat"),
        (br#"{"dog": 0, "cat": 0}"#, "the same number"),
        (b"{", "cannot be read"),
    ];
    for (list, why) in broken {
        let set = folder(&[("cat/1.png", &one), ("dog/2.png", &two), ("class_to_index.json", list)]);
        let text = open(set.path(), Split::Test, &Reading::default()).unwrap_err().to_string();
        assert!(text.contains(why) && text.contains("class_to_index.json"), "{text}");
    }
}

#[test]
fn tiny_imagenets_val_is_read_by_its_list() {
    let dots: Vec<Vec<u8>> = (0..6).map(dot).collect();
    let list = b"val_0.png\tn02\t0\t0\t9\t9\nval_1.png\tn01\t0\t0\t9\t9\n";
    let set = folder(&[
        ("train/n01/images/n01_0.png", &dots[0]),
        ("train/n01/n01_boxes.txt", b""),
        ("train/n02/images/n02_0.png", &dots[1]),
        ("train/n03/images/n03_0.png", &dots[2]),
        ("val/images/val_0.png", &dots[3]),
        ("val/images/val_1.png", &dots[4]),
        ("val/images/val_2.png", &dots[5]),
        ("val/val_annotations.txt", list),
        ("test/images/test_0.png", &dots[0]),
        ("wnids.txt", b"n02\nn01\nn03\n"),
    ]);
    let (train, test) = (read(set.path(), Split::Train), read(set.path(), Split::Test));
    assert_eq!((values(&train), &train.labels[..]), (vec![0, 1, 2], &[0, 1, 2][..]));
    assert_eq!(
        (values(&test), &test.labels[..], test.classes.join(" ")),
        (vec![3, 4], &[1, 0][..], "n01 n02 n03".to_owned())
    );
    assert!(
        test.notes[0].contains("without a label")
            || test.notes.iter().any(|note| note.contains("pictures without a label"))
    );
    assert_eq!(read(&set.path().join("val"), Split::Test).labels, [1, 0]);
    std::fs::remove_file(set.path().join("val/images/val_1.png")).unwrap();
    let missing = open(set.path(), Split::Test, &Reading::default()).unwrap_err().to_string();
    assert!(missing.contains("lacks val_1.png"), "{missing}");
}

#[test]
fn of_two_halves_for_testing_one_is_read_and_the_other_said() {
    let set = pictures(&["train/a/1.png", "val/a/1.png", "test/a/1.png", "test/a/2.png"]);
    let images = read(set.path(), Split::Test);
    assert_eq!((images.len(), images.left_out.count()), (2, 1));
    assert!(images.notes.iter().any(|note| note.contains("val beside it is not read")), "{:?}", images.notes);
}

#[test]
fn a_class_called_train_may_have_folders() {
    let set = pictures(&["ship/1.png", "train/1.png", "train/more/2.png"]);
    let images = read(set.path(), Split::Test);
    assert_eq!((&images.labels[..], images.classes.join(" ")), (&[0, 1, 1][..], "ship train".to_owned()));
}

/// A name of a file or folder, some of which mean something.
fn part() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 13] = [
        "train",
        "test",
        "val",
        "images",
        "cat",
        "1",
        "10",
        ".git",
        "__MACOSX",
        "Thumbs.db",
        "._x.png",
        "a.txt",
        "desktop.ini",
    ];
    prop_oneof![proptest::sample::select(&KNOWN[..]).prop_map(str::to_owned), "[a-c]{1,2}"]
}

fn file() -> impl Strategy<Value = (Vec<String>, String)> {
    const ENDINGS: [&str; 8] = ["png", "PNG", "jpg", "bmp", "txt", "heic", "npz", ""];
    let name = (part(), proptest::sample::select(&ENDINGS[..])).prop_map(|(stem, ending)| format!("{stem}.{ending}"));
    (proptest::collection::vec(part(), 0..4), name)
}

/// How many files lie at or below a path.
fn count(path: &Path) -> usize {
    let entries = std::fs::read_dir(path)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    let entries: Vec<std::path::PathBuf> = entries;
    entries.iter().map(|entry| if entry.is_dir() { count(entry) } else { 1 }).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn images_read_and_files_left_out_are_all_files(files in proptest::collection::vec(file(), 1..24)) {
        let root = tempfile::tempdir().unwrap();
        let png = dot(9);
        for (folders, name) in &files {
            let folder = folders.iter().fold(root.path().to_path_buf(), |path, part| path.join(part));
            // A file may already be where a folder should be.
            if std::fs::create_dir_all(&folder).is_ok() && !folder.join(name).exists() {
                std::fs::write(folder.join(name), &png).unwrap();
            }
        }
        let [train, test] = [Split::Train, Split::Test].map(|split| open(root.path(), split, &Reading::default()));
        let all = count(root.path());
        let books = |images: &Images| images.len() + images.left_out.count();
        let halves = crate::platform::files::list(root.path()).unwrap();
        let halves = Halves::of(&subfolders(&halves)).unwrap();
        let of = |split| halves.get(split).map_or(0, |half| count(half));
        // The files of the other half are not this half's.
        if let Ok(train) = train {
            prop_assert_eq!(books(&train) + of(Split::Test), all);
        }
        if let Ok(test) = test {
            prop_assert_eq!(books(&test) + of(Split::Train), all);
        }
    }
}
