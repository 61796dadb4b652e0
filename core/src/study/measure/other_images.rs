//! Correct answers on the recipe's other images (`data.also`), where it names some.

use super::Subject;
use crate::engine::{Engine, Program};
use crate::report::Counts;
use crate::study::evaluate::predictions;
use crate::study::events::{Observer, Progress, Stage, progress};
use crate::study::work::CellWork;
use crate::study::{Plan, StudyError};

/// Those of a stitched network.
pub(in crate::study) async fn on_others(
    work: &CellWork<'_>,
    of: Subject<'_>,
    observer: &mut Observer<'_>,
) -> Result<Option<Counts>, StudyError> {
    let Some(network) = of.network else { return Ok(None) };
    counted((work.engine, work.plan), (&network.program, &network.about), observer).await
}

/// Those of a donor.
pub(in crate::study) async fn of_donor(
    (engine, plan): (&dyn Engine, &Plan),
    (program, about): (Option<&Program>, &Progress),
    observer: &mut Observer<'_>,
) -> Result<Option<Counts>, StudyError> {
    let Some(program) = program else { return Ok(None) };
    counted((engine, plan), (program, about), observer).await
}

async fn counted(
    (engine, plan): (&dyn Engine, &Plan),
    (program, about): (&Program, &Progress),
    observer: &mut Observer<'_>,
) -> Result<Option<Counts>, StudyError> {
    let Some(images) = &plan.also else { return Ok(None) };
    let mut step = |done: usize| progress(observer, about.at(Stage::OtherImages, done, images.len()));
    let found = predictions(engine, program, images, plan.recipe.run.batch, &mut step).await?;
    Ok(Some(found.counts(&images.labels)))
}
