//! One report as one column: its taps in the order of the plan, and a panel per measure.

use stitchscope_core::report::{Cell, ControlCell, Counts, Donor, Report, Role};

use super::shares::{Share, point};
use super::{Measure, names};
use crate::format::percent;
use crate::model::{Column, Dash, Look, Panel, Point, Reference, Series, Shape, Spread};
use crate::theme::Ink;

/// From here on whiskers would touch, and bands read better.
const BANDS_FROM: usize = 25;

const FRONT: Look = Look { ink: Ink::Front, shape: Shape::Circle, filled: true, dash: Dash::DashDot };
const END: Look = Look { ink: Ink::End, shape: Shape::Square, filled: true, dash: Dash::Dotted };
const TRAINED: Look = Look { ink: Ink::Stitched, shape: Shape::Triangle, filled: true, dash: Dash::Solid };
const DIRECT: Look = Look { ink: Ink::Stitched, shape: Shape::Triangle, filled: false, dash: Dash::Dashed };
const OTHER: Look = Look { ink: Ink::Stitched, shape: Shape::TriangleDown, filled: true, dash: Dash::Dashed };
const UNTRAINED: Look = Look { ink: Ink::Stitched, shape: Shape::TriangleDown, filled: false, dash: Dash::Dotted };
const LIKENESS: Look = Look { ink: Ink::Likeness, shape: Shape::Diamond, filled: true, dash: Dash::Solid };
const AGREEMENT: Look = Look { ink: Ink::Agreement, shape: Shape::Cross, filled: false, dash: Dash::Dashed };

/// Controls, in the grey of what is not the subject: kind, words, look. That an end joined with itself keeps its accuracy is seen in
/// the table; in the figure it would hide the end's own line.
const CONTROLS: [(&str, &str, Look); 4] = [
    ("identity", "control: no stitch", Look { shape: Shape::Cross, ..CONTROL }),
    ("random-front", "control: random front", Look { shape: Shape::TriangleDown, ..CONTROL }),
    ("shuffled-labels", "control: shuffled labels", Look { shape: Shape::Diamond, ..CONTROL }),
    ("random-end", "control: random end", Look { shape: Shape::Square, ..CONTROL }),
];
const CONTROL: Look = Look { ink: Ink::Agreement, shape: Shape::Cross, filled: false, dash: Dash::Dotted };

/// All seeds at one place of the x axis.
struct Tap<'a> {
    name: String,
    cells: Vec<&'a Cell>,
}

pub(crate) fn column(report: &Report, measures: &[Measure]) -> Column {
    let taps = taps(report);
    Column {
        title: names::pair(report),
        categories: taps.iter().map(|tap| tap.name.clone()).collect(),
        x_title: "tap where the networks are joined".to_owned(),
        panels: measures.iter().map(|measure| panel(report, &taps, *measure)).collect(),
    }
}

fn taps(report: &Report) -> Vec<Tap<'_>> {
    let mut taps: Vec<Tap<'_>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for cell in &report.cells {
        let place = *places.entry((&cell.front_tap, &cell.end_tap)).or_insert_with(|| {
            taps.push(Tap { name: names::tap(cell), cells: Vec::new() });
            taps.len() - 1
        });
        taps[place].cells.push(cell);
    }
    taps
}

fn panel(report: &Report, taps: &[Tap<'_>], measure: Measure) -> Panel {
    let (references, series) = match measure {
        Measure::Clean => {
            let mut series = controls(report, taps);
            series.extend(stitched(taps, |cell| Some(cell.clean), |cell| Some(cell.direct.clean)));
            (donors(report, |donor| Some(donor.clean)), series)
        }
        Measure::Robust => {
            (donors(report, |donor| donor.robust), stitched(taps, |cell| cell.robust, |cell| cell.direct.robust))
        }
        Measure::Likeness => (Vec::new(), likeness(taps)),
    };
    let note = (references.is_empty() && series.is_empty()).then(|| match measure {
        Measure::Robust => "not attacked".to_owned(),
        Measure::Clean | Measure::Likeness => "no values".to_owned(),
    });
    Panel { references, series, note }
}

fn donors(report: &Report, pick: fn(&Donor) -> Option<Counts>) -> Vec<Reference> {
    let line = |donor: &Donor| {
        let value = point(&[pick(donor)?.into()], 100.0)?;
        let (label, short, look) = match donor.role {
            Role::Front => ("front donor", "front", FRONT),
            Role::End => ("end donor", "end", END),
        };
        let tag = format!("{short} {}", percent(value.y));
        Some(Reference { label: label.to_owned(), tag, look, y: value.y, interval: value.interval })
    };
    report.donors.iter().filter_map(line).collect()
}

type Pick = fn(&Cell) -> Option<Counts>;

/// The stitched network's accuracy: direct matching first, so that the trained stitch lies on top.
fn stitched(taps: &[Tap<'_>], own: Pick, direct: Pick) -> Vec<Series> {
    let mut series = vec![shares("direct matching", DIRECT, taps, 100.0, |cell| {
        // An untrained direct stitch is the direct one; either measurement of it serves.
        direct(cell).or_else(|| if is_direct(cell) { own(cell) } else { None }).map(Share::from)
    })];
    for (label, look) in stitches(taps) {
        series.push(shares(label, look, taps, 100.0, |cell| {
            own(cell).filter(|_| stitch(cell) == Some((label, look))).map(Share::from)
        }));
    }
    series.retain(|series| series.points.iter().any(Option::is_some));
    series
}

/// What the recipe compares the cells with.
fn controls(report: &Report, taps: &[Tap<'_>]) -> Vec<Series> {
    let of = |kind: &str, tap: &Tap<'_>| {
        let cell = tap.cells.first()?;
        let belongs = |c: &&ControlCell| c.kind == kind && c.front_tap == cell.front_tap && c.end_tap == cell.end_tap;
        Some(Share::from(report.controls.iter().find(belongs)?.clean))
    };
    let series = |(kind, label, look): (&str, &str, Look)| Series {
        label: label.to_owned(),
        look,
        spread: spread(taps),
        points: taps.iter().map(|tap| point(&[of(kind, tap)?], 100.0)).collect(),
        repeats: Vec::new(),
    };
    let mut all: Vec<Series> = CONTROLS.into_iter().map(series).collect();
    all.retain(|series| series.points.iter().any(Option::is_some));
    all
}

fn is_direct(cell: &Cell) -> bool {
    cell.stitch.train == "none" && cell.stitch.init == "direct"
}

/// The words and look of a cell's own stitch; none where it is the direct one.
fn stitch(cell: &Cell) -> Option<(&'static str, Look)> {
    match (cell.stitch.train.as_str(), cell.stitch.init.as_str()) {
        ("none", "direct") => None,
        ("none", "identity") => Some(("identity, untrained", UNTRAINED)),
        ("none", _) => Some(("random stitch, untrained", UNTRAINED)),
        ("task", _) => Some(("task matching", TRAINED)),
        ("soft", _) => Some(("soft matching", OTHER)),
        ("adversarial", _) => Some(("adversarially trained stitch", OTHER)),
        ("trades", _) => Some(("stitch trained by TRADES", OTHER)),
        ("match", _) => Some(("direct matching by gradient", OTHER)),
        ("fula", _) => Some(("matching of all later layers", OTHER)),
        ("final", _) => Some(("final-feature matching", OTHER)),
        _ => Some(("trained otherwise", OTHER)),
    }
}

fn stitches(taps: &[Tap<'_>]) -> Vec<(&'static str, Look)> {
    let mut found = Vec::new();
    for kind in taps.iter().flat_map(|tap| &tap.cells).filter_map(|cell| stitch(cell)) {
        if !found.contains(&kind) {
            found.push(kind);
        }
    }
    found
}

fn likeness(taps: &[Tap<'_>]) -> Vec<Series> {
    let mut agreement = shares("agreement", AGREEMENT, taps, 1.0, |cell| Some(cell.agreement.into()));
    // The panel's message is the mean; single seeds of two crossing lines would only blur it.
    agreement.repeats.clear();
    let mut all = vec![cka(taps), agreement];
    all.retain(|series| series.points.iter().any(Option::is_some));
    all
}

/// CKA compares the signals before any stitch, so its seeds differ by nothing but rounding: their mean is shown.
fn cka(taps: &[Tap<'_>]) -> Series {
    let points = taps.iter().map(|tap| {
        let values: Vec<f64> = tap.cells.iter().map(|cell| cell.cka).filter(|value| value.is_finite()).collect();
        let y = values.iter().sum::<f64>() / values.len() as f64;
        (!values.is_empty()).then(|| Point { y, interval: None, words: format!("{y:.3}") })
    });
    let points: Vec<_> = points.collect();
    Series { label: "CKA".to_owned(), look: LIKENESS, spread: spread(taps), points, repeats: Vec::new() }
}

fn spread(taps: &[Tap<'_>]) -> Spread {
    if taps.len() < BANDS_FROM { Spread::Bars } else { Spread::Band }
}

fn shares(label: &str, look: Look, taps: &[Tap<'_>], unit: f64, pick: impl Fn(&Cell) -> Option<Share>) -> Series {
    let mut points = Vec::with_capacity(taps.len());
    let mut repeats = Vec::new();
    for (index, tap) in taps.iter().enumerate() {
        let mut found: Vec<Share> = tap.cells.iter().filter_map(|cell| pick(cell)).collect();
        if found.windows(2).all(|pair| pair[0] == pair[1]) {
            found.truncate(1); // one measurement, written into every seed's cell
        }
        points.push(point(&found, unit));
        if found.len() > 1 {
            repeats.extend(found.iter().filter_map(|share| share.value()).map(|value| (index, value * unit)));
        }
    }
    Series { label: label.to_owned(), look, spread: spread(taps), points, repeats }
}
