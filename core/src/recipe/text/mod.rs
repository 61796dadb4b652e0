//! A recipe as text: what stands in it with its place, which keys it may have, and what is wrong with it.

pub(super) mod error;
pub(super) mod fields;
pub(super) mod foreign;
pub(super) mod keys;
pub(super) mod raw;
