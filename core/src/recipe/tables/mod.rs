//! The tables of a recipe, one file or folder each: what they hold, their keys in the schema's list, and how they
//! are made of what stands in the text.

pub(super) mod attack;
pub(super) mod controls;
pub(super) mod data;
pub(super) mod donor;
pub(super) mod pairs;
pub(super) mod probe;
pub(super) mod run;
pub(super) mod stitch;
pub(super) mod train_attack;
