//! A plan: every study checked, a job a line, and how jobs are dealt to tasks.

mod bundle;
mod check;
mod cost;
mod job;
mod lines;
mod ranges;

pub use bundle::{Bundle, Dealer};
pub use job::{Head, Job, Part};
pub use lines::{PlanReader, write_plan};
pub use ranges::ranges;
