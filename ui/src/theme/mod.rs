//! The only place with colours and sizes of the window. What stands for a network has the look that figures give it: those
//! colours come from [`stitchscope_figures::theme`].

mod icons;
pub mod style;
mod window;

pub use icons::Icon;
pub use stitchscope_figures::theme::{Color, Ink, Ramp, Theme, Tokens, contrast, words_on};
pub use style::size;
pub use window::{Surface, Surfaces};
