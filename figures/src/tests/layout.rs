//! Where things lie: nothing outside the canvas, no words over words, gaps stay gaps.

use super::gallery::gallery;
use super::sample::{Sample, robust_to_standard};
use super::{figure, words};
use crate::scene::{Item, Role, Spot, Text};
use crate::{Dash, Options, lay_out};

#[test]
fn everything_lies_inside_the_canvas() {
    for (name, figure) in gallery() {
        let scene = lay_out(&figure);
        for item in scene.items() {
            let (low, high) = item.bounds();
            let inside = low.0 >= 0.0 && low.1 >= 0.0 && high.0 <= scene.width && high.1 <= scene.height;
            assert!(inside, "{name}: {item:?} leaves {} x {}", scene.width, scene.height);
        }
    }
}

/// Whether two turned boxes overlap: they do unless one of their edges' directions separates them.
fn overlap(a: &[Spot; 4], b: &[Spot; 4]) -> bool {
    let edges = |c: &[Spot; 4]| [(c[1].0 - c[0].0, c[1].1 - c[0].1), (c[3].0 - c[0].0, c[3].1 - c[0].1)];
    let reach = |c: &[Spot; 4], axis: Spot| {
        let along = c.map(|p| p.0 * axis.0 + p.1 * axis.1);
        (along.into_iter().fold(f64::INFINITY, f64::min), along.into_iter().fold(f64::NEG_INFINITY, f64::max))
    };
    edges(a).into_iter().chain(edges(b)).all(|axis| {
        let (p, q) = (reach(a, axis), reach(b, axis));
        p.1 > q.0 + 1e-6 && q.1 > p.0 + 1e-6
    })
}

#[test]
fn no_words_lie_on_other_words() {
    for (name, figure) in gallery() {
        let scene = lay_out(&figure);
        let texts: Vec<&Text> = scene.texts().collect();
        for (index, a) in texts.iter().enumerate() {
            for b in &texts[..index] {
                assert!(!overlap(&a.corners(), &b.corners()), "{name}: {:?} lies on {:?}", a.text, b.text);
            }
        }
    }
}

#[test]
fn overlap_is_seen_where_there_is_one() {
    let square = |x: f64| [(x, 0.0), (x + 2.0, 0.0), (x + 2.0, 2.0), (x, 2.0)];
    assert!(overlap(&square(0.0), &square(1.0)));
    assert!(!overlap(&square(0.0), &square(2.0)));
}

#[test]
fn few_taps_are_all_named_and_many_are_thinned() {
    for (name, figure) in gallery() {
        let (shown, taps) =
            (words(&lay_out(&figure), Role::XTick).len(), figure.columns.iter().map(|c| c.categories.len()).sum());
        match name {
            "forty" => assert!(shown >= 20 && shown < taps, "{shown} of {taps}"),
            "both" | "single" | "one-tap" | "no-attack" => assert_eq!(shown, taps, "{name}"),
            _ => {}
        }
    }
}

#[test]
fn missing_values_break_the_line() {
    let mut report = Sample { seeds: 1, ..robust_to_standard() }.report();
    report.cells[3].clean.total = 0;
    let figure = figure(&[&report], Options::default());
    let trained = &figure.columns[0].panels[0].series[1];
    assert!(trained.points[3].is_none() && trained.points[2].is_some());
    let scene = lay_out(&figure);
    let layer = scene.layers.iter().find(|layer| layer.name == "panel-1-1").unwrap();
    let color = figure.theme.tokens().mark(trained.look.ink);
    let solid = |item: &&Item| matches!(item, Item::Stroke { points, color: c, dash: Dash::Solid, .. } if points.len() > 2 && *c == color);
    assert_eq!(layer.items.iter().filter(solid).count(), 2);
}
