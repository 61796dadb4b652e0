//! Which part of a folder holds the training images and which the test images.

use std::path::{Path, PathBuf};

use super::walk::{name_of, subfolders};
use crate::data::{DataError, Split};
use crate::platform::files;

/// The file that labels Tiny-ImageNet's pictures for validation.
pub(super) const ANNOTATIONS: &str = "val_annotations.txt";

/// Whether pictures lie in a folder without class folders, labelled by a list (Tiny-ImageNet's `val`).
pub(super) fn is_annotated(folder: &Path) -> bool {
    files::exists(&folder.join(ANNOTATIONS))
}

/// The halves of a folder.
#[derive(Debug)]
pub(super) struct Halves {
    /// Folders that could be the half, the best first.
    candidates: [Vec<PathBuf>; 2],
}

impl Halves {
    /// The halves among the folders of a set. A class may be called `train` too: a half holds folders of its own and no picture
    /// beside them, or the list of labels of Tiny-ImageNet's `val`.
    ///
    /// # Errors
    /// A folder that cannot be listed.
    pub(super) fn of(folders: &[PathBuf]) -> Result<Self, DataError> {
        let mut candidates = [Vec::new(), Vec::new()];
        for (split, found) in [Split::Train, Split::Test].into_iter().zip(&mut candidates) {
            let mut ranked = Vec::new();
            for folder in folders {
                if let (Some(place), Some(rank)) = (split.folder_rank(&name_of(folder)), rank(folder)?) {
                    ranked.push((rank, place, folder.clone()));
                }
            }
            ranked.sort();
            found.extend(ranked.into_iter().map(|(.., folder)| folder));
        }
        Ok(Self { candidates })
    }

    /// The half of `split`.
    pub(super) fn get(&self, split: Split) -> Option<&PathBuf> {
        self.candidates(split).first()
    }

    fn candidates(&self, split: Split) -> &[PathBuf] {
        let [train, test] = &self.candidates;
        if split == Split::Train { train } else { test }
    }

    /// What to say where more than one folder could be the half.
    pub(super) fn note(&self, split: Split) -> Option<String> {
        let [first, others @ ..] = self.candidates(split) else { return None };
        let others: Vec<String> = others.iter().map(|other| name_of(other)).collect();
        let (first, more) = (first.display(), others.join(" and "));
        (!others.is_empty()).then(|| format!("The {split} images are those of {first}; {more} beside it is not read."))
    }
}

/// How sure a folder holds labelled pictures: 0 is sure, 1 is a single folder `images`; [`None`] where it holds none.
fn rank(folder: &Path) -> Result<Option<u8>, DataError> {
    if is_annotated(folder) {
        return Ok(Some(0));
    }
    let entries = files::list(folder)?;
    let folders = subfolders(&entries);
    let stray =
        entries.iter().any(|entry| super::is_picture(&name_of(entry)) && !super::walk::is_system(&name_of(entry)));
    Ok(match &folders[..] {
        [] => None,
        _ if stray => None,
        [only] if name_of(only).eq_ignore_ascii_case("images") => Some(1),
        _ => Some(0),
    })
}
