//! What is made of a study's results.

pub mod compare;
pub mod export;
pub mod figure;
pub mod foretell;
pub mod report;
pub mod robustbench;
