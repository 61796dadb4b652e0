//! Tiny-ImageNet's `val`: all pictures in one folder, their classes in `val_annotations.txt`.

use std::collections::HashMap;
use std::path::Path;

use super::LeftOut;
use super::classes::Numbering;
use super::halves::ANNOTATIONS;
use super::set::Labelled;
use super::walk::{name_of, pictures};
use crate::data::limits::damaged;
use crate::data::{ClassOrder, DataError};
use crate::platform::files;

/// The longest list read; that of 10,000 pictures has 400 kB.
const MOST_BYTES: u64 = 64 << 20;

/// The pictures of `half` by the label that the list gives them. Pictures that it does not name are left out.
pub(super) fn read(
    half: &Path,
    places: &[&Path],
    order: ClassOrder,
    books: &mut LeftOut,
) -> Result<(Numbering, Labelled), DataError> {
    let list = half.join(ANNOTATIONS);
    let mut classes = classes_of(&list)?;
    let mut names: Vec<String> = classes.values().cloned().collect();
    names.sort();
    names.dedup();
    let numbering = Numbering::new(&names, places, order)?;
    let labels: HashMap<&String, u32> = names.iter().zip(numbering.labels.iter().copied()).collect();
    let mut labelled: Labelled = Vec::new();
    for picture in pictures(half, books)? {
        match classes.remove(&name_of(&picture)).and_then(|class| labels.get(&class).copied()) {
            Some(label) => labelled.push((label, vec![picture])),
            None => books.add("pictures without a label", &picture),
        }
    }
    match classes.keys().min() {
        Some(missing) => Err(DataError::Incomplete { path: half.display().to_string(), wanted: missing.clone() }),
        None => Ok((numbering, labelled)),
    }
}

/// The class of each picture by its file's name: the first two of the fields that tabs or blanks divide.
fn classes_of(list: &Path) -> Result<HashMap<String, String>, DataError> {
    let file = list.display().to_string();
    let size = files::size(list)?;
    if size > MOST_BYTES {
        return Err(DataError::TooLarge { file, bytes: size, limit: MOST_BYTES });
    }
    let text = String::from_utf8_lossy(&files::read(list)?).into_owned();
    let lines = text.lines().filter(|line| !line.trim().is_empty()).zip(1..);
    let pair = |(line, number): (&str, usize)| {
        let mut fields = line.split_whitespace();
        let pair = fields.next().zip(fields.next());
        let pair = pair.map(|(picture, class)| (picture.to_owned(), class.to_owned()));
        pair.ok_or_else(|| damaged(&file, &format!("line {number} has no picture and class")))
    };
    lines.map(pair).collect()
}
