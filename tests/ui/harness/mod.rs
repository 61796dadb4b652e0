//! A window without a screen, and reports for it to show.

pub mod made_up;
pub mod shell;
