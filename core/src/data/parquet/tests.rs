//! What `datasets` and pandas write is read, shards are whole, damage is refused.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::data::{Labels, Split, open, open_as};

/// What `datasets` and pandas write, by `make.py`.
const HUB: &[u8] = include_bytes!("hub.parquet");
const PLAIN: &[u8] = include_bytes!("plain.parquet");
const ZSTD: &[u8] = include_bytes!("zstd.parquet");
const LZ4: &[u8] = include_bytes!("lz4.parquet");
const BROTLI: &[u8] = include_bytes!("brotli.parquet");

/// The pixels of the first picture that `make.py` draws, in the order channel, row, column.
const FIRST: [u8; 18] = [95, 217, 15, 215, 248, 69, 130, 207, 163, 217, 189, 184, 194, 235, 33, 130, 16, 232];

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn refusal(path: &Path, split: Split) -> String {
    open(path, split).unwrap_err().to_string()
}

#[test]
fn what_datasets_writes_is_read_with_its_classes() {
    let folder = folder(&[("train.parquet", HUB)]);
    let path = folder.path().join("train.parquet");
    let images = open(&path, Split::Test).unwrap();
    assert_eq!((images.len(), images.shape()), (5, [3, 2, 3]));
    assert_eq!(images.pixels_f32(&[0]), FIRST.map(|value| f32::from(value) / 255.0));
    assert_eq!(images.labels, [0, 1, 2, 1, 0]);
    assert_eq!(images.classes, ["apple", "bee", "cat"]);
    let notes = images.notes.join("\n");
    assert!(notes.contains("labels of fine_label; not read: coarse_label."), "{notes}");
    assert!(notes.contains("its fine labels count"), "{notes}");
    let coarse = Reading { labels: Labels::Coarse, ..Reading::default() };
    let coarse = open_as(&path, Split::Test, &coarse).unwrap();
    assert_eq!((coarse.labels, coarse.classes), (vec![0, 1, 1, 1, 0], vec!["food".to_owned(), "animal".to_owned()]));
}

#[test]
fn texts_are_classes_in_the_order_of_their_names() {
    let folder = folder(&[("pets.parquet", PLAIN)]);
    let images = open(folder.path(), Split::Train).unwrap();
    assert_eq!(images.classes, ["ant", "cow", "dog"]);
    assert_eq!(images.labels, [2, 0, 2, 1], "both groups of rows");
    assert_eq!(images.pixels_f32(&[0]), FIRST.map(|value| f32::from(value) / 255.0));
    assert!(images.notes.iter().any(|note| note.contains("not read: id")), "{:?}", images.notes);
}

#[test]
fn a_half_is_all_its_shards_or_an_error() {
    let [first, second] = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"];
    let whole = folder(&[(second, HUB), (first, HUB), ("data/test-00000-of-00001.parquet", PLAIN), ("README.md", b"")]);
    assert_eq!(open(whole.path(), Split::Train).unwrap().len(), 10);
    assert_eq!(open(&whole.path().join("data"), Split::Test).unwrap().len(), 4);
    let alone = open(&whole.path().join(second), Split::Test).unwrap();
    assert!(alone.notes.iter().any(|note| note.contains("one of 2 files")), "{:?}", alone.notes);
    for left in [first, second] {
        let said = refusal(folder(&[(left, HUB)]).path(), Split::Train);
        assert!(said.contains("lacks the Parquet file number") && said.contains("of 2"), "{said}");
    }
    let said = refusal(folder(&[(first, HUB)]).path(), Split::Test);
    assert!(said.contains("has no test images"), "{said}");
}

#[test]
fn folders_of_halves_and_validation_are_known() {
    let halves = folder(&[("train/0000.parquet", HUB), ("train/0001.parquet", HUB), ("test/0000.parquet", PLAIN)]);
    assert_eq!(open(halves.path(), Split::Train).unwrap().len(), 10);
    assert_eq!(open(halves.path(), Split::Test).unwrap().len(), 4);
    let validation = folder(&[("train.parquet", HUB), ("validation.parquet", PLAIN)]);
    assert_eq!(open(validation.path(), Split::Test).unwrap().len(), 4);
    let both = folder(&[("test.parquet", HUB), ("validation.parquet", PLAIN)]);
    let test = open(both.path(), Split::Test).unwrap();
    assert_eq!(test.len(), 5, "the test images come first");
    assert!(
        test.notes.iter().any(|note| note.contains("1 are not read for this half: validation.parquet")),
        "{:?}",
        test.notes
    );
    let none =
        open(validation.path(), Split::Train).unwrap().notes.iter().any(|note| note.contains("not read for this half"));
    assert!(!none, "the other half is no stray");
    let folders = folder(&[("train/0.parquet", HUB), ("test/0.parquet", HUB), ("valid/0.parquet", HUB)]);
    let notes = open(folders.path(), Split::Test).unwrap().notes.join("\n");
    assert!(notes.contains("not read for this half: valid."), "{notes}");
}

#[test]
fn zstd_and_lz4_are_unpacked() {
    for file in [ZSTD, LZ4] {
        let images = open(folder(&[("a.parquet", file)]).path(), Split::Test).unwrap();
        assert_eq!(images.pixels_f32(&[0]), FIRST.map(|value| f32::from(value) / 255.0));
    }
}

#[test]
fn a_configuration_is_found_two_folders_down() {
    let one = folder(&[("default/train/0000.parquet", HUB), ("default/test/0000.parquet", PLAIN), ("README.md", b"")]);
    assert_eq!(open(one.path(), Split::Train).unwrap().len(), 5);
    assert_eq!(open(one.path(), Split::Test).unwrap().len(), 4);
    let two = folder(&[("fine/train/0000.parquet", HUB), ("coarse/train/0000.parquet", HUB)]);
    let said = refusal(two.path(), Split::Train);
    assert!(said.contains("coarse and fine") && said.contains("either could be meant"), "{said}");
    let beside = folder(&[("data/train.parquet", HUB), ("default/train/0000.parquet", HUB)]);
    let notes = open(beside.path(), Split::Train).unwrap().notes.join("\n");
    assert!(notes.contains("1 are not read for this half: default"), "{notes}");
    let begun = folder(&[("default/partial-train/0000.parquet", HUB)]);
    let notes = open(begun.path(), Split::Train).unwrap().notes.join("\n");
    assert!(notes.contains("the beginning of a larger set"), "{notes}");
    assert!(refusal(begun.path(), Split::Test).contains("has no test images"));
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let two = folder(&[("cats.parquet", HUB), ("dogs.parquet", HUB)]);
    assert!(refusal(two.path(), Split::Train).contains("either could be meant"));
    let two = folder(&[("a/x.parquet", HUB), ("b/x.parquet", HUB)]);
    assert!(refusal(two.path(), Split::Train).contains("either could be meant"));
    let other = folder(&[("train-00000-of-00002.parquet", HUB), ("train-00001-of-00002.parquet", PLAIN)]);
    let said = refusal(other.path(), Split::Train);
    assert!(said.contains("columns or classes differ"), "{said}");
    let mixed = folder(&[("train-00000-of-00002.parquet", HUB), ("train-00001-of-00003.parquet", HUB)]);
    assert!(refusal(mixed.path(), Split::Train).contains("either could be meant"));
}

#[test]
fn other_packing_and_damage_are_refused() {
    let said = refusal(folder(&[("a.parquet", BROTLI)]).path(), Split::Train);
    assert!(said.contains("BROTLI") && said.contains("snappy"), "{said}");
    for (length, whole) in
        [(ZSTD.len() / 2, ZSTD), (HUB.len() - 1, HUB), (HUB.len() / 2, HUB), (4, HUB), (PLAIN.len() - 9, PLAIN)]
    {
        let said = refusal(folder(&[("a.parquet", &whole[..length])]).path(), Split::Train);
        assert!(said.contains("cannot be read"), "{said}");
    }
}

#[test]
fn a_damaged_file_is_refused_or_read_but_never_ends_the_program() {
    let folder = folder(&[]);
    let path = folder.path().join("a.parquet");
    for (seed, file) in [HUB, PLAIN].iter().enumerate() {
        for place in (seed..file.len()).step_by(3) {
            let mut bytes = file.to_vec();
            bytes[place] ^= 1 << ((place + seed) % 8);
            fs::write(&path, &bytes).unwrap();
            let _ = open(&path, Split::Train);
        }
    }
}

#[test]
fn two_columns_of_one_name_are_refused() {
    // The schema and the columns' paths are spelled out; names of equal length keep every place in the file.
    let text = |from: &[u8], to: &[u8]| {
        let mut bytes = PLAIN.to_vec();
        for place in 0..bytes.len() - from.len() {
            if bytes[place..].starts_with(from) {
                bytes[place..place + from.len()].copy_from_slice(to);
            }
        }
        bytes
    };
    let said = refusal(folder(&[("a.parquet", &text(b"image", b"label"))]).path(), Split::Train);
    assert!(said.contains("two of its columns are called `label`"), "{said}");
}

#[test]
fn metadata_beside_pictures_is_no_set() {
    let entries = ["a/metadata.parquet", "a/.x.parquet", "a/y.PARQUET"].map(PathBuf::from);
    assert_eq!(tables(entries.to_vec()), [PathBuf::from("a/y.PARQUET")]);
}
