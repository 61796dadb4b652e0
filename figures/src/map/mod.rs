//! Maps of taps: every cut of the front network against every cut of the end network, a measure as colour and number.

mod layout;

use serde::{Deserialize, Serialize};
use stitchscope_core::report::{Cell, Report};

use super::compatibility::shares::{Share, point};
use super::compatibility::{self, Options, caption, names};
use super::difference::minus_words;
use super::error::FigureError;
use super::sheet::Sheet;
use crate::theme::{Ramp, Theme};

/// What a map shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shade {
    /// Accuracy of the stitched network.
    #[default]
    Clean,
    /// Its accuracy under attack.
    Robust,
    /// How often it answers as the end donor does.
    Agreement,
    /// Linear CKA of the two signals.
    Cka,
}

/// A map of taps for one or several studies, a panel each.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// Colours.
    pub theme: Theme,
    /// Width of the canvas in millimetres.
    pub width_mm: f64,
    /// One line for screen readers and file managers; not drawn.
    pub title: String,
    /// Side by side.
    pub panels: Vec<Panel>,
    /// The scale of colour.
    pub bar: Bar,
    /// Paragraphs below.
    pub caption: Vec<String>,
    /// Recipes that make the data again; stored inside the files.
    pub recipes: Vec<String>,
}

/// One study's map.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Heading.
    pub title: String,
    /// Cuts of the front network, top to bottom.
    pub rows: Vec<String>,
    /// Cuts of the end network, left to right.
    pub columns: Vec<String>,
    /// Pairs that are measured or planned.
    pub fields: Vec<Field>,
}

/// A pair of cuts.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Place in [`Panel::rows`].
    pub row: usize,
    /// Place in [`Panel::columns`].
    pub column: usize,
    /// Place on the scale of colour, in [0, 1]; absent: not measured.
    pub position: Option<f64>,
    /// The number, as short as it gets.
    pub label: String,
    /// Cuts and value in words.
    pub words: String,
    /// A cell of the report that is shown here.
    pub cell: Option<usize>,
}

/// The scale of colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What is shown, unit included.
    pub title: String,
    /// The colours.
    pub ramp: Ramp,
    /// Place in [0, 1] and label, from low to high.
    pub ticks: Vec<(f64, String)>,
}

impl Shade {
    /// Every measure.
    pub const ALL: [Self; 4] = [Self::Clean, Self::Robust, Self::Agreement, Self::Cka];

    /// Its name, unit included.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Clean => "Clean accuracy (%)",
            Self::Robust => "Robust accuracy (%)",
            Self::Agreement => "Agreement with the end donor (%)",
            Self::Cka => "CKA of the two signals (0 to 1)",
        }
    }

    /// Whether `report` has any such value.
    #[must_use]
    pub fn is_in(self, report: &Report) -> bool {
        report.cells.iter().any(|cell| value(&[cell], self).is_some())
    }
}

/// A value with how it is written.
struct Value {
    /// In [0, 1].
    share: f64,
    label: String,
    words: String,
}

/// The mean of several seeds' cells.
fn value(cells: &[&Cell], shade: Shade) -> Option<Value> {
    let shares: Vec<Share> = match shade {
        Shade::Clean => cells.iter().map(|cell| cell.clean.into()).collect(),
        Shade::Robust => cells.iter().filter_map(|cell| cell.robust).map(Share::from).collect(),
        Shade::Agreement => cells.iter().map(|cell| cell.agreement.into()).collect(),
        Shade::Cka => {
            let values: Vec<f64> = cells.iter().map(|cell| cell.cka).filter(|cka| cka.is_finite()).collect();
            let share = values.iter().sum::<f64>() / values.len() as f64;
            let label = format!("{share:.2}");
            let label = label.strip_prefix("0").map(str::to_owned).unwrap_or(label);
            return (!values.is_empty()).then(|| Value { share, label, words: format!("CKA {share:.3}") });
        }
    };
    let mean = point(&shares, 1.0)?;
    Some(Value { share: mean.y, label: format!("{:.0}", 100.0 * mean.y), words: mean.words })
}

/// The map of one or several studies, each with the pairs it is going to measure (empty where it is finished).
///
/// # Errors
/// [`FigureError::NoReports`], [`FigureError::NoCells`], [`FigureError::Width`] as for the main figure.
pub fn map(reports: &[&Report], shade: Shade, options: Options) -> Result<Map, FigureError> {
    compatibility::check(reports, options)?;
    let studies: Vec<(&Report, &[(String, String)])> = reports.iter().map(|report| (*report, &[][..])).collect();
    Ok(map_so_far(&studies, shade, options))
}

/// As [`map`], of studies that may still be running, without a caption.
#[must_use]
pub fn map_so_far(studies: &[(&Report, &[(String, String)])], shade: Shade, options: Options) -> Map {
    let reports: Vec<&Report> = studies.iter().map(|(report, _)| *report).collect();
    let pairs: Vec<String> = reports.iter().map(|report| names::pair(report)).collect();
    let ticks = (0..=4).map(|step| f64::from(step) / 4.0);
    let tick = |at: f64| if shade == Shade::Cka { format!("{at:.2}") } else { format!("{:.0}", 100.0 * at) };
    Map {
        theme: options.theme,
        width_mm: options.width_mm,
        title: format!("{} at every pair of cuts: {}", shade.title(), pairs.join("; ")),
        panels: studies.iter().map(|(report, planned)| panel(report, planned, shade)).collect(),
        bar: Bar {
            title: shade.title().to_owned(),
            ramp: Ramp::Share,
            ticks: ticks.map(|at| (at, tick(at))).collect(),
        },
        caption: vec![
            "Rows: where the front network was cut. Columns: where the end network was cut. A field without colour was not measured.".to_owned(),
            caption::settings(&reports),
        ],
        recipes: reports.iter().map(|report| report.recipe.clone()).collect(),
    }
}

fn panel(report: &Report, planned: &[(String, String)], shade: Shade) -> Panel {
    let measured = report.cells.iter().map(|cell| (cell.front_tap.as_str(), cell.end_tap.as_str()));
    let pairs = planned.iter().map(|(front, end)| (front.as_str(), end.as_str())).chain(measured);
    let mut panel = Panel { title: names::pair(report), rows: Vec::new(), columns: Vec::new(), fields: Vec::new() };
    let mut known = std::collections::HashMap::new();
    for (front, end) in pairs {
        let place = (place(&mut panel.rows, front), place(&mut panel.columns, end));
        if known.insert(place, ()).is_none() {
            panel.fields.push(field(report, (front, end), place, shade));
        }
    }
    panel
}

/// Where `name` stands in the list; put at its end where it is new.
fn place(list: &mut Vec<String>, name: &str) -> usize {
    list.iter().position(|known| known == name).unwrap_or_else(|| {
        list.push(name.to_owned());
        list.len() - 1
    })
}

fn field(report: &Report, (front, end): (&str, &str), (row, column): (usize, usize), shade: Shade) -> Field {
    let here = |cell: &&Cell| cell.front_tap == front && cell.end_tap == end;
    let cells: Vec<&Cell> = report.cells.iter().filter(here).collect();
    let cell = report.cells.iter().position(|cell| here(&cell));
    let value = value(&cells, shade);
    let says = value.as_ref().map_or("not measured", |value| value.words.as_str());
    Field {
        row,
        column,
        words: format!("{front} → {end}: {says}"),
        position: value.as_ref().map(|value| value.share),
        label: value.map(|value| value.label).unwrap_or_default(),
        cell,
    }
}

/// How one study's map differs from another's, at the pairs that both have: `report` minus `from`.
#[must_use]
pub fn difference(report: &Report, from: &Report, shade: Shade, options: Options) -> Map {
    let mut map = map_so_far(&[(report, &[])], shade, options);
    let other = panel(from, &[], shade);
    let before = |row: &str, column: &str| {
        let at = (other.rows.iter().position(|r| r == row)?, other.columns.iter().position(|c| c == column)?);
        other.fields.iter().find(|field| (field.row, field.column) == at)?.position
    };
    let mut largest: f64 = 0.0;
    for panel in &mut map.panels {
        for field in &mut panel.fields {
            let (row, column) = (&panel.rows[field.row], &panel.columns[field.column]);
            let change = before(row, column).zip(field.position).map(|(was, is)| is - was);
            largest = largest.max(change.map_or(0.0, f64::abs));
            let words = change.map_or("not measured in both".to_owned(), |change| signed(change, shade));
            field.label = change.map(|change| signed(change, shade)).unwrap_or_default();
            field.words = format!("{row} → {column}: {words}");
            field.position = change;
        }
    }
    let most = [0.05, 0.1, 0.2, 0.5, 1.0].into_iter().find(|most| *most >= largest).unwrap_or(1.0);
    let fields = map.panels.iter_mut().flat_map(|panel| &mut panel.fields);
    fields.for_each(|field| field.position = field.position.map(|change| 0.5 + change / (2.0 * most)));
    map.bar = Bar {
        title: format!("Difference of {}", shade.title().replace("(%)", "(points)")),
        ramp: Ramp::Signed,
        ticks: [-1.0, -0.5, 0.0, 0.5, 1.0].map(|at| (f64::midpoint(at, 1.0), signed(at * most, shade))).to_vec(),
    };
    map.title = format!("{}: {}", map.bar.title, minus_words(report, from));
    map.recipes.push(from.recipe.clone());
    map.caption.insert(0, format!("{}.", minus_words(report, from)));
    map
}

/// `+3.1`, in points or in CKA.
fn signed(change: f64, shade: Shade) -> String {
    let text = if shade == Shade::Cka { format!("{change:+.2}") } else { format!("{:+.1}", 100.0 * change) };
    text.replace('-', "−")
}

impl Map {
    /// Says its measure in other words.
    pub fn reword(&mut self, say: impl Fn(&str) -> String) {
        self.bar.title = say(&self.bar.title);
    }

    /// The map laid out for paper.
    #[must_use]
    pub fn sheet(&self) -> Sheet {
        self.sheet_in(None)
    }

    /// The map laid out in a room of so many points, with its caption left out; or for paper.
    #[must_use]
    pub fn sheet_in(&self, room: Option<(f64, f64)>) -> Sheet {
        let fields = self.panels.iter().flat_map(|panel| &panel.fields).map(|field| field.words.as_str());
        let fields: Vec<&str> = fields.collect();
        Sheet {
            theme: self.theme,
            title: self.title.clone(),
            description: format!("{}. {}. {}", self.title, fields.join("; "), self.caption.join(" ")),
            recipes: self.recipes.clone(),
            scene: layout::lay_out(self, room),
        }
    }
}

#[cfg(test)]
mod tests;
