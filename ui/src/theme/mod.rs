//! The only place with colours and sizes of the window. What stands for a network has the look that figures give it: those
//! colours come from [`stitchscope_figures::theme`].

mod icons;
pub mod style;
mod window;

pub use icons::Icon;
pub use stitchscope_figures::theme::{CODE, Color, Ink, Ramp, Theme, Tokens, contrast, words_on};
pub use style::size;
pub use window::{Surface, Surfaces};

/// The screen of a talk while it shows nothing.
pub const NOTHING: egui::Color32 = egui::Color32::BLACK;
/// A frame around what is pointed at in a figure, which may be light or dark.
pub const OVER_FIGURES: egui::Color32 = egui::Color32::GRAY;
