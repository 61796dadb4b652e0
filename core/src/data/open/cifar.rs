//! CIFAR's files on a disk: the binary version and Python's.

use std::path::{Path, PathBuf};

use crate::data::cifar::{self, Variant};
use crate::data::folder::name_of;
use crate::data::{DataError, Images, Labels, Split};
use crate::platform::files;

/// One of the four ways in which CIFAR is handed out.
#[derive(Clone, Copy)]
pub(super) struct Version {
    variant: Variant,
    pickled: bool,
}

/// The version whose files are among `entries`.
pub(super) fn version(entries: &[PathBuf], labels: Labels) -> Option<Version> {
    let has = |name: &str| entries.iter().any(|entry| name_of(entry) == name && !files::is_dir(entry));
    let version = |variant, pickled| Some(Version { variant, pickled });
    if has("data_batch_1.bin") || has("test_batch.bin") {
        version(Variant::Cifar10, false)
    } else if has("train.bin") || has("test.bin") {
        version(Variant::Cifar100(labels), false)
    } else if has("data_batch_1") || has("test_batch") {
        version(Variant::Cifar10, true)
    } else if has("meta") && (has("train") || has("test")) {
        version(Variant::Cifar100(labels), true)
    } else {
        None
    }
}

/// The half of a folder with the files of a version.
pub(super) fn open_folder(
    path: &Path,
    Version { variant, pickled }: Version,
    split: Split,
) -> Result<Images, DataError> {
    let ending = if pickled { "" } else { ".bin" };
    let parts: Vec<String> = match (variant, split) {
        (Variant::Cifar10, Split::Train) => (1..=5).map(|number| format!("data_batch_{number}{ending}")).collect(),
        (Variant::Cifar10, Split::Test) => vec![format!("test_batch{ending}")],
        (Variant::Cifar100(_), Split::Train) => vec![format!("train{ending}")],
        (Variant::Cifar100(_), Split::Test) => vec![format!("test{ending}")],
    };
    let mut reader = cifar::Reader::new(variant);
    for part in parts {
        let file = path.join(&part);
        if !files::exists(&file) {
            return Err(DataError::Incomplete { path: path.display().to_string(), wanted: part });
        }
        let (name, bytes) = (file.display().to_string(), files::read(&file)?);
        if pickled { reader.push_pickled(&name, &bytes)? } else { reader.push(&name, &bytes)? }
    }
    reader.finish(&name_of(path), class_names(path, variant)?.as_deref())
}

/// One binary file.
pub(super) fn open_binary(path: &Path, bytes: &[u8], variant: Variant) -> Result<Images, DataError> {
    let mut reader = cifar::Reader::new(variant);
    reader.push(&path.display().to_string(), bytes)?;
    finish(path, reader, variant)
}

/// One pickled batch.
pub(super) fn open_pickled(path: &Path, bytes: &[u8], labels: Labels) -> Result<Images, DataError> {
    let file = path.display().to_string();
    let variant = cifar::variant(&file, bytes, labels)?;
    let mut reader = cifar::Reader::new(variant);
    reader.push_pickled(&file, bytes)?;
    finish(path, reader, variant)
}

fn finish(path: &Path, reader: cifar::Reader, variant: Variant) -> Result<Images, DataError> {
    reader.finish(&name_of(path), class_names(path.parent().unwrap_or(path), variant)?.as_deref())
}

/// The class names that lie beside the images, one a line.
fn class_names(folder: &Path, variant: Variant) -> Result<Option<String>, DataError> {
    let path = folder.join(variant.class_file());
    if files::exists(&path) {
        return Ok(Some(String::from_utf8_lossy(&files::read(&path)?).into_owned()));
    }
    let path = folder.join(if variant == Variant::Cifar10 { "batches.meta" } else { "meta" });
    if !files::exists(&path) || files::is_dir(&path) {
        return Ok(None);
    }
    cifar::class_names(&path.display().to_string(), &files::read(&path)?, variant).map(Some)
}
