//! Recipe -> plan -> cells -> events -> report; journal and resume.

pub mod csv;
pub mod journal;
pub mod recipe;
pub mod report;
pub mod statistics;
pub mod table;
