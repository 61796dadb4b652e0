//! A study that outlives its device.
//!
//! Drivers crash, are updated, or lose their device when a laptop sleeps. What is finished is in the journal, so a study goes on with
//! a new device where it was and gives the report it would have given.

use std::rc::Rc;

use super::run_share;
use crate::attack::AttackError;
use crate::engine::{Engine, EngineError};
use crate::report::Report;
use crate::study::events::{Event, Observer, tell};
use crate::study::{Plan, Pool, Store, StudyError};

/// Devices that may be lost before the study gives up: one that is lost again and again is broken.
const LOSSES: usize = 3;

/// Runs a plan on an engine from `open`, and on another one whenever the device is lost.
///
/// # Errors
/// As [`run()`](crate::study::run()); [`EngineError::Lost`] when the device was lost for the fourth time.
pub async fn run_recovering(
    plan: &Plan,
    open: impl AsyncFn() -> Result<Rc<dyn Engine>, EngineError>,
    store: &dyn Store,
    observer: &mut Observer<'_>,
) -> Result<Report, StudyError> {
    run_share_recovering(plan, open, (store, None), observer).await
}

/// As [`run_recovering`], of a share with what it has in common with others.
///
/// # Errors
/// As [`run_recovering`].
pub async fn run_share_recovering(
    plan: &Plan,
    open: impl AsyncFn() -> Result<Rc<dyn Engine>, EngineError>,
    stores: (&dyn Store, Option<&dyn Pool>),
    observer: &mut Observer<'_>,
) -> Result<Report, StudyError> {
    let mut losses = 0;
    loop {
        let engine = open().await?;
        match run_share(plan, engine.as_ref(), stores, observer).await {
            Err(why) if why.is_lost_device() && losses < LOSSES => {
                losses += 1;
                tell(observer, &Event::Note { text: format!("{why}. Going on with a new device.") })?;
            }
            outcome => return outcome,
        }
    }
}

impl StudyError {
    /// Whether the device is gone, so that another one could go on.
    #[must_use]
    pub const fn is_lost_device(&self) -> bool {
        matches!(
            self,
            Self::Engine(EngineError::Lost { .. })
                | Self::Attack { source: AttackError::Engine(EngineError::Lost { .. }), .. }
        )
    }
}
