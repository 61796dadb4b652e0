//! Made-up reports, whose correlations are known.

use super::*;
use crate::report::{Counts, Direct, samples};
use crate::statistics::quantile;

const DRAWS: Bootstrap = Bootstrap { seed: 1, resamples: 100 };
const SETTINGS: Settings = Settings { draws: DRAWS, between: false };

/// A study of `front` and `end` with a cell for each `(cka, direct, trained)`, accuracies of 1,000 images.
fn study(front: &str, end: &str, cells: &[(f64, u64, u64)]) -> (String, Report) {
    let mut report = samples::report();
    report.recipe = format!(
        "[front]\nmodel = \"{front}\"\n[end]\nmodel = \"{end}\"\n[data]\ntrain = \"zoo:t\"\ntest = \"zoo:t\"\n[attack]\neps = \"0.1\"\n"
    );
    report.donors[0].model = front.to_owned();
    report.donors[1].model = end.to_owned();
    let of = |(at, (cka, direct, trained)): (usize, &(f64, u64, u64))| {
        let mut cell = samples::complete();
        cell.front_tap = format!("layer{at}");
        cell.cka = *cka;
        cell.cka_unbiased = f64::NAN;
        cell.clean = Counts { correct: *trained, total: 1000 };
        cell.robust = None;
        cell.direct = Direct { clean: Counts { correct: *direct, total: 1000 }, robust: None, ..cell.direct };
        // A distance that falls as CKA grows.
        let halves = ["cca", "cca_squared", "svcca", "pwcca", "r2"].map(|name| (name, 0.5));
        cell.similarity = Some(halves.into_iter().chain([("procrustes", 2.0 - cka)]).collect());
        cell
    };
    report.cells = cells.iter().enumerate().map(of).collect();
    (format!("{front}-{end}"), report)
}

fn three() -> Vec<(String, Report)> {
    vec![
        study("a.onnx", "b.onnx", &[(0.9, 900, 100), (0.8, 800, 200), (0.1, 100, 900)]),
        study("b.onnx", "c.onnx", &[(0.7, 700, 300), (0.2, 200, 800)]),
        study("c.onnx", "a.onnx", &[(0.5, 500, 500), (0.4, 400, 600)]),
    ]
}

fn find<'a>(found: &'a Foretold, stitch: &str, measure: &str) -> &'a Row {
    found.rows.iter().find(|row| (row.stitch.as_str(), row.measure) == (stitch, measure)).unwrap()
}

#[test]
fn orders_that_are_known_are_found() {
    let found = foretell(&three(), SETTINGS).unwrap();
    assert_eq!((found.reports, found.cells, found.pairs, found.within), (3, 7, 7, 0));
    assert_eq!(found.networks, ["a.onnx", "b.onnx", "c.onnx"]);
    for (stitch, expected) in [("direct", 1.0), ("task", -1.0)] {
        // The distance is turned: it foretells what CKA does.
        for measure in ["cka", "procrustes"] {
            let row = find(&found, stitch, measure);
            assert_eq!((row.n, row.donors, row.accuracy), (7, 3, "clean"));
            for estimate in [row.kendall.unwrap(), row.spearman.unwrap()] {
                assert_eq!([Some(estimate.value), estimate.low, estimate.high], [Some(expected); 3]);
                assert!(estimate.resamples > 50 && estimate.resamples <= 100, "some have no two different pairs");
            }
        }
    }
    let still = find(&found, "direct", "cca");
    assert_eq!((still.kendall, still.why.as_deref()), (None, Some("one of the two is the same for all pairs")));
    assert_eq!(foretell(&three(), SETTINGS).unwrap(), found, "the same draws");
}

#[test]
fn a_measure_without_a_value_says_how_many_and_why() {
    let mut reports = three();
    let cell = &mut reports[1].1.cells[0];
    cell.cka = f64::NAN;
    let why = "the front's signal is the same on every image";
    cell.not_computed = vec![crate::report::NotComputed { measures: vec!["cka".to_owned()], why: why.to_owned() }];
    let found = foretell(&reports, SETTINGS).unwrap();
    let row = find(&found, "direct", "cka");
    assert_eq!((row.n, row.without), (6, 1));
    assert_eq!(row.why.as_deref(), Some("1 of the pairs without it: the front's signal is the same on every image"));
    // No report has it and none says why: it was not measured, and there is no row.
    assert!(!found.rows.iter().any(|row| row.measure == "relative_l2" || row.accuracy == "robust"));
    let text = render(&found);
    assert!(
        text.contains(
            "CKA                        1  higher     +1.00 [+1.00, +1.00]  +1.00 [+1.00, +1.00]  6         3  1"
        ),
        "{text}"
    );
    assert!(
        !text.contains("NaN") && text.contains("which measure foretells the stitch: 7 pairs of taps, 3 networks"),
        "{text}"
    );
}

#[test]
fn seeds_and_copies_of_a_network_count_once() {
    let mut reports = three();
    let again = reports[0].1.cells[0].clone();
    reports[0].1.cells.push(crate::report::Cell { seed: 1, clean: Counts { correct: 300, total: 1000 }, ..again });
    // The same file under another name.
    let mut inputs = crate::provenance::Inputs::none();
    let content =
        |file: &str, blake3: &str| crate::provenance::Content { file: file.to_owned(), blake3: blake3.to_owned() };
    inputs.add("end network", [content("copy.onnx", "aa")]);
    reports[0].1.inputs = Some({
        let mut first = crate::provenance::Inputs::none();
        first.add("front network", [content("a.onnx", "aa")]);
        first
    });
    for donor in &mut reports[2].1.donors {
        if donor.model == "a.onnx" {
            donor.model = "copy.onnx".to_owned();
        }
    }
    reports[2].1.inputs = Some(inputs);
    let found = foretell(&reports, SETTINGS).unwrap();
    assert_eq!((found.cells, found.pairs, found.networks.len()), (8, 7, 3));
    // The mean of 100 and 300 ties with 200: one of 21 pairs of pairs is neither way.
    let tau = find(&found, "task", "cka").kendall.unwrap().value;
    assert!((tau + 20.0 / f64::sqrt(21.0 * 20.0)).abs() < 1e-12, "{tau}");
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let refused = |change: &dyn Fn(&mut String)| {
        let mut reports = three();
        change(&mut reports[1].1.recipe);
        foretell(&reports, SETTINGS).unwrap_err().to_string()
    };
    let eps = refused(&|recipe| *recipe = recipe.replace("0.1", "0.2"));
    assert!(eps.starts_with("a.onnx-b.onnx and b.onnx-c.onnx differ in [attack]"), "{eps}");
    assert!(
        refused(&|recipe| *recipe = recipe.replace("test = \"zoo:t\"", "test = \"zoo:u\"")).contains("test images")
    );
    assert!(
        refused(&|recipe| *recipe = recipe.replace("train = \"zoo:t\"", "train = \"zoo:u\""))
            .contains("training images")
    );
    assert!(refused(&|recipe| recipe.push_str("[stitch]\nlr = 0.5\n")).contains("[stitch]"));
    assert!(refused(&|recipe| recipe.push('[')).contains("the recipe in it cannot be read"));
    // Other seeds are repetitions, and another training is another stitch.
    let mut reports = three();
    reports[1].1.recipe.push_str("[stitch]\nseeds = [7]\n");
    reports[2].1.recipe.push_str("[stitch]\ntrain = \"match\"\n");
    let found = foretell(&reports, SETTINGS).unwrap();
    assert_eq!(
        [find(&found, "task", "cka").n, find(&found, "match", "cka").n, find(&found, "direct", "cka").n],
        [5, 2, 7]
    );
    assert_eq!(find(&found, "match", "cka").why.as_deref(), Some("fewer than three pairs have both numbers"));
}

#[test]
fn pairs_within_a_network_can_be_left_out() {
    let mut reports = three();
    reports.push(study("a.onnx", "a.onnx", &[(1.0, 1000, 1000), (0.3, 300, 300)]));
    let all = foretell(&reports, SETTINGS).unwrap();
    let between = foretell(&reports, Settings { between: true, ..SETTINGS }).unwrap();
    assert_eq!((all.pairs, all.within, between.pairs, between.within), (9, 2, 7, 0));
    let few = foretell(&reports[3..], Settings { between: true, ..SETTINGS }).unwrap_err().to_string();
    assert!(few.contains("0 pairs") && few.contains("allow pairs within one network"), "{few}");
    let two = foretell(&three()[..1], SETTINGS).unwrap();
    let row = find(&two, "direct", "cka");
    assert_eq!(
        (row.kendall.unwrap().low, row.why.as_deref()),
        (None, Some("no interval: it takes three networks or more"))
    );
}

#[test]
fn means_are_over_pairs_and_seeds_within_them() {
    let mut reports = three();
    let mut again = reports[0].1.cells[0].clone();
    (again.seed, again.clean) = (1, Counts { correct: 300, total: 1000 });
    reports[0].1.cells.push(again);
    let found = means(&reports, SETTINGS).unwrap();
    let of = |stitch: &str| {
        found.rows.iter().find(|r| (r.stitch.as_str(), r.front_tap.as_str()) == (stitch, "layer0")).unwrap()
    };
    // Of the first pair the mean of 100 and 300.
    let task = of("task");
    assert!((task.mean - (0.2 + 0.3 + 0.5) / 3.0).abs() < 1e-12, "{task:?}");
    assert_eq!((task.n, task.donors, task.cells), (3, 3, 4));
    let [low, high] = task.over_seeds.unwrap();
    assert!(
        (low - 0.9 / 3.0).abs() < 1e-12 && (high - 1.1 / 3.0).abs() < 1e-12,
        "drawn seeds are both or either: {low} {high}"
    );
    let [low, high] = task.over_networks.unwrap();
    assert!((0.1..0.3).contains(&low) && high > 0.45 && high <= 0.5, "{low} {high}");
    let direct = of("direct");
    assert!((direct.mean - 0.7).abs() < 1e-12 && direct.over_seeds.is_some_and(|[low, high]| low == high));
    let text = found.table();
    assert!(text.starts_with("means over pairs of networks: 3 networks, 3 reports"), "{text}");
    let mut bytes = Vec::new();
    found.write_csv(&mut bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap().lines().count(), 1 + found.rows.len());
    reports.iter_mut().for_each(|(_, report)| report.cells.clear());
    assert!(means(&reports, SETTINGS).unwrap_err().to_string().contains("1 or more are needed"));
}

#[test]
fn csv_has_a_row_for_each() {
    let found = foretell(&three(), SETTINGS).unwrap();
    let mut bytes = Vec::new();
    write_csv(&found, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.lines();
    let header = "stitch,form,accuracy,measure,same,closer,n,donors,kendall,kendall_low,kendall_high,spearman,spearman_low,spearman_high,without,why";
    assert_eq!(lines.next(), Some(header));
    let first = "direct,auto,clean,cka,1,higher,7,3,1.000000,1.000000,1.000000,1.000000,1.000000,1.000000,0,";
    assert_eq!(lines.next(), Some(first));
    assert_eq!(lines.count() + 1, found.rows.len());
    assert!(quantile(&[1.0], 0.5) == 1.0 && !text.contains("NaN"));
}
