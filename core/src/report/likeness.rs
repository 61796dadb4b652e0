//! Beside the values of measures: what they mean, and why one is missing.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Cell, number_or_null};
use crate::similarity::{Alike, MEASURES, Measure, Place};

/// The measures of a pair of taps that a cell keeps as its `similarity`, by their names; one without a value is NaN, in JSON null.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Similarity(BTreeMap<String, f64>);

impl Similarity {
    /// Of a pair whose sums were decomposed; `None` for others.
    #[must_use]
    pub(crate) fn of(alike: &Alike) -> Option<Self> {
        alike.likeness?;
        let found = kept().map(|measure| (measure, alike.value(measure.name)));
        let found = found.filter(|(measure, value)| value.is_some() || !measure.of_some_pairs());
        Some(found.map(|(measure, value)| (measure.name, value.unwrap_or(f64::NAN))).collect())
    }

    /// The value of a measure, where it has one.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).copied().filter(|value| value.is_finite())
    }
}

impl<'a> FromIterator<(&'a str, f64)> for Similarity {
    fn from_iter<T: IntoIterator<Item = (&'a str, f64)>>(values: T) -> Self {
        Self(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

/// In the order of [`MEASURES`]; what a later version measured comes behind.
impl Serialize for Similarity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known = kept().filter_map(|measure| self.0.get_key_value(measure.name));
        let others = self.0.iter().filter(|(name, _)| kept().all(|measure| measure.name != *name));
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in known.chain(others) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Similarity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = BTreeMap::<String, Option<f64>>::deserialize(deserializer)?;
        Ok(Self(values.into_iter().map(|(name, value)| (name, value.unwrap_or(f64::NAN))).collect()))
    }
}

/// The measures that a cell keeps as its `similarity`.
pub(crate) fn kept() -> impl Iterator<Item = &'static Measure> {
    MEASURES.iter().filter(|measure| measure.place == Place::Similarity)
}

impl Cell {
    /// The value of a measure of [`MEASURES`], where it has one.
    #[must_use]
    pub fn measured(&self, name: &str) -> Option<f64> {
        let value = match name {
            "cka" => Some(self.cka),
            "cka_unbiased" => Some(self.cka_unbiased),
            "residual" => Some(self.direct.residual),
            name => self.similarity.as_ref()?.get(name),
        };
        value.filter(|value| value.is_finite())
    }
}

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
    let of = |m: &Measure| Reading { name: m.name.to_owned(), same: m.same, closer: m.closer.word().to_owned() };
    MEASURES.iter().map(of).collect()
}

/// Which measures of a pair of taps have no value, and why.
#[must_use]
pub fn not_computed(alike: Option<&Alike>) -> Vec<NotComputed> {
    let mut found: Vec<NotComputed> = Vec::new();
    for (name, why) in MEASURES.iter().filter_map(|m| Some((m.name, alike?.why_not(m)?))) {
        match found.iter_mut().find(|known| known.why == why) {
            Some(known) => known.measures.push(name.to_owned()),
            None => found.push(NotComputed { measures: vec![name.to_owned()], why }),
        }
    }
    found
}
