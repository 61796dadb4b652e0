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
    let folder = folder_with(&[("readme.md", b"hello".to_vec()), ("py/data_batch_1", vec![1])]);
    let unknown = open(&folder.path().join("readme.md"), Split::Test).unwrap_err().to_string();
    assert!(unknown.contains("readme.md is no dataset"), "{unknown}");
    let listed = open(folder.path(), Split::Test).unwrap_err().to_string();
    assert!(listed.contains("it holds py, readme.md"), "{listed}");
    let pickled = open(&folder.path().join("py"), Split::Test).unwrap_err().to_string();
    assert!(pickled.contains("fetch the binary version"), "{pickled}");
    let nothing = open(&folder.path().join("nowhere"), Split::Test).unwrap_err();
    assert!(matches!(nothing, DataError::File(_)), "{nothing}");
}
