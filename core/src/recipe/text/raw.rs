//! A recipe as it stands in the text: every value with its place, nothing filled in, nothing judged. What a table holds stands with it.
//!
//! Words, sizes and pairs stay plain TOML values here; each table's reader reads them, so that its errors can name the key and the remedy.

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use crate::recipe::tables::attack::RawAttack;
use crate::recipe::tables::controls::RawControls;
use crate::recipe::tables::data::RawData;
use crate::recipe::tables::donor::RawDonor;
use crate::recipe::tables::pairs::RawTaps;
use crate::recipe::tables::probe::RawProbe;
use crate::recipe::tables::run::RawRun;
use crate::recipe::tables::stitch::RawStitch;
use crate::recipe::tables::train_attack::RawTrainAttack;

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

/// Reads the tables of a parsed document.
///
/// # Errors
/// A value of another type than its key has, with its place in the text.
pub(in crate::recipe) fn read(document: Spanned<DeTable<'_>>) -> Result<RawRecipe, toml::de::Error> {
    RawRecipe::deserialize(toml::de::Deserializer::from(document))
}
