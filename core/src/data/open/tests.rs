//! Datasets as they lie on disks, made small.

use super::*;
use crate::data::cifar::tests::record;
use crate::data::folder::tests::png;
use crate::data::idx::tests::{file, gzip};
use tempfile::TempDir;

/// A folder with these files; `/` in a name makes folders.
fn folder_with(entries: &[(&str, Vec<u8>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in entries {
        let path = folder.path().join(name);
        files::create_dir_all(path.parent().unwrap()).unwrap();
        files::write_atomic(&path, bytes).unwrap();
    }
    folder
}

fn grey(value: u8) -> Vec<u8> {
    file(&[1, 1, 1], &[value])
}

fn label(value: u8) -> Vec<u8> {
    file(&[1], &[value])
}

#[test]
fn an_idx_folder_has_its_own_halves() {
    let folder = folder_with(&[
        ("train-images-idx3-ubyte.gz", gzip(&grey(0))),
        ("train-labels-idx1-ubyte.gz", gzip(&label(1))),
        ("t10k-images-idx3-ubyte", grey(255)),
        ("t10k-images-idx3-ubyte.gz", gzip(&grey(255))),
        ("t10k-labels-idx1-ubyte.gz", gzip(&label(2))),
    ]);
    let train = open(folder.path(), Split::Train).unwrap();
    let test = open(folder.path(), Split::Test).unwrap();
    assert_eq!((train.labels[0], train.pixels_f32(&[0])[0]), (1, 0.0));
    assert_eq!((test.labels[0], test.pixels_f32(&[0])[0]), (2, 1.0));
    let direct = open(&folder.path().join("train-images-idx3-ubyte.gz"), Split::Test).unwrap();
    assert_eq!(direct.labels, train.labels);
}

#[test]
fn an_idx_folder_without_halves_serves_both() {
    let folder = folder_with(&[("images-idx3-ubyte.gz", gzip(&grey(9))), ("labels-idx1-ubyte.gz", gzip(&label(0)))]);
    assert_eq!(open(folder.path(), Split::Train).unwrap(), open(folder.path(), Split::Test).unwrap());
}

#[test]
fn missing_and_doubled_idx_files_are_named() {
    let half = folder_with(&[("t10k-images-idx3-ubyte", grey(0))]);
    let train = open(half.path(), Split::Train).unwrap_err();
    assert!(matches!(train, DataError::MissingHalf { split: Split::Train, .. }), "{train}");
    let labels = open(half.path(), Split::Test).unwrap_err().to_string();
    assert!(labels.contains("t10k-labels-idx1-ubyte"), "{labels}");
    let two = folder_with(&[("a-train-images-idx3-ubyte", grey(0)), ("b-train-images-idx3-ubyte", grey(0))]);
    let both = open(two.path(), Split::Train).unwrap_err().to_string();
    assert!(both.contains("a-train") && both.contains("b-train"), "{both}");
}

#[test]
fn a_cifar_folder_has_its_own_halves_and_names() {
    let mut entries: Vec<(String, Vec<u8>)> =
        (1..=5).map(|n| (format!("cifar-10-batches-bin/data_batch_{n}.bin"), record(n, n))).collect();
    entries.push(("cifar-10-batches-bin/test_batch.bin".into(), record(9, 255)));
    let names = (0..10).map(|n| format!("class{n}\n")).collect::<String>();
    entries.push(("cifar-10-batches-bin/batches.meta.txt".into(), names.into_bytes()));
    let entries: Vec<_> = entries.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let outer = folder_with(&entries);
    let inner = outer.path().join("cifar-10-batches-bin");
    for path in [outer.path(), &inner] {
        assert_eq!(open(path, Split::Train).unwrap().labels, [1, 2, 3, 4, 5]);
        let test = open(path, Split::Test).unwrap();
        assert_eq!((test.labels[0], test.classes[9].as_str()), (9, "class9"));
    }
    assert_eq!(open(&inner.join("data_batch_3.bin"), Split::Test).unwrap().labels, [3]);
    std::fs::remove_file(inner.join("data_batch_4.bin")).unwrap();
    let missing = open(&inner, Split::Train).unwrap_err().to_string();
    assert!(missing.contains("lacks data_batch_4.bin"), "{missing}");
}

#[test]
fn class_folders_are_sorted_and_may_have_halves() {
    let folder = folder_with(&[
        ("train/dog/1.png", png(1, 1, [255; 3])),
        ("train/cat/1.png", png(1, 1, [0; 3])),
        ("train/cat/notes.txt", vec![]),
        ("test/cat/2.png", png(1, 1, [255; 3])),
    ]);
    let train = open(folder.path(), Split::Train).unwrap();
    assert_eq!((&train.labels[..], train.classes.join(" ")), (&[0, 1][..], "cat dog".to_owned()));
    assert_eq!(open(folder.path(), Split::Test).unwrap().pixels_f32(&[0]), [1.0; 3]);
    let test_only = open(&folder.path().join("test"), Split::Train).unwrap();
    assert_eq!(test_only.len(), 1);
    std::fs::remove_dir_all(folder.path().join("test")).unwrap();
    let missing = open(folder.path(), Split::Test).unwrap_err();
    assert!(matches!(missing, DataError::MissingHalf { .. }), "{missing}");
}

#[test]
fn a_class_may_be_called_train() {
    let folder = folder_with(&[("train/1.png", png(1, 1, [0; 3])), ("ship/1.png", png(1, 1, [0; 3]))]);
    assert_eq!(open(folder.path(), Split::Test).unwrap().classes, ["ship", "train"]);
}

#[test]
fn what_is_no_dataset_is_told_so() {
    let folder =
        folder_with(&[("readme.md", b"hello".to_vec()), ("py/notes", vec![1]), ("pickled/data_batch_1", vec![1])]);
    let unknown = open(&folder.path().join("readme.md"), Split::Test).unwrap_err().to_string();
    assert!(unknown.contains("readme.md is no dataset"), "{unknown}");
    let listed = open(&folder.path().join("py"), Split::Test).unwrap_err().to_string();
    assert!(listed.contains("it holds notes"), "{listed}");
    let pickled = open(&folder.path().join("pickled"), Split::Test).unwrap_err().to_string();
    assert!(pickled.contains("lacks test_batch"), "{pickled}");
    let nothing = open(&folder.path().join("nowhere"), Split::Test).unwrap_err();
    assert!(matches!(nothing, DataError::File(_)), "{nothing}");
}

/// A pickled batch of one image, kept with the reader's tests.
const BATCH: &[u8] = include_bytes!("../cifar/python/protocol-2.pickle");
const HUNDRED: &[u8] = include_bytes!("../cifar/python/hundred.pickle");

#[test]
fn cifars_python_version_is_read_from_the_folder_the_one_around_it_and_a_batch() {
    let mut entries: Vec<(String, Vec<u8>)> =
        (1..=5).map(|n| (format!("cifar-10-batches-py/data_batch_{n}"), BATCH.to_vec())).collect();
    entries.push(("cifar-10-batches-py/test_batch".into(), BATCH.to_vec()));
    entries.push(("cifar-10-batches-py/readme.html".into(), b"<html>".to_vec()));
    let entries: Vec<_> = entries.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let outer = folder_with(&entries);
    let inner = outer.path().join("cifar-10-batches-py");
    for path in [outer.path(), &inner] {
        assert_eq!(open(path, Split::Train).unwrap().labels, [7; 5]);
        let test = open(path, Split::Test).unwrap();
        assert_eq!((&test.labels[..], test.classes[7].as_str()), (&[7][..], "horse"));
    }
    assert_eq!(open(&inner.join("data_batch_3"), Split::Test).unwrap().labels, [7]);

    let hundred =
        folder_with(&[("train", HUNDRED.to_vec()), ("test", HUNDRED.to_vec()), ("meta", b"\x80\x02}.".to_vec())]);
    let nameless = open(hundred.path(), Split::Train).unwrap_err().to_string();
    assert!(nameless.contains("fine_label_names"), "{nameless}");
    std::fs::remove_file(hundred.path().join("meta")).unwrap();
    assert_eq!(open(&hundred.path().join("train"), Split::Train).unwrap().labels, [41]);
    let coarse = Reading { labels: crate::data::Labels::Coarse, ..Reading::default() };
    assert_eq!(open_as(&hundred.path().join("test"), Split::Train, &coarse).unwrap().labels, [7]);
}

/// An npy file of bytes.
fn npy(shape: &str, values: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &u16::try_from(text.len()).unwrap().to_le_bytes()[..], text.as_bytes(), values].concat()
}

#[test]
fn npy_files_find_the_labels_beside_them() {
    let (images, labels) = (npy("(2, 1, 1)", &[9; 2]), npy("(2,)", &[4, 2]));
    let pairs = [
        ("fog.npy", "labels.npy"),
        ("cifar10.1_v6_data.npy", "cifar10.1_v6_labels.npy"),
        ("x_test.npy", "y_test.npy"),
        ("X.npy", "y.npy"),
        ("test_images.npy", "test_labels.npy"),
    ];
    for (first, second) in pairs {
        let folder = folder_with(&[(first, images.clone()), (second, labels.clone())]);
        for path in [folder.path().to_path_buf(), folder.path().join(first)] {
            assert_eq!(open(&path, Split::Test).unwrap().labels, [4, 2], "{first} {second}");
        }
    }
    let two = folder_with(&[("fog.npy", images.clone()), ("snow.npy", images.clone()), ("labels.npy", labels)]);
    let both = open(two.path(), Split::Test).unwrap_err().to_string();
    assert!(both.contains("fog.npy") && both.contains("snow.npy") && both.contains("give the file itself"), "{both}");
    let bare = folder_with(&[("fog.npy", images)]);
    let missing = open(&bare.path().join("fog.npy"), Split::Test).unwrap_err().to_string();
    assert!(missing.contains("lacks labels.npy"), "{missing}");
}

#[test]
fn any_set_can_be_brought_to_another_size() {
    let folder =
        folder_with(&[("images-idx3-ubyte", file(&[1, 2, 2], &[0, 0, 255, 255])), ("labels-idx1-ubyte", label(1))]);
    let reading = Reading { size: Some([4, 4]), fit: crate::data::Fit::Resize, ..Reading::default() };
    let images = open_as(folder.path(), Split::Test, &reading).unwrap();
    assert_eq!(images.shape(), [1, 4, 4]);
    assert!(images.notes[0].contains("2x2 are brought to 4x4"), "{:?}", images.notes);
}

#[test]
fn an_archive_of_files_is_to_be_unpacked() {
    let folder = folder_with(&[("cifar-10-python.tar.gz", gzip(b"x"))]);
    let said = open(&folder.path().join("cifar-10-python.tar.gz"), Split::Test).unwrap_err().to_string();
    assert!(said.contains("unpack it"), "{said}");
}
