//! Stitches learn: from a recipe's words to a training's parts, its steps, and what its batches need beside images and labels.

mod donors;
mod spec;
mod steps;
mod teachers;

pub(in crate::study) use spec::{
    constraint, form_word, interpolation, may_cache, needs_correlations, takes_any_shape, teachers,
};
pub use steps::{Trained, Training, train};
pub use teachers::Teachers;
