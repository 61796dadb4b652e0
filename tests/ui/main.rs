//! Does the window do what people ask of it, by mouse, by keyboard and for screen readers?
//!
//! The real application with a real worker on a thread, its files in memory or a temporary folder. Most tests read the
//! accessibility tree and need no GPU; the pictures are rendered on whatever adapter there is.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests fail as tests do")]

mod bad_cases;
mod compare;
mod exports;
mod files;
mod first_time;
mod harness;
mod inside;
mod kept;
mod pause;
mod pictures;
mod slides;
mod snapshots;
mod soak;
mod study;
mod views;
mod walk;

use harness::{made_up, shell};
