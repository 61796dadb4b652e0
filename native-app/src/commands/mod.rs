//! One file per command.

pub mod demo;
pub mod doctor;
pub mod export;
pub mod figure;
pub mod inspect;
pub mod invert;
pub mod report;
pub mod robustbench;
pub mod run;
pub mod shell;
