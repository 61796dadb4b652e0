//! Beside the values of measures: what they mean, and why one is missing.

use serde::{Deserialize, Serialize};

use super::number_or_null;
use crate::similarity::{Alike, MEASURES};

/// How to read a measure of likeness.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The field of a cell that holds it, such as `cka`; those of `similarity` and `direct` without these names.
    pub name: String,
    /// Its value between a signal and itself.
    #[serde(deserialize_with = "number_or_null")]
    pub same: f64,
    /// `higher` or `lower`: which way it goes when signals become more alike.
    pub closer: String,
}

/// Measures without a value, and the reason that they share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotComputed {
    /// Their fields.
    pub measures: Vec<String>,
    /// Why there is no value, with what to do about it.
    pub why: String,
}

/// How to read every measure that a cell may have.
#[must_use]
pub(crate) fn readings() -> Vec<Reading> {
    let of = |m: &crate::similarity::Measure| Reading {
        name: m.name.to_owned(),
        same: m.same,
        closer: m.closer.word().to_owned(),
    };
    MEASURES.iter().map(of).collect()
}

/// Which measures of a pair of taps have no value, and why.
#[must_use]
pub fn not_computed(alike: Option<&Alike>) -> Vec<NotComputed> {
    let mut found: Vec<NotComputed> = Vec::new();
    for (name, why) in MEASURES.iter().filter_map(|m| Some((m.name, alike?.why_not(m.name)?))) {
        match found.iter_mut().find(|known| known.why == why) {
            Some(known) => known.measures.push(name.to_owned()),
            None => found.push(NotComputed { measures: vec![name.to_owned()], why }),
        }
    }
    found
}
