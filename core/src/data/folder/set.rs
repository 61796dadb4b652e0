//! From a folder of pictures to a set: its half, its classes, every file accounted for.

use std::path::{Path, PathBuf};

use super::classes::{Numbering, names};
use super::halves::{Halves, is_annotated};
use super::walk::{leave, name_of, pictures, subfolders};
use super::{LeftOut, Reader, annotated};
use crate::data::choose::within;
use crate::data::{DataError, Images, Reading, Split};
use crate::platform::files;

/// The half `split` of a folder of pictures, or all of it where it has no halves.
pub(crate) fn open(path: &Path, split: Split, reading: &Reading) -> Result<Images, DataError> {
    let entries = files::list(path)?;
    let halves = Halves::of(&subfolders(&entries))?;
    let other = if split == Split::Train { Split::Test } else { Split::Train };
    let mut books = LeftOut::default();
    let half = match (halves.get(split), halves.get(other)) {
        (None, None) => path,
        (None, Some(found)) => {
            let (path, found) = (path.display().to_string(), name_of(found));
            return Err(DataError::MissingHalf { path, split, found });
        }
        (Some(half), found) => {
            for stray in entries.iter().filter(|entry| *entry != half && Some(*entry) != found) {
                leave(stray, &mut books)?;
            }
            half
        }
    };
    let mut images = read(path, half, reading, books)?;
    images.notes.extend(halves.note(split));
    if let Some(whole) = halves.get(other).filter(|_| halves.get(split).is_some()) {
        let note = like(&mut images, path, whole, reading)?;
        images.notes.extend(note);
    }
    Ok(images)
}

/// Numbers the classes of one half as the half `whole`, where that one has more of them: a class without images here takes no
/// number from those behind it. Says where it did.
fn like(images: &mut Images, path: &Path, whole: &Path, reading: &Reading) -> Result<Option<String>, DataError> {
    if is_annotated(whole) {
        return Ok(None);
    }
    let places: Vec<&Path> = [Some(whole), Some(path), whole.parent()].into_iter().flatten().collect();
    let numbering = Numbering::new(&names(&subfolders(&files::list(whole)?)), &places, reading.class_order)?;
    within(images, &whole.display().to_string(), &numbering.classes)
}

/// A class's label and its pictures.
pub(super) type Labelled = Vec<(u32, Vec<PathBuf>)>;

/// All pictures of one half, which may be the whole set.
fn read(path: &Path, half: &Path, reading: &Reading, mut books: LeftOut) -> Result<Images, DataError> {
    let parent = half.parent().filter(|_| Split::is_half(&name_of(half)));
    let places: Vec<&Path> = [Some(half), Some(path), parent].into_iter().flatten().collect();
    let (numbering, labelled, empty) = if is_annotated(half) {
        let (numbering, labelled) = annotated::read(half, &places, reading.class_order, &mut books)?;
        (numbering, labelled, Vec::new())
    } else {
        of_folders(half, &places, reading, &mut books)?
    };
    if labelled.iter().all(|(_, pictures)| pictures.is_empty()) {
        return Err(unknown(half)?);
    }
    let mut reader = Reader::new(numbering.classes, reading);
    for (label, picture) in labelled.iter().flat_map(|(label, found)| found.iter().map(move |file| (*label, file))) {
        reader.push(&picture.display().to_string(), label, &files::read(picture)?)?;
    }
    let name = half.display().to_string();
    let mut images = reader.finish(&name)?;
    images.notes.extend(numbering.note);
    images.notes.extend(empty_note(&name, &empty));
    images.notes.extend(books.note(&name));
    images.left_out = books;
    Ok(images)
}

type Read = (Numbering, Labelled, Vec<String>);

/// The pictures of the class folders in `half`, by label, and the classes without one.
fn of_folders(half: &Path, places: &[&Path], reading: &Reading, books: &mut LeftOut) -> Result<Read, DataError> {
    let entries = files::list(half)?;
    let folders = subfolders(&entries);
    for stray in entries.iter().filter(|entry| !folders.contains(entry)) {
        leave(stray, books)?;
    }
    let names = names(&folders);
    let found = folders.iter().map(|folder| pictures(folder, books)).collect::<Result<Vec<_>, _>>()?;
    if found.iter().all(Vec::is_empty) {
        return Err(unknown(half)?);
    }
    let numbering = Numbering::new(&names, places, reading.class_order)?;
    let empty = names.iter().zip(&found).filter(|(_, pictures)| pictures.is_empty()).map(|(name, _)| name.clone());
    let empty = empty.collect();
    let mut labelled: Labelled = numbering.labels.iter().copied().zip(found).collect();
    labelled.sort_by_key(|(label, _)| *label);
    Ok((numbering, labelled, empty))
}

fn empty_note(name: &str, empty: &[String]) -> Option<String> {
    let shown = empty.join(", ");
    (!empty.is_empty()).then(|| format!("{name}: no picture lies in {shown}, which counts as a class all the same."))
}

/// Says what a folder holds that no reader takes.
fn unknown(path: &Path) -> Result<DataError, DataError> {
    let names: Vec<String> = files::list(path)?.iter().map(|entry| name_of(entry)).collect();
    let found = if names.is_empty() {
        "the folder is empty".to_owned()
    } else {
        format!("it holds {}", names.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", "))
    };
    Ok(DataError::Unknown { path: path.display().to_string(), found })
}
