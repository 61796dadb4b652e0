//! From a recipe to a report: plan, cells, events; journal and resume.
//!
//! [`Plan::load`] opens what a [`Recipe`](crate::recipe::Recipe) names and checks everything that can be wrong before computing;
//! [`run()`] then measures donors and cells one by one, tells an observer, and keeps each finished piece in the journal
//! before it begins the next.

mod attacked;
mod books;
mod cell;
mod controls;
mod error;
mod evaluate;
mod evaluation;
mod events;
mod export;
mod inversion;
pub mod journal;
mod matching;
mod measure;
mod plan;
mod pool;
mod run;
mod signals;
mod stages;
mod stitched;
mod survey;
mod timing;
mod train;
mod verdicts;
mod work;

pub use crate::similarity::Alike;
pub use books::{JOURNAL, Kept, LockError, RECIPE, REPORT, kept, lock};
pub use error::StudyError;
pub use evaluate::{evaluate, predictions};
pub use evaluation::{Evaluation, Question, evaluation};
pub use events::{Event, Flow, Observer, Progress, Stage};
pub use export::exported;
pub use inversion::{InversionSettings, InversionStart, Inverted, MOST_STEPS, invert};
pub use journal::{Folder, Memory, Store};
pub use matching::{PairFit, RankStitches, match_pairs};
pub(crate) use plan::image_inputs;
pub use plan::{
    About, FileSources, ImageInputs, Network, Pair, Plan, Share, Shelf, Sources, fitting, shown_images, test_images,
    unchanged,
};
pub use pool::{Look, Piece, Pool, What};
pub use run::{run, run_recovering, run_share, run_share_recovering, self_check};
pub use stitched::{restored, stitched};
pub use survey::compare_pairs;
pub use train::{CraftSettings, Teachers, Trained, Training, Validation, train};
pub use verdicts::{Verdicts, verdicts_csv};
