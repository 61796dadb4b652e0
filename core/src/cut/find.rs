//! Finding a tap by the name a user gave.

use super::{CutError, Tap};

/// How many names an error offers.
const OFFERED: usize = 5;

/// The tap of that name, or of that tensor name.
///
/// # Errors
/// [`CutError::Unknown`] with the nearest names.
pub fn find<'a>(taps: &'a [Tap], name: &str) -> Result<&'a Tap, CutError> {
    let by = |key: fn(&Tap) -> &str| taps.iter().find(|tap| key(tap) == name);
    by(|tap| &tap.name).or_else(|| by(|tap| &tap.tensor)).ok_or_else(|| {
        let mut near: Vec<(usize, &Tap)> = taps.iter().map(|tap| (distance(&tap.name, name), tap)).collect();
        near.sort_by_key(|(distance, _)| *distance);
        CutError::Unknown {
            name: name.to_owned(),
            near: near.into_iter().take(OFFERED).map(|(_, tap)| tap.name.clone()).collect(),
        }
    })
}

/// Insertions, deletions and replacements (Levenshtein) between two short names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(200).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(200).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
