//! What jobs leave, and what is gathered from it.

mod gather;
mod record;
mod shared;
mod tables;

pub use gather::{Gathered, Gathering, journal};
pub use record::{Failure, Files, Made, Outcomes, Record};
pub use shared::SharedFolder;
pub use tables::{CellRows, CellsTable};
