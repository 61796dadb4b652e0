//! `stitchscope plan`, `cell`, `gather` and `sweep`: many studies by many processes. docs/cluster.md tells how they go together.

mod arguments;
mod cancel;
pub mod cell;
pub mod gather;
mod local;
mod machine;
pub mod plan;
mod scripts;
mod status;
pub mod submit;

pub use arguments::{CellOptions, GatherOptions, PlanOptions, SweepOptions};
