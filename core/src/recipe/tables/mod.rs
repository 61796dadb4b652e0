//! The tables of a recipe, one file each: what they hold, and how it is made of what stands in the text.

pub(super) mod attack;
pub(super) mod controls;
pub(super) mod data;
pub(super) mod donor;
pub(super) mod pairs;
pub(super) mod probe;
pub(super) mod stitch;
pub(super) mod train_attack;
