//! How one study differs from another, tap by tap: what it keeps minus what the other one keeps, with the interval of the
//! difference.

use stitchscope_core::report::{Cell, Counts, Report};

use super::compatibility::{Options, caption, is_attacked, names, shares};
use super::format::plural;
use super::model::{Axis, Column, Dash, Figure, Look, Panel, Point, Reference, Row, Series, Shape, Spread};
use crate::theme::Ink;

const CLEAN: Look = Look { ink: Ink::Stitched, shape: Shape::Triangle, filled: true, dash: Dash::Solid };
const DIRECT: Look = Look { ink: Ink::Stitched, shape: Shape::Triangle, filled: false, dash: Dash::Dashed };
const CKA: Look = Look { ink: Ink::Likeness, shape: Shape::Diamond, filled: true, dash: Dash::Solid };
const ZERO: Look = Look { ink: Ink::Agreement, shape: Shape::Cross, filled: false, dash: Dash::Dotted };

/// A share of images of either study, as a mean over seeds.
type Pick = fn(&Cell) -> Option<Counts>;

/// `report` minus `from`, at the pairs of taps that both have measured. A figure without categories where they have none.
#[must_use]
pub fn difference(report: &Report, from: &Report, options: Options) -> Figure {
    let pairs = common(report, from);
    let mut rows = vec![(
        "Clean accuracy",
        vec![
            ("stitch of the study", CLEAN, (|cell| Some(cell.clean)) as Pick),
            ("direct matching", DIRECT, |cell| Some(cell.direct.clean)),
        ],
    )];
    if is_attacked(report) && is_attacked(from) {
        rows.push(("Robust accuracy", vec![("stitch of the study", CLEAN, (|cell| cell.robust) as Pick)]));
    }
    let mut panels: Vec<(String, Panel, f64)> = Vec::new();
    for (title, series) in rows {
        let series: Vec<Series> = series
            .into_iter()
            .map(|(label, look, pick)| shares_of(report, from, &pairs, (label, look), pick))
            .collect();
        let most = limit(&series, &[5.0, 10.0, 20.0, 50.0, 100.0]);
        panels.push((format!("{title} (points)"), panel(series), most));
    }
    let likeness = cka(report, from, &pairs);
    let most = limit(std::slice::from_ref(&likeness), &[0.05, 0.1, 0.2, 0.5, 1.0]);
    panels.push(("CKA".to_owned(), panel(vec![likeness]), most));
    let title = minus_words(report, from);
    let row = |(index, (title, _, most)): (usize, &(String, Panel, f64))| Row {
        title: format!("({}) Difference of {title}", char::from(b'a' + index as u8)),
        axis: axis(*most),
    };
    Figure {
        theme: options.theme,
        width_mm: options.width_mm,
        title: format!("What changes from one study to another: {title}"),
        rows: panels.iter().enumerate().map(row).collect(),
        columns: vec![Column {
            title: title.clone(),
            categories: pairs.iter().map(|(front, end)| names::joined(front, end)).collect(),
            x_title: "tap where the networks are joined".to_owned(),
            panels: panels.into_iter().map(|(_, panel, _)| panel).collect(),
        }],
        seed_label: String::new(),
        hidden: Vec::new(),
        caption: vec![
            format!(
                "{title}, at the {} that both have measured. Above 0 the first one keeps more. Bars are 95 % intervals of the difference (Newcombe's, from Wilson's), as of independent images: on the same images the true ones are narrower.",
                plural(pairs.len() as u64, "pair of taps", "pairs of taps")
            ),
            caption::settings(&[report, from]),
        ],
        recipes: vec![report.recipe.clone(), from.recipe.clone()],
    }
}

/// What is taken from what; two studies of one pair of networks are told apart by what was done.
pub(crate) fn minus_words(report: &Report, from: &Report) -> String {
    let (this, other) = (names::pair(report), names::pair(from));
    if this == other { format!("{this}: this study minus the pinned one") } else { format!("{this} minus {other}") }
}

/// Pairs of taps of the first that are in both, in its order.
fn common(report: &Report, from: &Report) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for cell in &report.cells {
        let pair = (cell.front_tap.clone(), cell.end_tap.clone());
        let there = from.cells.iter().any(|other| other.front_tap == pair.0 && other.end_tap == pair.1);
        if there && !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs
}

fn at<'a>(report: &'a Report, (front, end): &'a (String, String)) -> impl Iterator<Item = &'a Cell> {
    report.cells.iter().filter(move |cell| cell.front_tap == *front && cell.end_tap == *end)
}

fn shares_of(
    report: &Report,
    from: &Report,
    pairs: &[(String, String)],
    (label, look): (&str, Look),
    pick: Pick,
) -> Series {
    let mean = |report: &Report, pair| {
        let found: Vec<shares::Share> = at(report, pair).filter_map(pick).map(shares::Share::from).collect();
        shares::point(&found, 100.0)
    };
    let points = pairs.iter().map(|pair| minus(&mean(report, pair)?, &mean(from, pair)?)).collect();
    Series { label: label.to_owned(), look, spread: Spread::Bars, points, repeats: Vec::new() }
}

/// Newcombe's interval of a difference: from the intervals of its two parts ("Interval estimation for the difference between
/// independent proportions", Statistics in Medicine 17 (1998), method 10).
fn minus(a: &Point, b: &Point) -> Option<Point> {
    let ((a_low, a_high), (b_low, b_high)) = (a.interval?, b.interval?);
    let y = a.y - b.y;
    let interval = (y - (a.y - a_low).hypot(b_high - b.y), y + (a_high - a.y).hypot(b.y - b_low));
    let words = format!("{y:+.1} points (95 % interval {:+.1} to {:+.1})", interval.0, interval.1).replace('-', "−");
    Some(Point { y, interval: Some(interval), words: words.replace("95\u{a0}", "95 ") })
}

fn cka(report: &Report, from: &Report, pairs: &[(String, String)]) -> Series {
    let mean = |report: &Report, pair| {
        let values: Vec<f64> = at(report, pair).map(|cell| cell.cka).filter(|cka| cka.is_finite()).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let point = |pair| {
        let y: f64 = mean(report, pair)? - mean(from, pair)?;
        Some(Point { y, interval: None, words: format!("{y:+.3}").replace('-', "−") })
    };
    let points = pairs.iter().map(point).collect();
    Series { label: "CKA".to_owned(), look: CKA, spread: Spread::Bars, points, repeats: Vec::new() }
}

fn panel(series: Vec<Series>) -> Panel {
    let zero =
        Reference { label: "no difference".to_owned(), tag: "equal".to_owned(), look: ZERO, y: 0.0, interval: None };
    let empty = series.iter().all(|series| series.points.iter().all(Option::is_none));
    let note = empty.then(|| "no pair of taps was measured in both".to_owned());
    Panel { references: if empty { Vec::new() } else { vec![zero] }, series, note }
}

/// The first of `limits` that holds every value with its interval.
fn limit(series: &[Series], limits: &[f64]) -> f64 {
    let points = series.iter().flat_map(|series| series.points.iter().flatten());
    let ends = points.flat_map(|point| {
        let (low, high) = point.interval.unwrap_or((point.y, point.y));
        [low.abs(), high.abs()]
    });
    let largest = ends.fold(0.0, f64::max);
    limits.iter().copied().find(|limit| *limit >= largest).or(limits.last().copied()).unwrap_or(1.0)
}

fn axis(most: f64) -> Axis {
    let digits = match most {
        most if most >= 10.0 => 0,
        most if most >= 5.0 => 1,
        most if most >= 0.1 => 2,
        _ => 3,
    };
    let ticks = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|at| {
        let value = at * most;
        (value, if at == 0.0 { "0".to_owned() } else { format!("{value:+.digits$}").replace('-', "−") })
    });
    Axis { min: -most, max: most, ticks: ticks.to_vec() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sample::robust_to_standard;

    #[test]
    fn the_interval_is_newcombes() {
        // His example (a): 56 of 70 and 48 of 80; method 10 gives 0.0524 to 0.3339.
        let of = |hits, total| shares::point(&[shares::Share { hits, total }], 1.0).unwrap();
        let difference = minus(&of(56, 70), &of(48, 80)).unwrap();
        let (low, high) = difference.interval.unwrap();
        assert!((difference.y - 0.2).abs() < 1e-12);
        assert!((low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5, "{low} {high}");
    }

    #[test]
    fn a_study_does_not_differ_from_itself() {
        let report = robust_to_standard().report();
        let figure = difference(&report, &report, Options::default());
        assert_eq!((figure.rows.len(), figure.columns[0].categories.len()), (3, 8));
        for series in figure.columns[0].panels.iter().flat_map(|panel| &panel.series) {
            assert!(series.points.iter().flatten().all(|point| point.y == 0.0));
        }
        assert!(figure.to_svg().contains("no difference"));
    }

    #[test]
    fn without_common_taps_it_says_so() {
        let report = robust_to_standard().report();
        let mut other = robust_to_standard().report();
        other.cells.iter_mut().for_each(|cell| cell.front_tap.push('x'));
        let figure = difference(&report, &other, Options::default());
        assert!(figure.columns[0].panels.iter().all(|panel| panel.note.is_some()));
    }
}
