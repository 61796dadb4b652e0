//! Weights that lie in files beside the model, fetched without ever leaving the model's folder.

use std::path::{Component, Path};

use bytes::Bytes;

use crate::platform::files;

/// A resolver for [`super::read()`] of a model that has no files beside it.
///
/// # Errors
/// Always: it says which file is missing.
pub fn none(location: &str, _offset: u64, _length: u64) -> Result<Bytes, String> {
    Err(format!(
        "its data is in another file, `{location}`, which is not at hand; export the model as one file or keep both together"
    ))
}

/// A resolver that looks beside the model, in `folder`.
///
/// The returned function refuses a `location` that is absolute or climbs out with `..`, that leads out through a link, or whose file has
/// other names elsewhere, so that a hostile model cannot read other files.
pub fn beside(folder: &Path) -> impl Fn(&str, u64, u64) -> Result<Bytes, String> {
    let folder = folder.to_owned();
    move |location, offset, length| {
        let relative = relative(location)?;
        let length = usize::try_from(length).map_err(|_| format!("`{location}` is too large"))?;
        files::read_inside(&folder, relative, offset, length).map(Bytes::from).map_err(|e| e.to_string())
    }
}

/// `location` as a path below the model's folder, by its text alone.
///
/// # Errors
/// When it would leave the folder.
fn relative(location: &str) -> Result<&Path, String> {
    let relative = Path::new(location);
    let plain = relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    // Windows spellings are refused everywhere, so that a file means the same on every machine.
    if plain && !location.is_empty() && !location.contains(['\\', ':', '\0']) {
        Ok(relative)
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
        assert_eq!(fetch("w.bin", 1, 2).unwrap(), Bytes::from_static(&[2, 3]));
        assert_eq!(fetch("./w.bin", 3, 1).unwrap(), Bytes::from_static(&[4]));
        assert!(fetch("w.bin", 2, 9).is_err());
        assert!(fetch("w.bin", 0, u64::MAX).is_err());
        for location in ["../w.bin", "/etc/passwd", "a/../../w.bin", "C:\\w.bin", "..\\w.bin", ""] {
            assert!(fetch(location, 0, 1).unwrap_err().contains("folder"), "{location}");
        }
    }
}
