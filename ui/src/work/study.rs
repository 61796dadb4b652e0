//! A study in the worker: the core's one future, its events passed on, its files left where they belong.

use std::cell::Cell as Flag;

use stitchscope_core::platform::clock::{self, Duration, Instant};
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::{Cell, Report};
use stitchscope_core::study::{self, Event, Flow, LockError, Plan, Store, StudyError, lock};
use stitchscope_figures::results;

use super::messages::Answer;
use super::serve::Clerk;

/// Progress is told at most so often: nobody reads faster, and where the processor paints, painting takes from computing.
const PAUSE: Duration = Duration::from_millis(100);

/// A study's name: its donors and the first digits of its recipe's fingerprint, fit for a folder on every system.
#[must_use]
pub fn name(recipe: &Recipe) -> String {
    let short = |reference: &str| -> String {
        let base = stitchscope_figures::base(reference);
        base.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).take(40).collect()
    };
    let fingerprint = recipe.fingerprint();
    let digits = fingerprint.get(..10).unwrap_or(&fingerprint);
    format!("{}--{}--{digits}", short(&recipe.front.model), short(&recipe.end.model))
}

/// The file beside a study's report that has the second in which it was begun, counted from 1970.
pub(super) const MADE: &str = "made.txt";

/// When a study was begun, as far as its folder tells: nothing where there is no such file, and where the file says that nobody knows.
pub(super) fn made(store: &dyn Store) -> Option<Option<u64>> {
    let bytes = store.get(MADE).ok()??;
    Some(String::from_utf8(bytes).ok().and_then(|text| text.trim().parse().ok()))
}

/// Runs a study to its end, its stop or its failure, and tells which.
pub(super) async fn run(clerk: &Clerk<'_>, study: &str, recipe: &str) {
    clerk.port.tell(Answer::Started(study.to_owned()));
    let answer = match attempt(clerk, study, recipe).await {
        Ok((report, place)) => Answer::Finished { study: study.to_owned(), report: Box::new(report), place },
        Err(Failure::Study(StudyError::Stopped)) => Answer::Stopped(study.to_owned()),
        Err(failure) => Answer::Failed { study: study.to_owned(), why: failure.to_string() },
    };
    clerk.settle();
    clerk.port.tell(answer);
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Study(#[from] StudyError),
    #[error("the study is finished, but its files cannot be written: {0}")]
    Results(String),
    #[error(transparent)]
    Lock(#[from] LockError),
}

async fn attempt(clerk: &Clerk<'_>, name: &str, recipe: &str) -> Result<(Report, String), Failure> {
    let recipe = Recipe::parse(recipe, "recipe").map_err(StudyError::from)?;
    let plan = Plan::load(&recipe, clerk.ground.sources())?;
    let lost = Flag::new(false);
    let open = async || {
        // Asked again means that the device was lost.
        if lost.replace(true) {
            clerk.forget_engine();
        }
        clerk.engine(recipe.run.engine).await
    };
    let store = clerk.ground.store(name)?;
    let (_lock, note) = lock(store.as_ref())?;
    if let Some(event) = note {
        clerk.port.tell(Answer::Event { study: name.to_owned(), event });
    }
    let before = study::kept(store.as_ref())?;
    if before.is_none() {
        store.put(MADE, clock::since_1970().to_string().as_bytes()).map_err(StudyError::from)?;
    }
    let mut last: Option<Instant> = None;
    let mut observer = |event: &Event| {
        let tell = |event: Event| clerk.port.tell(Answer::Event { study: name.to_owned(), event });
        if worth_telling(event, &mut last) {
            tell(event.clone());
        }
        // What was measured on other days is on the screen before the first new cell.
        if matches!(event, Event::Planned { .. }) {
            before.iter().flat_map(|kept| known(&plan, &kept.report)).for_each(tell);
        }
        if clerk.stopped(name) { Flow::Stop } else { Flow::Continue }
    };
    let report = study::run_recovering(&plan, open, store.as_ref(), &mut observer).await?;
    for (file, bytes) in results(&report).map_err(Failure::Results)? {
        store.put(file, &bytes).map_err(StudyError::from)?;
    }
    Ok((report, store.place("report.json")))
}

/// The cells and controls of a report as the events that told of them first.
fn known(plan: &Plan, report: &Report) -> Vec<Event> {
    let place = |cell: &Cell| {
        let seeds = &plan.recipe.stitch.seeds;
        let pair = plan.pairs.iter().position(|pair| plan.names(*pair) == (&cell.front_tap, &cell.end_tap))?;
        Some(pair * seeds.len() + seeds.iter().position(|seed| *seed == cell.seed)?)
    };
    let cells = report.cells.iter().filter_map(|cell| {
        Some(Event::Cell { index: place(cell)?, cells: plan.cells(), cell: Box::new(cell.clone()) })
    });
    let controls = report.controls.iter().map(|control| Event::Control { control: Box::new(control.clone()) });
    cells.chain(controls).collect()
}

/// Everything but progress that comes faster than it can be seen. A loss is always told: the curve is made of them.
fn worth_telling(event: &Event, last: &mut Option<Instant>) -> bool {
    let Event::Progress(work) = event else { return true };
    let now = clock::now();
    let due = last.is_none_or(|last| now.duration_since(last) >= PAUSE);
    if due {
        *last = Some(now);
    }
    due || work.step == work.of || work.loss.is_some()
}
