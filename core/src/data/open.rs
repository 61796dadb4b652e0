//! From a path to images: finds the format by what is there, reads the files, hands their bytes to the reader.

use super::{DataError, Images, MAX_PIXEL_BYTES, Split, cifar, folder, idx, npz};
use crate::platform::files;
use std::path::{Path, PathBuf};

/// The half `split` of the dataset at `path`, or all of it where it has no halves.
///
/// `path` is one of
/// - a folder with IDX files (`train-images-idx3-ubyte`, `t10k-...`, or plain `images-...`; `.gz` as well), or an IDX
///   file of images whose labels lie beside it;
/// - the folder of CIFAR-10's or CIFAR-100's binary version, or one of its `.bin` files;
/// - a NumPy archive `.npz` (see [`npz::read`]);
/// - a folder with one folder of PNG or JPEG pictures per class, perhaps under `train` and `test`.
///
/// # Errors
/// Nothing usable at the path, a missing half or file, and whatever the reader finds wrong.
pub fn open(path: &Path, split: Split) -> Result<Images, DataError> {
    if !files::is_dir(path) {
        return open_file(path, split);
    }
    let entries = files::list(path)?;
    if let Some(variant) = cifar_variant(&entries) {
        return open_cifar(path, variant, split);
    }
    if entries.iter().any(|entry| is_idx_images(&name_of(entry))) {
        return open_idx_folder(path, &entries, split);
    }
    // An archive unpacks to a folder of its own: look one folder down for CIFAR's.
    for inner in entries.iter().filter(|entry| files::is_dir(entry)) {
        if let Some(variant) = cifar_variant(&files::list(inner)?) {
            return open_cifar(inner, variant, split);
        }
    }
    open_pictures(path, &entries, split)
}

fn open_file(path: &Path, split: Split) -> Result<Images, DataError> {
    let file = path.display().to_string();
    // A wrong file may have gigabytes: its first bytes and its length decide whether the rest is read.
    let (head, size) = files::read_start(path, 16)?;
    let is_bin = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("bin"));
    let length = usize::try_from(size).ok().filter(|_| is_bin);
    let variant = length.and_then(cifar::Variant::of_length);
    let (is_npz, is_idx) = (npz::looks_like(&head), idx::looks_like(&head));
    if !is_npz && !is_idx && variant.is_none() {
        return Err(DataError::Unknown { path: file, found: "its content has no known format".to_owned() });
    }
    if size > MAX_PIXEL_BYTES {
        return Err(DataError::TooLarge { file, bytes: size, limit: MAX_PIXEL_BYTES });
    }
    let bytes = files::read(path)?;
    if is_npz {
        return npz::read(&file, &bytes, split);
    }
    if is_idx {
        let labels = labels_beside(path)?;
        return read_idx(&name_of(path), (path, &bytes), &labels);
    }
    let Some(variant) = variant else {
        return Err(DataError::Unknown { path: file, found: "its content has no known format".to_owned() });
    };
    let mut reader = cifar::Reader::new(variant);
    reader.push(&file, &bytes)?;
    reader.finish(&name_of(path), class_names(path.parent().unwrap_or(path), variant)?.as_deref())
}

/// The last part of a path, as text.
fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

// CIFAR

fn cifar_variant(entries: &[PathBuf]) -> Option<cifar::Variant> {
    let has = |names: &[&str]| entries.iter().any(|entry| names.contains(&name_of(entry).as_str()));
    if has(&["data_batch_1.bin", "test_batch.bin"]) {
        Some(cifar::Variant::Cifar10)
    } else if has(&["train.bin", "test.bin"]) {
        Some(cifar::Variant::Cifar100)
    } else {
        None
    }
}

fn open_cifar(path: &Path, variant: cifar::Variant, split: Split) -> Result<Images, DataError> {
    let parts: Vec<String> = match (variant, split) {
        (cifar::Variant::Cifar10, Split::Train) => (1..=5).map(|number| format!("data_batch_{number}.bin")).collect(),
        (cifar::Variant::Cifar10, Split::Test) => vec!["test_batch.bin".to_owned()],
        (cifar::Variant::Cifar100, Split::Train) => vec!["train.bin".to_owned()],
        (cifar::Variant::Cifar100, Split::Test) => vec!["test.bin".to_owned()],
    };
    let mut reader = cifar::Reader::new(variant);
    for part in parts {
        let file = path.join(&part);
        if !files::exists(&file) {
            return Err(DataError::Incomplete { path: path.display().to_string(), wanted: part });
        }
        reader.push(&file.display().to_string(), &files::read(&file)?)?;
    }
    reader.finish(&name_of(path), class_names(path, variant)?.as_deref())
}

fn class_names(folder: &Path, variant: cifar::Variant) -> Result<Option<String>, DataError> {
    let path = folder.join(variant.class_file());
    if !files::exists(&path) {
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&files::read(&path)?).into_owned()))
}

// IDX

fn is_idx_images(name: &str) -> bool {
    let name = name.to_lowercase();
    name.contains("images") && (name.contains("idx3") || name.contains("idx4"))
}

fn open_idx_folder(path: &Path, entries: &[PathBuf], split: Split) -> Result<Images, DataError> {
    let images: Vec<&PathBuf> = entries.iter().filter(|entry| is_idx_images(&name_of(entry))).collect();
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

// Pictures

fn open_pictures(path: &Path, entries: &[PathBuf], split: Split) -> Result<Images, DataError> {
    let folders = subfolders(entries);
    // A class may be called "train"; a half is a folder of that name which itself holds folders.
    let holds_classes = |folder: &Path| files::list(folder).is_ok_and(|inner| !subfolders(&inner).is_empty());
    let half = |split: Split| folders.iter().find(|folder| split.is_folder(&name_of(folder)) && holds_classes(folder));
    let other = if split == Split::Train { Split::Test } else { Split::Train };
    match (half(split), half(other)) {
        (Some(folder), _) => read_pictures(folder, &subfolders(&files::list(folder)?)),
        (None, Some(found)) => {
            let (path, found) = (path.display().to_string(), name_of(found));
            Err(DataError::MissingHalf { path, split, found })
        }
        (None, None) => read_pictures(path, &folders),
    }
}

/// The folders among `entries`, hidden ones left out.
fn subfolders(entries: &[PathBuf]) -> Vec<PathBuf> {
    let visible = |entry: &&PathBuf| !name_of(entry).starts_with('.') && files::is_dir(entry);
    entries.iter().filter(visible).cloned().collect()
}

fn read_pictures(path: &Path, folders: &[PathBuf]) -> Result<Images, DataError> {
    let mut classes = Vec::new();
    let mut pictures = Vec::new();
    for folder in folders {
        let entries = files::list(folder)?;
        let found: Vec<PathBuf> = entries.into_iter().filter(|entry| folder::is_picture(&name_of(entry))).collect();
        if !found.is_empty() {
            pictures.push(found);
            classes.push(name_of(folder));
        }
    }
    if pictures.is_empty() {
        return Err(unknown_folder(path)?);
    }
    let mut reader = folder::Reader::new(classes);
    for (label, picture) in
        (0_u32..).zip(&pictures).flat_map(|(label, found)| found.iter().map(move |file| (label, file)))
    {
        reader.push(&picture.display().to_string(), label, &files::read(picture)?)?;
    }
    reader.finish(&name_of(path))
}

/// Says what a folder holds that no reader takes.
fn unknown_folder(path: &Path) -> Result<DataError, DataError> {
    let names: Vec<String> = files::list(path)?.iter().map(|entry| name_of(entry)).collect();
    let found = if names.iter().any(|name| name == "data_batch_1" || name == "batches.meta") {
        "it is CIFAR's Python version, whose pickled files run code; fetch the binary version".to_owned()
    } else if names.is_empty() {
        "the folder is empty".to_owned()
    } else {
        format!("it holds {}", names.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    Ok(DataError::Unknown { path: path.display().to_string(), found })
}

#[cfg(test)]
mod tests;
