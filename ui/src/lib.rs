//! What people see of Stitchscope: the window as a library.
//!
//! The window is split by who may do what. [`state`] is what a person chose and is saved; [`work`] is the worker that computes,
//! reached by messages only; [`command`] are the things one can do, as values; `panels` paint and send; [`App`] drains what
//! they send in one place. A shell gives the window its [`Services`] and the worker its ground, and is otherwise empty.

mod app;
mod bundle;
pub mod command;
mod panels;
mod services;
pub mod state;
pub mod theme;
mod widgets;
mod words;
pub mod work;
pub mod world;

pub use app::App;
pub use bundle::{Bundle, Example, Known};
pub use services::{Choice, Desk, Services};
