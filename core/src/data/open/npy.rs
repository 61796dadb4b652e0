//! Pairs of `.npy` files on a disk: images, and labels beside them.

use std::path::{Path, PathBuf};

use crate::data::folder::{is_system, name_of};
use crate::data::{DataError, Images, Reading, Split, npz};
use crate::platform::files;

/// Words in the names of images, and what stands in their place in the names of labels.
const PARTNERS: [(&str, &str); 8] = [
    ("images", "labels"),
    ("image", "label"),
    ("imgs", "labels"),
    ("data", "labels"),
    ("data", "targets"),
    ("x", "y"),
    ("X", "y"),
    ("X", "Y"),
];

/// The images of a file with the labels beside it.
pub(super) fn open_file(path: &Path, bytes: &[u8], reading: &Reading) -> Result<Images, DataError> {
    let labels = labels_beside(path)?;
    let (file, labels_file) = (path.display().to_string(), labels.display().to_string());
    npz::read_pair((&file, bytes), (&labels_file, &files::read(&labels)?), reading)
}

/// The file that holds the images of a half, where a folder has exactly one that could.
pub(super) fn images_in(path: &Path, entries: &[PathBuf], split: Split) -> Result<Option<PathBuf>, DataError> {
    let is_array = |name: &str| !is_system(name) && name.to_lowercase().ends_with(".npy");
    let arrays: Vec<&PathBuf> = entries.iter().filter(|entry| is_array(&name_of(entry))).collect();
    let images: Vec<&PathBuf> = arrays.into_iter().filter(|array| labels_beside(array).is_ok()).collect();
    let of = |half| images.iter().filter(|entry| Split::of_name(&name_of(entry)) == half).collect::<Vec<_>>();
    let mut candidates = of(Some(split));
    if candidates.is_empty() {
        candidates = of(None);
    }
    let shown = || path.display().to_string();
    match (&candidates[..], images.first()) {
        ([only], _) => Ok(Some(only.to_path_buf())),
        ([first, second, ..], _) => {
            Err(DataError::Ambiguous { path: shown(), first: name_of(first), second: name_of(second) })
        }
        ([], Some(other)) => Err(DataError::MissingHalf { path: shown(), split, found: name_of(other) }),
        ([], None) => Ok(None),
    }
}

/// The file of labels that belongs to a file of images: its partner by name, or the folder's `labels.npy`.
fn labels_beside(images: &Path) -> Result<PathBuf, DataError> {
    let name = name_of(images);
    let folder = images.parent().unwrap_or(Path::new(""));
    let partner = |(word, other): (&str, &str)| replaced(&name, word, other);
    let partners = PARTNERS.into_iter().filter_map(partner).chain(["labels.npy".to_owned()]);
    let is_labels = ["label", "target"].iter().any(|word| name.to_lowercase().contains(word))
        || name.eq_ignore_ascii_case("y.npy")
        || name.to_lowercase().starts_with("y_");
    partners
        .filter(|_| !is_labels)
        .map(|partner| folder.join(partner))
        .find(|labels| labels != images && files::exists(labels))
        .ok_or_else(|| DataError::Incomplete {
            path: folder.display().to_string(),
            wanted: format!("labels.npy, the labels of {name}"),
        })
}

/// A name with one of its words replaced; words end where letters end.
fn replaced(name: &str, word: &str, other: &str) -> Option<String> {
    let start = name.match_indices(word).map(|(start, _)| start).find(|start| {
        let before = name[..*start].chars().next_back();
        let after = name[start + word.len()..].chars().next();
        ![before, after].into_iter().flatten().any(char::is_alphabetic)
    })?;
    Some(format!("{}{other}{}", &name[..start], &name[start + word.len()..]))
}
