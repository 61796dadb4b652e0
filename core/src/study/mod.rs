//! Recipe -> plan -> cells -> events -> report; journal and resume.

pub mod report;
