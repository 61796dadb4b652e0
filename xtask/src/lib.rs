//! The project's chores, as `cargo xtask` and its helpers call them. Nothing here is part of the program that people use.
//!
//! Every chore works from any folder of the workspace, prints each command before it runs it, and either installs what is
//! missing or says in one sentence what to do about it. What needs large libraries is a program of its own behind a feature
//! (`data`, `web`), built by the chore that needs it: nobody else waits for it.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "talking to the terminal is what a chore is for")]

pub mod bench;
pub mod book;
pub mod bring;
pub mod checks;
pub mod command;
#[cfg(feature = "data")]
pub mod data;
pub mod demo;
pub mod dist;
pub mod fuzz;
pub mod soak;
mod tidy;
pub mod web;
pub mod wheel;
mod workspace;
