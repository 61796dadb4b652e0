//! Figures as a whole, from made-up reports.

mod files;
mod gallery;
mod layout;
pub(crate) mod sample;

use stitchscope_core::report::Report;

use self::sample::{Sample, robust_to_standard, standard_to_robust};
use super::scene::Role;
use super::{Figure, FigureError, Options, Scene, compatibility, lay_out};

fn figure(reports: &[&Report], options: Options) -> Figure {
    compatibility(reports, options).unwrap()
}

fn words(scene: &Scene, role: Role) -> Vec<String> {
    scene.texts().filter(|text| text.role == role).map(|text| text.text.clone()).collect()
}

#[test]
fn the_main_words_are_drawn() {
    let (there, back) = (robust_to_standard().report(), standard_to_robust().report());
    let scene = lay_out(&figure(&[&there, &back], Options::default()));
    assert_eq!(
        words(&scene, Role::ColumnTitle),
        ["fashion-robust-a → fashion-standard-a", "fashion-standard-a → fashion-robust-a"]
    );
    assert_eq!(words(&scene, Role::Tag)[..2], ["front 84.6\u{a0}%", "end 91.2\u{a0}%"]);
    assert_eq!(words(&scene, Role::Legend).len(), 7);
    let caption = words(&scene, Role::Caption).join(" ");
    for said in [
        "1,000",
        "L∞",
        "ε\u{a0}=\u{a0}8/255",
        "20\u{a0}steps",
        "1\u{a0}restart",
        "uniform start",
        "conv1x1",
        "labels",
        "3\u{a0}seeds",
        "wgpu",
        "Example GPU 9000",
        "Wilson",
    ] {
        assert!(caption.contains(said), "{said} is missing in: {caption}");
    }
}

#[test]
fn a_row_for_the_attack_only_where_there_was_one() {
    let rows = |attacked| {
        let report = Sample { attacked, ..robust_to_standard() }.report();
        figure(&[&report], Options::default()).rows.len()
    };
    assert_eq!([rows(true), rows(false)], [3, 2]);
}

#[test]
fn empty_input_is_a_named_error() {
    let mut empty = robust_to_standard().report();
    empty.cells.clear();
    assert!(matches!(compatibility(&[], Options::default()), Err(FigureError::NoReports)));
    let error = compatibility(&[&empty], Options::default()).unwrap_err();
    assert!(error.to_string().contains("fashion-robust-a → fashion-standard-a"), "{error}");
    for width_mm in [0.0, f64::NAN, 1e9] {
        let options = Options { width_mm, ..Options::default() };
        assert!(matches!(compatibility(&[&robust_to_standard().report()], options), Err(FigureError::Width { .. })));
    }
}
