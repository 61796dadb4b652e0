//! Why a sweep cannot be planned, computed or gathered: one sentence with the place and the remedy.

use crate::platform::FileError;
use crate::recipe::RecipeError;
use crate::study::StudyError;

/// A sweep that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The recipe is at fault.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// A study is at fault.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The table `[sweep]` is at fault.
    #[error("{file}: {what}; {remedy}")]
    Sweep {
        /// The recipe's name, or that of its file of rows.
        file: String,
        /// What is wrong.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// One of the studies cannot be.
    #[error("study {number} of the sweep ({set}): {why}")]
    OfStudy {
        /// Its number, from 0.
        number: usize,
        /// What the sweep sets in it.
        set: String,
        /// What is wrong with it.
        why: String,
    },
    /// A plan that does not read.
    #[error("line {line} of the plan: {why}; make the plan anew")]
    Plan {
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// What is at hand is not what was planned.
    #[error(
        "job {index} was planned as {planned:.12}, and with what is at hand it is {found:.12}: the version of Stitchscope, a network or an \
         image set is not the one that was planned with; put it back, or make the plan anew"
    )]
    Changed {
        /// The job's place in the plan.
        index: usize,
        /// Its id in the plan.
        planned: String,
        /// Its id here.
        found: String,
    },
    /// A job's results do not read, or do not belong to the plan.
    #[error("{file}: {why}; delete it and run the job again")]
    Record {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
    /// Results that do not belong together.
    #[error("the results do not belong together: {0}")]
    Mixed(String),
    /// Something cannot be written as JSON or zip.
    #[error("{0}: this is a fault of Stitchscope, please report it")]
    Write(String),
}
