//! One numbering of the classes for both halves, by their names.

use std::collections::HashMap;

use super::super::{DataError, Images};

/// How many names an error or a note lists.
const SHOWN: usize = 8;

/// Gives both sets the same classes under the same numbers, and says where that changed one.
///
/// Where one set has all classes of the other and more, its numbering counts for both: a class without images in one half takes no
/// number from those behind it. Classes without names (numbers, as arrays have them) are taken by number.
///
/// # Errors
/// [`DataError::ClassesDiffer`] where each of the two has named classes that the other lacks.
pub(crate) fn align(train: &mut Images, test: &mut Images) -> Result<Option<String>, DataError> {
    if train.classes == test.classes {
        return Ok(None);
    }
    let (extra, missing) = (beyond(train, test), beyond(test, train));
    match (extra.is_empty(), missing.is_empty()) {
        // By number already, or the names of one are the numbers of the other.
        _ if train.is_numbered() && test.is_numbered() => Ok(None),
        (false, true) => Ok(Some(renumber(test, (&train.name, &train.classes), &extra))),
        (true, _) => Ok(Some(renumber(train, (&test.name, &test.classes), &missing))),
        (false, false) if train.is_numbered() && test.has_words() || test.is_numbered() && train.has_words() => {
            Ok(None)
        }
        (false, false) => Err(DataError::ClassesDiffer {
            train: train.name.clone(),
            extra: listed(&extra),
            test: test.name.clone(),
            missing: listed(&missing),
        }),
    }
}

/// Gives `set` the numbering of `classes`, those of the other half `whole`, where that one has all of its classes and more, and
/// says so. For who reads one half alone: the other tells which classes have no images here.
///
/// # Errors
/// [`DataError::ClassesDiffer`] where each of the two has classes that the other lacks.
pub(crate) fn within(set: &mut Images, whole: &str, classes: &[String]) -> Result<Option<String>, DataError> {
    let lacking = |among: &[String], all: &[String]| -> Vec<String> {
        all.iter().filter(|class| !among.contains(class)).cloned().collect()
    };
    let (extra, missing) = (lacking(classes, &set.classes), lacking(&set.classes, classes));
    let words = |names: &[String]| listed(&names.iter().map(String::as_str).collect::<Vec<_>>());
    match (extra.is_empty(), missing.is_empty()) {
        (_, true) => Ok(None),
        (true, false) => {
            let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
            Ok(Some(renumber(set, (whole, classes), &missing)))
        }
        (false, false) => Err(DataError::ClassesDiffer {
            train: set.name.clone(),
            extra: words(&extra),
            test: whole.to_owned(),
            missing: words(&missing),
        }),
    }
}

/// The classes of `set` that `other` lacks.
fn beyond<'a>(set: &'a Images, other: &Images) -> Vec<&'a str> {
    set.classes.iter().filter(|class| !other.classes.contains(class)).map(String::as_str).collect()
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}

/// Gives `set` the numbering of the classes of `whole`, which has all of its own.
fn renumber(set: &mut Images, (whole, classes): (&str, &[String]), missing: &[&str]) -> String {
    let places: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
    let number = |class: &String| places.get(class.as_str()).copied().unwrap_or_default();
    let numbers: Vec<u32> = set.classes.iter().map(number).collect();
    for label in &mut set.labels {
        *label = numbers[*label as usize];
    }
    let note = if missing.is_empty() {
        format!("{} lists the classes in another order than {whole}; they are matched by name.", set.name)
    } else {
        let (lacking, count) = (listed(missing), classes.len());
        format!(
            "{} lacks {} of the {count} classes of {whole} ({lacking}); classes are matched by name.",
            set.name,
            missing.len(),
        )
    };
    set.classes = classes.to_vec();
    note
}

impl Images {
    /// Whether the classes have no names but their numbers.
    pub(crate) fn is_numbered(&self) -> bool {
        self.classes.iter().enumerate().all(|(number, class)| *class == number.to_string())
    }

    /// Whether each class has a name that is more than a number.
    fn has_words(&self) -> bool {
        self.classes.iter().all(|class| class.parse::<u64>().is_err())
    }
}
