//! Weights that lie in files beside the model, fetched without ever leaving the model's folder.

use std::path::{Component, Path, PathBuf};

use bytes::Bytes;

use crate::platform::files;

/// A resolver for [`super::read()`] of a model that has no files beside it.
///
/// # Errors
/// Always: it says which file is missing.
pub fn none(location: &str, _offset: u64, _length: Option<u64>) -> Result<Bytes, String> {
    Err(format!(
        "its data is in another file, `{location}`, which is not at hand; export the model as one file or keep both together"
    ))
}

/// A resolver that looks beside the model, in `folder`.
///
/// The returned function refuses a `location` that is absolute or climbs out with `..`, so that a hostile model cannot read
/// other files.
pub fn beside(folder: &Path) -> impl Fn(&str, u64, Option<u64>) -> Result<Bytes, String> {
    let folder = folder.to_owned();
    move |location, offset, length| {
        let path = inside(&folder, location)?;
        let bytes = match length {
            Some(length) => {
                let length = usize::try_from(length).map_err(|_| format!("`{location}` is too large"))?;
                files::read_range(&path, offset, length).map(Bytes::from)
            }
            None => files::read(&path).map(|mut all| {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(all.len());
                all.split_off(start)
            }),
        };
        bytes.map_err(|e| e.to_string())
    }
}

/// `location` below `folder`.
///
/// # Errors
/// When it would leave the folder.
pub fn inside(folder: &Path, location: &str) -> Result<PathBuf, String> {
    let relative = Path::new(location);
    let plain = relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    // Windows spellings are refused everywhere, so that a file means the same on every machine.
    if plain && !location.is_empty() && !location.contains(['\\', ':', '\0']) {
        Ok(folder.join(relative))
    } else {
        Err(format!("its external location `{location}` leaves the model's folder, which is refused"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_beside_the_model_are_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("w.bin"), [1, 2, 3, 4]).unwrap();
        let fetch = beside(folder.path());
        assert_eq!(fetch("w.bin", 1, Some(2)).unwrap(), Bytes::from_static(&[2, 3]));
        assert_eq!(fetch("./w.bin", 3, None).unwrap(), Bytes::from_static(&[4]));
        assert!(fetch("w.bin", 2, Some(9)).is_err());
        assert!(fetch("w.bin", 0, Some(u64::MAX)).is_err());
        for location in ["../w.bin", "/etc/passwd", "a/../../w.bin", "C:\\w.bin", "..\\w.bin", ""] {
            assert!(fetch(location, 0, None).unwrap_err().contains("folder"), "{location}");
        }
    }
}
