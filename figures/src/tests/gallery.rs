//! Figures of every awkward kind, by name; also the way to look at them all.

use stitchscope_core::report::Report;

use super::figure;
use super::sample::{Sample, long_taps, robust_to_standard, standard_to_robust};
use crate::theme::Theme;
use crate::{Figure, Options};

/// One figure per kind of trouble.
pub(super) fn gallery() -> Vec<(&'static str, Figure)> {
    let (there, back) = (robust_to_standard().report(), standard_to_robust().report());
    let (one, many, many_back) = (taps(vec!["layer2.1.add".to_owned()]), taps(long_taps(40)), taps(long_taps(39)));
    let (plain, gaps, strange) = (plain(), gaps(), strange());
    let (light, dark) = (Theme::Light, Theme::Dark);
    let draw = |reports: &[&Report], width_mm, theme| figure(reports, Options { theme, width_mm });
    vec![
        ("both", draw(&[&there, &back], 180.0, light)),
        ("both-dark", draw(&[&there, &back], 180.0, dark)),
        ("single", draw(&[&there], 120.0, light)),
        ("one-tap", draw(&[&one], 85.0, light)),
        ("forty", draw(&[&many, &many_back], 180.0, light)),
        ("forty-narrow", draw(&[&many], 85.0, dark)),
        ("no-attack", draw(&[&plain], 180.0, light)),
        ("mixed", draw(&[&there, &plain], 180.0, light)),
        ("gaps", draw(&[&gaps], 180.0, light)),
        ("strange", draw(&[&strange, &strange, &strange], 40.0, light)),
    ]
}

fn taps(taps: Vec<String>) -> Report {
    Sample { taps, seeds: 1, ..robust_to_standard() }.report()
}

fn plain() -> Report {
    Sample { attacked: false, seeds: 1, ..robust_to_standard() }.report()
}

/// Measurements missing here and there, one pair of unlike taps.
fn gaps() -> Report {
    let mut report = Sample { seeds: 1, ..robust_to_standard() }.report();
    report.cells[3].clean.total = 0;
    report.cells[4].robust = None;
    report.cells[5].cka = f64::NAN;
    report.cells[2].end_tap = "layer2.0.add".to_owned();
    report.cells[2].flags.push("diverged".to_owned());
    report
}

/// Names that no font and no width was made for, donors that lie on each other.
fn strange() -> Report {
    let mut report = plain();
    report.donors[0].model = format!("/very/{}/long & <odd>\u{7}/名前.onnx", "long".repeat(80));
    report.donors[0].clean.correct = 912;
    report.donors[1].clean.correct = 910;
    report.cells[0].front_tap = "x".repeat(500);
    report
}

#[test]
#[ignore = "writes pictures to look at into the temporary folder"]
fn pictures() {
    let folder = std::env::temp_dir().join("fig");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, figure) in gallery() {
        std::fs::write(folder.join(format!("{name}.svg")), figure.to_svg()).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), figure.to_png(2.5).unwrap()).unwrap();
    }
}
