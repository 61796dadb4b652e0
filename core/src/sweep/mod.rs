//! Many studies as one sweep, computed by many processes: a recipe with `[sweep]` → plan → jobs → records → the reports of one process.
//!
//! No scheduler: a plan is a file with a job a line, a job is computed by whoever is told its number, and leaves one file. No job waits for
//! another (but for a while, where it would make the same again); a job that runs twice, or twice at once, does no harm; what is missing can be asked at any time.
//!
//! **What makes a job's numbers those of one process.** A job is a whole study of the sweep, computed as `stitchscope run` computes it; so
//! its report is that of the study, whatever ran beside it. A study that is split is computed by shares
//! ([`Share`](crate::study::Share)), each of which takes the passes over the images for *all* cells, since engines add up in an order that
//! depends on all that a pass computes, and then makes only its own cells: the same as a study that was stopped and goes on. What shares have
//! in common, the first that needs it keeps for the others ([`SharedFolder`]). What remains are the
//! engine, its device and its threads, which decide the last bits of sums: gathering refuses parts of one study that differ in them.

mod error;
mod plan;
mod recipe;
mod results;

pub use error::SweepError;
pub use plan::{Bundle, Dealer, Head, Job, Part, PlanReader, ranges, write_plan};
pub use recipe::{Assignments, Point, SweepRecipe, plain, shown};
pub use results::{
    CellRows, CellsTable, Failure, Files, Gathered, Gathering, Made, Outcomes, Record, SharedFolder, journal,
};
