//! From a path to images: finds the format by what is there, reads the files, hands their bytes to the reader.

mod cifar;
mod idx;
mod npy;

use std::path::{Path, PathBuf};

use super::cifar::Variant;
use super::folder::name_of;
use super::{DataError, Images, MAX_PIXEL_BYTES, Reading, Split, folder, npz, parquet};
use crate::platform::files;

/// The half `split` of the dataset at `path`, or all of it where it has no halves.
///
/// # Errors
/// As [`open_as`].
pub fn open(path: &Path, split: Split) -> Result<Images, DataError> {
    open_as(path, split, &Reading::default())
}

/// The half `split` of the dataset at `path`, or all of it where it has no halves, read as `reading` says.
///
/// `path` is one of
/// - a folder with IDX files (`train-images-idx3-ubyte`, `t10k-...`, or plain `images-...`; `.gz` as well), or an IDX
///   file of images whose labels lie beside it;
/// - the folder of CIFAR-10's or CIFAR-100's binary or Python version, or one of its files;
/// - a NumPy archive `.npz` (see [`npz::read`]), a file `.npy` with its labels beside it, or a folder with such a pair;
/// - a Parquet file with a column of pictures and one of labels, or a folder with such files, where the program reads them;
/// - a folder with one folder of pictures per class, perhaps under `train` and `test`.
///
/// # Errors
/// Nothing usable at the path, a missing half or file, and whatever the reader finds wrong.
pub fn open_as(path: &Path, split: Split, reading: &Reading) -> Result<Images, DataError> {
    let images = if files::is_dir(path) { open_folder(path, split, reading) } else { open_file(path, split, reading) };
    images?.fitted(reading)
}

fn open_folder(path: &Path, split: Split, reading: &Reading) -> Result<Images, DataError> {
    let entries = files::list(path)?;
    if let Some(version) = cifar::version(&entries, reading.labels) {
        return cifar::open_folder(path, version, split);
    }
    if entries.iter().any(|entry| idx::is_images(&name_of(entry))) {
        return idx::open_folder(path, &entries, split);
    }
    if let Some(images) = npy::images_in(path, &entries, split)? {
        return npy::open_file(&images, &files::read(&images)?, reading);
    }
    if let Some(images) = parquet::open_folder(path, &entries, split, reading)? {
        return Ok(images);
    }
    match open_inside(path, &entries, split, reading)? {
        Some(images) => Ok(images),
        None => folder::open(path, split, reading),
    }
}

/// The set in a folder below: an archive unpacks to a folder of its own, and hubs keep files in `data`, in a folder of the half's name, or in
/// such folders of each configuration.
fn open_inside(path: &Path, entries: &[PathBuf], split: Split, reading: &Reading) -> Result<Option<Images>, DataError> {
    let (mut folders, mut configurations) = (Vec::new(), Vec::new());
    for inner in entries.iter().filter(|entry| files::is_dir(entry)) {
        let listed = files::list(inner)?;
        if let Some(version) = cifar::version(&listed, reading.labels) {
            return cifar::open_folder(inner, version, split).map(Some);
        }
        if parquet::is_configuration(&listed)? {
            configurations.push(inner.clone());
        }
        folders.push((inner.clone(), parquet::tables(listed)));
    }
    let Some((inner, listed)) = parquet::inside(path, &folders, split)? else {
        let configuration = parquet::only(path, &configurations)?;
        return configuration.map(|configuration| open_folder(configuration, split, reading)).transpose();
    };
    let Some(mut images) = parquet::open_folder(inner, listed, split, reading)? else { return Ok(None) };
    let filled = folders.iter().filter(|(_, tables)| !tables.is_empty()).map(|(folder, _)| folder);
    let others: Vec<PathBuf> = filled.chain(&configurations).cloned().collect();
    images.notes.extend(parquet::unread(path, &others, std::slice::from_ref(inner), split));
    Ok(Some(images))
}

fn open_file(path: &Path, split: Split, reading: &Reading) -> Result<Images, DataError> {
    let file = path.display().to_string();
    // A wrong file may have gigabytes: its first bytes and its length decide whether the rest is read.
    let (head, size) = files::read_start(path, 16)?;
    if parquet::looks_like(&head) {
        return parquet::open_file(path, reading);
    }
    if is_packed(path) {
        let found = "it is an archive of files; unpack it and give the folder".to_owned();
        return Err(DataError::Unknown { path: file, found });
    }
    let kind = Kind::of(path, &head, size, reading);
    let Some(kind) = kind else {
        return Err(DataError::Unknown { path: file, found: "its content has no known format".to_owned() });
    };
    if size > MAX_PIXEL_BYTES {
        return Err(DataError::TooLarge { file, bytes: size, limit: MAX_PIXEL_BYTES });
    }
    let bytes = files::read(path)?;
    match kind {
        Kind::Archive => npz::read(&file, &bytes, split, reading),
        Kind::Array => npy::open_file(path, &bytes, reading),
        Kind::Idx => idx::open_file(path, &bytes),
        Kind::Pickle => cifar::open_pickled(path, &bytes, reading.labels),
        Kind::Binary(variant) => cifar::open_binary(path, &bytes, variant),
    }
}

/// Whether a file is an archive as image sets are fetched in, by its name: what begins as gzip may be an IDX file.
fn is_packed(path: &Path) -> bool {
    let name = name_of(path).to_lowercase();
    [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar"].iter().any(|ending| name.ends_with(ending))
}

/// What a file is.
enum Kind {
    Archive,
    Array,
    Idx,
    Pickle,
    Binary(Variant),
}

impl Kind {
    /// By the file's first bytes; CIFAR's binary files, which begin with anything, by their ending and length.
    fn of(path: &Path, head: &[u8], size: u64, reading: &Reading) -> Option<Self> {
        let is_bin = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("bin"));
        let length = usize::try_from(size).ok().filter(|_| is_bin);
        if npz::looks_like(head) {
            Some(Self::Archive)
        } else if npz::looks_like_array(head) {
            Some(Self::Array)
        } else if super::idx::looks_like(head) {
            Some(Self::Idx)
        } else if super::cifar::looks_like(head) && !is_bin {
            Some(Self::Pickle)
        } else {
            length.and_then(|length| Variant::of_length(length, reading.labels)).map(Self::Binary)
        }
    }
}

#[cfg(test)]
mod tests;
