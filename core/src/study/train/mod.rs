//! Stitches learn: from a recipe's words to a training's parts, its steps, and what its batches need beside images and labels.

mod crafting;
mod donors;
mod spec;
mod steps;
mod teachers;
mod validation;

pub use crafting::CraftSettings;
pub(in crate::study) use spec::{Lesson, start, teachers, trained};
pub use steps::{Trained, Training, Validation, train};
pub use teachers::Teachers;
