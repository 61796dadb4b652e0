//! What the columns of `cells.csv` hold, for tables whose columns have types.

/// What a column holds; a field of any of them may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Texts.
    Text,
    /// Whole numbers from 0.
    Count,
    /// Numbers.
    Number,
}

const TEXTS: [&str; 8] = ["front_tap", "end_tap", "form", "init", "train", "badges", "flags", "not_computed"];
const COUNTS: [&str; 4] = ["seed", "shift_images", "only_stitched", "only_front"];
/// Ends of the names of counts.
const COUNTED: [&str; 3] = ["_correct", "_total", "_same"];

impl Holds {
    /// Of a column of `cells.csv`.
    #[must_use]
    pub fn of(column: &str) -> Self {
        if TEXTS.contains(&column) {
            Self::Text
        } else if COUNTS.contains(&column) || COUNTED.iter().any(|end| column.ends_with(end)) {
            Self::Count
        } else {
            Self::Number
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{header, row};
    use super::*;
    use crate::report::samples;

    #[test]
    fn every_field_is_what_its_column_holds() {
        for cell in samples::report().cells {
            for (name, field) in header().iter().zip(row(&cell)).filter(|(_, field)| !field.is_empty()) {
                let reads = match Holds::of(name) {
                    Holds::Text => field.parse::<f64>().is_err(),
                    Holds::Count => field.parse::<u64>().is_ok(),
                    Holds::Number => field.parse::<f64>().is_ok(),
                };
                assert!(reads, "{name}: {field}");
            }
        }
    }
}
