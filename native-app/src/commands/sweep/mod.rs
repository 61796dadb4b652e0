//! `stitchscope plan`, `cell`, `gather` and `sweep`: many studies by many processes. docs/cluster.md tells how they go together.

mod arguments;
mod cancel;
pub mod cell;
mod columns;
pub mod gather;
mod local;
mod machine;
pub mod plan;
mod scripts;
mod sharing;
mod status;
pub mod submit;

pub use arguments::{CellOptions, GatherOptions, PlanOptions, SweepOptions};
