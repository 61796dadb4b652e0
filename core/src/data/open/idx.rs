//! IDX files on a disk: which belong together.

use std::path::{Path, PathBuf};

use crate::data::folder::{is_system, name_of};
use crate::data::{DataError, Images, Split, idx};
use crate::platform::files;

/// Whether a file's name is that of a file of images.
pub(super) fn is_images(name: &str) -> bool {
    let name = name.to_lowercase();
    !is_system(&name) && name.contains("images") && (name.contains("idx3") || name.contains("idx4"))
}

/// The half of a folder with IDX files.
pub(super) fn open_folder(path: &Path, entries: &[PathBuf], split: Split) -> Result<Images, DataError> {
    let images: Vec<&PathBuf> = entries.iter().filter(|entry| is_images(&name_of(entry))).collect();
    let of = |half: Option<Split>| {
        images.iter().copied().filter(|entry| Split::of_name(&name_of(entry)) == half).collect::<Vec<_>>()
    };
    let mut candidates = of(Some(split));
    if candidates.is_empty() {
        candidates = of(None);
    }
    let shown = path.display().to_string();
    let Some((images, others)) = candidates.split_first() else {
        let found = images.first().map(|entry| name_of(entry)).unwrap_or_default();
        return Err(DataError::MissingHalf { path: shown, split, found });
    };
    // The same file plain and gzipped is one file; `list` sorts the plain one first.
    let plain = name_of(images);
    if let Some(second) = others.iter().map(|other| name_of(other)).find(|other| *other != format!("{plain}.gz")) {
        return Err(DataError::Ambiguous { path: shown, first: plain, second });
    }
    let bytes = files::read(images)?;
    read_idx(&name_of(path), (images, &bytes), &labels_beside(images)?)
}

/// The images of a file with the labels beside it.
pub(super) fn open_file(path: &Path, bytes: &[u8]) -> Result<Images, DataError> {
    read_idx(&name_of(path), (path, bytes), &labels_beside(path)?)
}

/// The file of labels that belongs to a file of images: the same name with `labels` and `idx1`, gzipped or not.
fn labels_beside(images: &Path) -> Result<PathBuf, DataError> {
    let name = name_of(images).replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1");
    let plain = name.strip_suffix(".gz").unwrap_or(&name);
    let folder = images.parent().unwrap_or(Path::new(""));
    [name.clone(), plain.to_owned(), format!("{plain}.gz")]
        .iter()
        .map(|name| folder.join(name))
        .find(|labels| labels != images && files::exists(labels))
        .ok_or_else(|| DataError::Incomplete {
            path: folder.display().to_string(),
            wanted: format!("{name}, the labels of {}", name_of(images)),
        })
}

fn read_idx(name: &str, images: (&Path, &[u8]), labels: &Path) -> Result<Images, DataError> {
    let label_bytes = files::read(labels)?;
    let (images_file, labels_file) = (images.0.display().to_string(), labels.display().to_string());
    idx::read(
        name,
        idx::Source { file: &images_file, bytes: images.1 },
        idx::Source { file: &labels_file, bytes: &label_bytes },
    )
}
