//! Which number each class folder takes.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::list;
use super::walk::name_of;
use crate::data::{ClassOrder, DataError};

/// The numbering of some class folders.
#[derive(Debug)]
pub(super) struct Numbering {
    /// The classes' names, by number.
    pub classes: Vec<String>,
    /// The number of each folder, in the order in which they were given.
    pub labels: Vec<u32>,
    /// What one should know of it.
    pub note: Option<String>,
}

impl Numbering {
    /// Numbers for the class folders `names` (sorted as texts): those of a list of classes in one of the folders `places`, else their
    /// order.
    ///
    /// # Errors
    /// A list that is broken or has no number for a folder; names that are no numbers where `order` is by number.
    pub(super) fn new(names: &[String], places: &[&Path], order: ClassOrder) -> Result<Self, DataError> {
        match list::beside(places)? {
            Some((path, numbers)) => Self::listed(names, &path, &numbers),
            None => Self::ordered(names, order),
        }
    }

    fn listed(names: &[String], path: &Path, numbers: &HashMap<String, u32>) -> Result<Self, DataError> {
        let fault = |problem: String| {
            let remedy = "put one number for each class folder into it, or remove it".to_owned();
            DataError::Convert { file: path.display().to_string(), problem, remedy }
        };
        let number = |name: &String| numbers.get(name).copied();
        if let Some(name) = names.iter().find(|name| number(name).is_none()) {
            return Err(fault(format!("it has no number for the class folder {name}")));
        }
        let labels: Vec<u32> = names.iter().filter_map(number).collect();
        if labels.iter().collect::<BTreeSet<_>>().len() < labels.len() {
            return Err(fault("it gives two class folders the same number".to_owned()));
        }
        let count = numbers.values().max().map_or(0, |largest| *largest as usize + 1);
        let mut classes: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let mut known: Vec<(&String, &u32)> = numbers.iter().collect();
        // A class may have several names; the folders' names count.
        known.sort_by_key(|(name, _)| (names.contains(name), *name));
        for (name, number) in known {
            classes[*number as usize].clone_from(name);
        }
        let note = format!("The classes have the numbers that {} gives them.", path.display());
        Ok(Self { classes, labels, note: Some(note) })
    }

    fn ordered(names: &[String], order: ClassOrder) -> Result<Self, DataError> {
        let numbers: Option<Vec<u64>> = names.iter().map(|name| name.parse().ok()).collect();
        let by_number = numbers.as_ref().map(|numbers| {
            let mut order: Vec<usize> = (0..names.len()).collect();
            order.sort_by_key(|&folder| (numbers[folder], &names[folder]));
            order
        });
        let by_text: Vec<usize> = (0..names.len()).collect();
        let unclear = by_number.as_ref().filter(|order| **order != by_text);
        let gapless = numbers.as_deref().is_some_and(is_gapless);
        let chosen = match (order, unclear) {
            (ClassOrder::Number, _) => by_number.clone().ok_or_else(|| no_numbers(names))?,
            (ClassOrder::Auto, Some(order)) if gapless => order.clone(),
            (ClassOrder::Auto | ClassOrder::Text, _) => by_text.clone(),
        };
        let note = unclear.filter(|_| order == ClassOrder::Auto).map(|_| unclear_note(names, &chosen, gapless));
        let mut labels = vec![0; names.len()];
        for (label, folder) in (0..).zip(&chosen) {
            labels[*folder] = label;
        }
        let classes = chosen.iter().map(|folder| names[*folder].clone()).collect();
        Ok(Self { classes, labels, note })
    }
}

/// Whether the numbers are those from 0 or 1 on, each once.
fn is_gapless(numbers: &[u64]) -> bool {
    let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
    let first = distinct.first().copied().unwrap_or(0);
    first <= 1
        && distinct.len() == numbers.len()
        && (first..).zip(&distinct).all(|(expected, number)| expected == *number)
}

fn unclear_note(names: &[String], chosen: &[usize], gapless: bool) -> String {
    let shown: Vec<&str> = chosen.iter().take(5).map(|folder| names[*folder].as_str()).collect();
    let (how, other) = if gapless {
        (
            "as numbers",
            "order = \"text\" in [data] for networks that were trained with torchvision's ImageFolder, which sorts texts",
        )
    } else {
        ("as texts, as torchvision's ImageFolder does", "order = \"number\" in [data] to sort them as numbers")
    };
    format!(
        "The class folders have numbers for names; they are sorted {how} ({}, ...). Write class_{other}.",
        shown.join(", ")
    )
}

fn no_numbers(names: &[String]) -> DataError {
    let name = names.iter().find(|name| name.parse::<u64>().is_err()).cloned().unwrap_or_default();
    let problem = "its name is no number".to_owned();
    let remedy = "leave out class_order = \"number\", or add a class_to_index.json that gives the numbers".to_owned();
    DataError::Convert { file: name, problem, remedy }
}

/// The folders' names.
pub(super) fn names(folders: &[PathBuf]) -> Vec<String> {
    folders.iter().map(|folder| name_of(folder)).collect()
}
