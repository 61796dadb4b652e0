//! A recipe as it stands in the text: every value with its place, nothing filled in, nothing judged.
//!
//! Words, sizes and pairs stay plain TOML values here; `resolve` reads them, so that its errors can name the key and the remedy.

use serde::Deserialize;
use toml::de::DeTable;
use toml::{Spanned, Value};

/// A value that may be missing, with its place.
pub(in crate::recipe) type Given<T> = Option<Spanned<T>>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawRecipe {
    pub front: Given<RawDonor>,
    pub end: Given<RawDonor>,
    pub data: Given<RawData>,
    #[serde(default)]
    pub taps: RawTaps,
    #[serde(default)]
    pub stitch: RawStitch,
    pub attack: Given<RawAttack>,
    pub train_attack: Given<RawTrainAttack>,
    #[serde(default)]
    pub controls: RawControls,
    #[serde(default)]
    pub probe: RawProbe,
    #[serde(default)]
    pub run: RawRun,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawDonor {
    pub model: Given<String>,
    pub output: Given<String>,
    pub layout: Given<String>,
    pub size: Given<Value>,
    pub pixels: Given<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawData {
    pub train: Given<String>,
    pub test: Given<String>,
    pub train_images: Given<usize>,
    pub test_images: Given<usize>,
    pub also: Given<String>,
    pub order: Given<String>,
    pub seed: Given<u64>,
    pub size: Given<Value>,
    pub fit: Given<String>,
    pub shorter_side: Given<usize>,
    pub pixel_range: Given<String>,
    pub labels: Given<String>,
    pub class_order: Given<String>,
    pub orientation: Given<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawTaps {
    pub pairs: Given<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawStitch {
    pub form: Given<String>,
    pub rank: Given<usize>,
    pub resize: Given<String>,
    pub resize_at: Given<String>,
    pub mask: Given<String>,
    pub init: Given<String>,
    pub train: Given<String>,
    pub batchnorm: Given<String>,
    pub teacher: Given<String>,
    pub temperature: Given<f64>,
    pub beta: Given<f64>,
    pub distance: Given<String>,
    pub match_epochs: Given<usize>,
    pub l1: Given<f64>,
    pub flip: Given<bool>,
    pub crop: Given<usize>,
    pub optimizer: Given<String>,
    pub momentum: Given<f64>,
    pub nesterov: Given<bool>,
    pub epochs: Given<usize>,
    pub lr: Given<f64>,
    pub validation: Given<f64>,
    pub patience: Given<usize>,
    pub batch: Given<usize>,
    pub schedule: Given<String>,
    pub weight_decay: Given<f64>,
    pub seeds: Given<Vec<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawAttack {
    pub method: Given<String>,
    pub preset: Given<String>,
    pub norm: Given<String>,
    pub eps: Given<Value>,
    pub alpha: Given<Value>,
    pub steps: Given<usize>,
    pub restarts: Given<usize>,
    pub start: Given<String>,
    pub loss: Given<String>,
    pub targets: Given<usize>,
    pub queries: Given<usize>,
    pub smallest: Given<bool>,
    pub transfer: Given<bool>,
    pub checks: Given<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawTrainAttack {
    pub norm: Given<String>,
    pub eps: Given<Value>,
    pub alpha: Given<Value>,
    pub steps: Given<usize>,
    pub start: Given<String>,
    pub share: Given<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawControls {
    pub kinds: Given<Vec<Spanned<String>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawProbe {
    pub ood: Given<bool>,
    pub shift: Given<usize>,
    pub ranks: Given<Vec<usize>>,
    pub linear: Given<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::recipe) struct RawRun {
    pub engine: Given<String>,
    pub batch: Given<usize>,
    pub cache_mib: Given<usize>,
    pub memory_mib: Given<usize>,
}

/// Reads the tables of a parsed document.
///
/// # Errors
/// A value of another type than its key has, with its place in the text.
pub(in crate::recipe) fn read(document: Spanned<DeTable<'_>>) -> Result<RawRecipe, toml::de::Error> {
    RawRecipe::deserialize(toml::de::Deserializer::from(document))
}
