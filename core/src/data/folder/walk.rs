//! What lies in a folder of pictures: pictures, folders, and what is neither.

use std::path::{Path, PathBuf};

use super::LeftOut;
use crate::data::DataError;
use crate::platform::files;

/// Folders may nest so deep; a link that leads in a circle is deeper.
const DEEPEST: usize = 16;
/// What systems and programs leave beside people's files, apart from names that begin with a dot.
const SYSTEM: [&str; 7] =
    ["thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "@eadir", "$recycle.bin", "system volume information"];
/// Endings of the pictures that are read.
const PICTURES: [&str; 13] =
    ["png", "jpg", "jpeg", "jpe", "jfif", "bmp", "gif", "tif", "tiff", "webp", "ppm", "pgm", "pbm"];

/// The last part of a path, as text.
pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Whether a file's name ends as that of a picture that can be read.
pub(crate) fn is_picture(file: &str) -> bool {
    ending(file).is_some_and(|ending| PICTURES.contains(&ending.as_str()))
}

/// Whether a name is that of a file or folder which the system or a program made for itself.
pub(crate) fn is_system(name: &str) -> bool {
    name.starts_with('.') || SYSTEM.contains(&name.to_lowercase().as_str())
}

fn ending(file: &str) -> Option<String> {
    file.rsplit_once('.').map(|(_, ending)| ending.to_lowercase())
}

/// The folders among `entries`, without those of systems.
pub(super) fn subfolders(entries: &[PathBuf]) -> Vec<PathBuf> {
    let visible = |entry: &&PathBuf| !is_system(&name_of(entry)) && files::is_dir(entry);
    entries.iter().filter(visible).cloned().collect()
}

/// Counts everything at `path`, a file or a folder, as left out.
///
/// # Errors
/// A folder that cannot be listed, or one that nests deeper than any set.
pub(super) fn leave(path: &Path, books: &mut LeftOut) -> Result<(), DataError> {
    for file in all(path)? {
        let name = name_of(&file);
        let within = file.strip_prefix(path).into_iter().flat_map(Path::components);
        let hidden = within.map(|part| part.as_os_str().to_string_lossy().into_owned()).any(|part| is_system(&part));
        match ending(&name) {
            _ if hidden || is_system(&name_of(path)) || is_system(&name) => books.add("of the system", &file),
            Some(_) if is_picture(&name) => books.add("pictures outside of the class folders", &file),
            Some(ending) => books.add(&format!("of kind .{ending}"), &file),
            None => books.add("without an ending", &file),
        }
    }
    Ok(())
}

/// The pictures in a folder and in the folders within it, in the order in which torchvision's `ImageFolder` reads them; other files
/// are left out.
///
/// # Errors
/// As [`leave`].
pub(super) fn pictures(folder: &Path, books: &mut LeftOut) -> Result<Vec<PathBuf>, DataError> {
    let mut found = Vec::new();
    let mut open = vec![(folder.to_path_buf(), 0)];
    while let Some((folder, depth)) = open.pop() {
        for entry in listed(&folder, depth)? {
            let name = name_of(&entry);
            if is_system(&name) {
                leave(&entry, books)?;
            } else if files::is_dir(&entry) {
                open.push((entry, depth + 1));
            } else if is_picture(&name) {
                found.push((folder.to_string_lossy().into_owned(), entry));
            } else {
                leave(&entry, books)?;
            }
        }
    }
    // By the folder's path as a text, then by name.
    found.sort();
    Ok(found.into_iter().map(|(_, picture)| picture).collect())
}

/// Every file at or below a path.
fn all(path: &Path) -> Result<Vec<PathBuf>, DataError> {
    if !files::is_dir(path) {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut found = Vec::new();
    let mut open = vec![(path.to_path_buf(), 0)];
    while let Some((folder, depth)) = open.pop() {
        let (inner, outer): (Vec<_>, Vec<_>) =
            listed(&folder, depth)?.into_iter().partition(|entry| files::is_dir(entry));
        open.extend(inner.into_iter().map(|inner| (inner, depth + 1)));
        found.extend(outer);
    }
    found.sort();
    Ok(found)
}

fn listed(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, DataError> {
    if depth <= DEEPEST {
        return Ok(files::list(folder)?);
    }
    let problem = format!("folders nest deeper than {DEEPEST}");
    let remedy = "give the folder that holds the classes, and look for a link that leads in a circle".to_owned();
    Err(DataError::Convert { file: folder.display().to_string(), problem, remedy })
}
