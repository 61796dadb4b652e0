//! One file per command.

pub mod demo;
pub mod doctor;
pub mod network;
pub mod recipe;
pub mod results;
pub mod run;
pub mod shell;
pub mod sweep;

pub use network::{check, checks, evaluate, grad, inspect, invert, reading};
pub use results::{compare, export, figure, foretell, report, robustbench};
