//! Tables of small made-up reports, word for word.

use super::super::{Agreement, ControlCell, Transfer, samples};
use super::*;

#[test]
fn the_table_is_golden() {
    let golden = "\
front  zoo:fashion-robust-a    clean 82.0 ±2.4 %  robust 61.0 ±3.0 %
end    zoo:fashion-standard-a  clean 90.1 ±1.9 %  robust 1.3 ±0.7 %
n = 1,000 images; ± is half of the 95 % interval
direct: the least-squares stitch, clean / robust
CKA of the two signals: 1 = same, higher is closer
OOD: AUROC of telling stitched activations from the end's own by their distance; 0.5 is alike

cell  taps                 seed    clean %   robust %    agree %    CKA     direct %   OOD  flags
   0  layer1.0                0  71.3 ±2.8  12.3 ±2.0  80.0 ±2.5  0.912  70.1 /  9.8  0.62
   1  layer1.0 > layer2.1     1   0.0 ±0.2          -  10.0 ±1.9  0.100          9.0     -  1,2

flags
  1  ill-conditioned, look twice
  2  robust was not measured
";
    assert_eq!(render(&samples::report()), golden);
}

#[test]
fn controls_stand_in_a_table_of_their_own() {
    let mut report = samples::report();
    let control = |kind: &str, front: &str, correct| ControlCell {
        kind: kind.to_owned(),
        front_tap: front.to_owned(),
        end_tap: "layer2.1".to_owned(),
        seed: 0,
        clean: samples::counts(correct),
        agreement: Agreement { same: 1, total: 1000 },
        direct: None,
    };
    report.controls = vec![control("self-stitch", "layer2.1", 900), control("random-front", "layer1.0", 98)];
    let golden = "
controls, clean: one thing changed on purpose
taps                 end with itself %  random front %
layer1.0                             -               -
layer1.0 > layer2.1          90.0 ±1.9        9.8 ±1.8

flags
";
    assert!(render(&report).contains(golden), "{}", render(&report));
}

#[test]
fn without_attack_seeds_and_flags_their_columns_go() {
    let mut report = samples::report();
    report.cells.truncate(1);
    report.cells[0].robust = None;
    report.cells[0].direct.robust = None;
    report.cells[0].ood = None;
    let text = render(&report);
    let golden = "
cell  taps        clean %    agree %    CKA  direct %
   0  layer1.0  71.3 ±2.8  80.0 ±2.5  0.912      70.1
";
    assert!(text.ends_with(golden), "{text}");
    assert!(text.contains("direct: the least-squares stitch\n"));
}

#[test]
fn long_names_and_full_numbers_fit_100_columns() {
    let mut report = samples::report();
    report.donors[0].model = format!("/home/somebody/{}/network.onnx", "deep/".repeat(30));
    for (index, cell) in report.cells.iter_mut().enumerate() {
        cell.front_tap = "features.denseblock4.denselayer15.conv2.output".to_owned();
        cell.end_tap = format!("stages.3.blocks.{index}.attention.projection.add");
        cell.clean = Counts { correct: 10_000, total: 10_000 };
        cell.robust = Some(Counts { correct: 10_000, total: 10_000 });
        cell.direct.clean = cell.clean;
        cell.direct.robust = cell.robust;
        cell.seed = 1000 + index as u64;
        cell.ood = None;
    }
    let text = render(&report);
    for line in text.lines() {
        assert!(line.chars().count() <= WIDTH, "{line}");
    }
    assert!(text.contains("n = 1,000 to 10,000 images"), "{text}");
    assert!(text.contains("…v2.output > …ction.add"), "{text}");
}

#[test]
fn a_name_cannot_write_to_the_terminal() {
    let mut report = samples::report();
    report.donors[0].model = "\u{1b}[2Jevil\nname".to_owned();
    report.cells[0].front_tap = "\u{7}tap".to_owned();
    report.cells[0].flags.push("\u{1b}[31mred".to_owned());
    assert!(render(&report).chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn an_empty_report_is_a_header() {
    let mut report = samples::report();
    report.cells.clear();
    report.donors.clear();
    assert!(render(&report).starts_with("n = 0 images"));
}

#[test]
fn transfer_has_a_column_where_it_was_measured() {
    let mut report = samples::report();
    report.cells[0].transfer = Some(Transfer { front: samples::counts(415), end: samples::counts(9) });
    let text = render(&report);
    assert!(text.contains("transfer: on images made to fool the front donor / the end donor\n"), "{text}");
    assert!(text.contains("12.3 ±2.0  41.5 /  0.9  80.0 ±2.5"), "{text}");
}
