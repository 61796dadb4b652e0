//! What one can do, as values. [`Command`]s stand in lists (buttons, palette, key sheet); [`Act`]s are what panels send, a
//! command among them. Everything is done in one place: [`App`](crate::App) drains the acts after each frame.

mod act;
mod list;

pub use act::Act;
pub use list::Command;
