//! Recipe -> plan -> cells -> events -> report; journal and resume.
//!
//! [`Plan::load`] opens what a [`recipe::Recipe`] names and checks everything that can be wrong before computing;
//! [`run`] then measures donors and cells one by one, tells an observer, and keeps each finished piece in the journal
//! before it begins the next.

mod cell;
pub mod csv;
mod error;
mod evaluate;
mod events;
pub mod journal;
mod matching;
mod network;
mod plan;
pub mod recipe;
pub mod report;
mod runner;
mod source;
pub mod statistics;
mod store;
pub mod table;
mod training;

pub use cell::stitched;
pub use error::StudyError;
pub use evaluate::{Predictions, evaluate, predicted_class};
pub use events::{Event, Flow, Observer};
pub use matching::{Caches, Matching, match_pairs};
pub use network::Network;
pub use plan::{Pair, Plan};
pub use runner::run;
pub use source::{FileSources, Shelf, Sources};
pub use store::{Folder, Memory, Store};
pub use training::{Trained, train};
