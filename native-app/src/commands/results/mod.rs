//! What is made of a study's results.

pub mod export;
pub mod figure;
pub mod report;
pub mod robustbench;
