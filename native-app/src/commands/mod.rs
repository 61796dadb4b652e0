//! One file per command.

pub mod check;
pub mod checks;
pub mod demo;
pub mod doctor;
pub mod evaluate;
pub mod export;
pub mod figure;
pub mod inspect;
pub mod invert;
pub mod reading;
pub mod recipe;
pub mod report;
pub mod robustbench;
pub mod run;
pub mod shell;
