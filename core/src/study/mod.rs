//! From a recipe to a report: plan, cells, events; journal and resume.
//!
//! [`Plan::load`] opens what a [`Recipe`](crate::recipe::Recipe) names and checks everything that can be wrong before computing;
//! [`run()`] then measures donors and cells one by one, tells an observer, and keeps each finished piece in the journal
//! before it begins the next.

mod arms;
mod attacked;
mod cell;
mod controls;
mod crafting;
mod error;
mod evaluate;
mod evaluation;
mod events;
mod halves;
mod inputs;
mod inversion;
pub mod journal;
mod kept;
mod ledger;
mod lock;
mod matching;
mod measure;
mod network;
mod plan;
mod recovery;
mod run;
mod same_taps;
mod self_check;
mod sets;
mod shift;
mod source;
mod survey;
mod timing;
mod train;
mod transfer;
mod verdicts;

pub use cell::stitched;
pub use crafting::CraftSettings;
pub use error::StudyError;
pub use evaluate::{evaluate, predictions};
pub use evaluation::{Evaluation, Question, evaluation};
pub use events::{Event, Flow, Observer, Progress, Stage};
pub use halves::restored;
pub use inputs::{About, exported, unchanged};
pub use inversion::{InversionSettings, InversionStart, Inverted, MOST_STEPS, invert};
pub use journal::{Folder, Memory, Store};
pub use kept::{JOURNAL, Kept, RECIPE, REPORT, kept};
pub use lock::{LockError, lock};
pub use matching::{PairFit, match_pairs};
pub use measure::ranks::RankStitches;
pub use network::Network;
pub use plan::{Pair, Plan, test_images};
pub use recovery::run_recovering;
pub use run::run;
pub use self_check::self_check;
pub use sets::shown_images;
pub use source::{FileSources, Shelf, Sources};
pub use survey::{Alike, compare_pairs};
pub use train::{Teachers, Trained, Training, train};
pub use verdicts::{Verdicts, verdicts_csv};
