//! Recipe -> plan -> cells -> events -> report; journal and resume.
//!
//! [`Plan::load`] opens what a [`recipe::Recipe`] names and checks everything that can be wrong before computing;
//! [`run`] then measures donors and cells one by one, tells an observer, and keeps each finished piece in the journal
//! before it begins the next.

mod attacked;
mod cell;
mod controls;
mod crafting;
pub mod csv;
mod donors;
mod error;
mod evaluate;
mod events;
mod halves;
mod inputs;
mod inversion;
pub mod journal;
mod ledger;
mod lessons;
mod lock;
mod matching;
mod network;
mod ood;
mod plan;
mod probes;
mod ranks;
pub mod recipe;
mod recovery;
pub mod report;
pub mod robustbench;
mod runner;
mod scramble;
mod self_check;
mod sheet;
mod shift;
mod signals;
mod source;
pub mod statistics;
mod store;
pub mod table;
mod teachers;
mod training;
mod transfer;

pub use cell::stitched;
pub use crafting::CraftSettings;
pub use error::StudyError;
pub use evaluate::{Predictions, evaluate, predicted_class};
pub use events::{Event, Flow, Observer};
pub use halves::restored;
pub use inputs::{About, exported, unchanged};
pub use inversion::{InversionSettings, InversionStart, Inverted, MOST_STEPS, invert};
pub use lock::{LockError, lock};
pub use matching::{Caches, Matching, match_pairs};
pub use network::Network;
pub use plan::{Pair, Plan};
pub use ranks::RankStitches;
pub use recovery::run_recovering;
pub use runner::run;
pub use self_check::{SelfCheck, self_check};
pub use sheet::sheet;
pub use source::{FileSources, Shelf, Sources};
pub use store::{Folder, Memory, Store};
pub use teachers::Teachers;
pub use training::{Trained, Training, train};
