//! The main figure of a study: what the stitched network still can do at each tap, beside its donors.
//!
//! One column per report, so that the two directions of a pair stand side by side; rows are clean accuracy, robust
//! accuracy (where anything was attacked), and likeness.

pub(crate) mod caption;
mod columns;
pub(crate) mod names;
pub(crate) mod shares;

pub use names::base;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::Report;

use super::error::FigureError;
use super::model::{Axis, Figure, Row};
use crate::theme::Theme;

/// What a reader may choose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Colours.
    pub theme: Theme,
    /// Width in millimetres, 40 to 2000; 180 is a page of a two-column paper.
    pub width_mm: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { theme: Theme::Light, width_mm: 180.0 }
    }
}

/// The measures a figure can show, top to bottom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Clean,
    Robust,
    Likeness,
}

/// The compatibility figure of one or several studies, a column each, in the order given.
///
/// # Errors
/// [`FigureError::NoReports`], [`FigureError::NoCells`] when a report has nothing to draw, [`FigureError::Width`].
pub fn compatibility(reports: &[&Report], options: Options) -> Result<Figure, FigureError> {
    check(reports, options)?;
    Ok(draw(reports, options, false))
}

/// The figure of studies that are still running: each with the pairs of taps it is going to measure, which keep their places
/// on the axis from the start. Caption and axis title are left out: a screen says these things around the figure.
#[must_use]
pub fn so_far(studies: &[(&Report, &[(String, String)])], options: Options) -> Figure {
    let reports: Vec<&Report> = studies.iter().map(|(report, _)| *report).collect();
    let recipes: Vec<Option<Recipe>> = reports.iter().map(|r| Recipe::parse(&r.recipe, "recipe").ok()).collect();
    let attacked = recipes.iter().flatten().any(|recipe| recipe.attack.is_some());
    let mut figure = draw(&reports, options, attacked);
    figure.caption.clear();
    for ((column, (report, pairs)), recipe) in figure.columns.iter_mut().zip(studies).zip(&recipes) {
        if let (Some(recipe), true) = (recipe, report.donors.len() < 2) {
            column.title = format!("{} → {}", base(&recipe.front.model), base(&recipe.end.model));
        }
        column.x_title.clear();
        for (front, end) in *pairs {
            let name = names::joined(front, end);
            if !column.categories.contains(&name) {
                column.categories.push(name);
            }
        }
        let count = column.categories.len();
        for panel in &mut column.panels {
            panel.series.iter_mut().for_each(|series| series.points.resize(count, None));
            if panel.note.is_some() {
                panel.note = Some("nothing measured yet".to_owned());
            }
        }
    }
    figure
}

/// With a row for attacks where there were some, or where some are `planned`.
fn draw(reports: &[&Report], options: Options, planned: bool) -> Figure {
    let attacked = planned || reports.iter().any(|report| is_attacked(report));
    let measures: Vec<Measure> = [Measure::Clean, Measure::Robust, Measure::Likeness]
        .into_iter()
        .filter(|measure| attacked || *measure != Measure::Robust)
        .collect();
    let pairs: Vec<String> = reports.iter().map(|report| names::pair(report)).collect();
    Figure {
        theme: options.theme,
        width_mm: options.width_mm,
        title: format!("What survives when two networks are joined, tap by tap: {}", pairs.join("; ")),
        rows: measures.iter().enumerate().map(|(index, measure)| row(index, *measure)).collect(),
        columns: reports.iter().map(|report| columns::column(report, &measures)).collect(),
        seed_label: "single seed".to_owned(),
        hidden: Vec::new(),
        caption: caption::paragraphs(reports, &measures),
        recipes: reports.iter().map(|report| report.recipe.clone()).collect(),
    }
}

pub(crate) fn check(reports: &[&Report], options: Options) -> Result<(), FigureError> {
    if !(40.0..=2000.0).contains(&options.width_mm) {
        return Err(FigureError::Width { width_mm: options.width_mm });
    }
    if reports.is_empty() {
        return Err(FigureError::NoReports);
    }
    match reports.iter().enumerate().find(|(_, report)| report.cells.is_empty()) {
        Some((index, report)) => Err(FigureError::NoCells { number: index + 1, pair: names::pair(report) }),
        None => Ok(()),
    }
}

pub(crate) fn is_attacked(report: &Report) -> bool {
    report.donors.iter().any(|donor| donor.robust.is_some())
        || report.cells.iter().any(|cell| cell.robust.is_some() || cell.direct.robust.is_some())
}

fn row(index: usize, measure: Measure) -> Row {
    let words = match measure {
        Measure::Clean => "Clean accuracy (%)",
        Measure::Robust => "Robust accuracy (%)",
        Measure::Likeness => "CKA and agreement (0 to 1)",
    };
    let axis = match measure {
        Measure::Clean | Measure::Robust => axis(100.0, |value| format!("{value:.0}")),
        Measure::Likeness => axis(1.0, |value| format!("{value:.1}")),
    };
    Row { title: format!("({}) {words}", letter(index)), axis }
}

fn axis(max: f64, label: fn(f64) -> String) -> Axis {
    let ticks = (0..=5).map(|step| f64::from(step) * max / 5.0).map(|value| (value, label(value)));
    Axis { min: 0.0, max, ticks: ticks.collect() }
}

/// `a`, `b`, `c`.
fn letter(index: usize) -> char {
    char::from(b'a' + (index % 26) as u8)
}
