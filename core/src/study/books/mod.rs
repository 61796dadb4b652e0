//! The books of a study: what its folder holds, what is finished, and who may write.

mod kept;
mod ledger;
mod lock;

pub(super) use kept::leave_recipe;
pub use kept::{JOURNAL, Kept, RECIPE, REPORT, kept};
pub(super) use ledger::Ledger;
pub use lock::{LockError, lock};
