//! Tables of verdicts whose splits are known.

use super::*;
use crate::report::samples;

/// A table of so many images; `right` tells of each whether it is right, clean and attacked.
fn verdicts(images: u64, right: impl Fn(u64) -> (bool, bool)) -> Vec<u8> {
    let mut text = "image,label,class,verdict,attack,distance\n".to_owned();
    for image in 0..images {
        let (clean, robust) = right(image);
        let verdict = match (clean, robust) {
            (false, _) => "wrong",
            (true, true) => "robust",
            (true, false) => "fooled",
        };
        text.push_str(&format!("{image},3,{},{verdict},,\n", if clean { 3 } else { 4 }));
    }
    text.into_bytes()
}

fn report() -> Report {
    let mut report = samples::report();
    let cell = |number: usize| {
        let mut cell = samples::complete();
        cell.front_tap = format!("layer{number}");
        cell
    };
    report.cells = (0..3).map(cell).collect();
    report
}

/// The first is right everywhere, the second not on five images, the third as the second but for two the other way.
fn three() -> Vec<(usize, Vec<u8>)> {
    vec![
        (0, verdicts(20, |_| (true, true))),
        (1, verdicts(20, |image| (image >= 5, image >= 5))),
        (2, verdicts(20, |image| (image >= 5, image >= 10))),
    ]
}

#[test]
fn splits_are_counted_image_by_image() {
    let found = compare(&report(), &three()).unwrap();
    assert_eq!((found.tests, found.rows.len()), (6, 6));
    let of = |accuracy: &str, first: usize, second: usize| {
        let row = found.rows.iter().find(|r| (r.accuracy, r.first, r.second) == (accuracy, first, second)).unwrap();
        (row.n, row.only_first, row.only_second, row.p)
    };
    assert_eq!(of("clean", 0, 1), (20, 5, 0, mcnemar(5, 0)));
    assert_eq!(of("clean", 1, 2), (20, 0, 0, 1.0));
    assert_eq!(of("robust", 0, 2), (20, 10, 0, mcnemar(10, 0)));
    assert_eq!(of("robust", 1, 2), (20, 5, 0, mcnemar(5, 0)));
    // The smallest of six is taken six times; those that are no finding stay none.
    assert_eq!((found.rows[0].first, found.rows[0].second, found.rows[0].accuracy), (0, 2, "robust"));
    assert!((found.rows[0].adjusted - 6.0 * found.rows[0].p).abs() < 1e-12);
    assert_eq!(found.rows[5].adjusted, 1.0);
    assert_eq!(found.rows[0].difference, 0.5);
    let text = render(&found);
    assert!(text.starts_with("3 cells, 6 comparisons on the same images; 1 differ at 5 %"), "{text}");
    assert!(
        text.contains("robust    0: layer0 > layer1.0  2: layer2 > layer1.0   +50.0          10            0  20"),
        "{text}"
    );
    let mut bytes = Vec::new();
    write_csv(&found, &mut bytes).unwrap();
    assert_eq!(String::from_utf8(bytes).unwrap().lines().count(), 7);
}

/// A front that cannot be beaten by what is read off its own layers, unless the stitch or the end adds something.
#[test]
fn cells_are_held_against_their_front() {
    let mut report = report();
    let split = |only_stitched, only_front| Some(Split { only_stitched, only_front });
    (report.cells[0].against_front, report.cells[1].against_front) = (split(20, 2), split(2, 20));
    report.cells[2].against_front = split(6, 5);
    let found = compare(&report, &three()).unwrap();
    assert_eq!(found.fronts.iter().map(Ahead::more_than_chance).collect::<Vec<_>>(), [true, false, false]);
    assert!((found.fronts[0].adjusted - 3.0 * mcnemar(20, 2)).abs() < 1e-12);
    let text = render(&found);
    let said = "cells that are right more often than their front alone by more than chance: 1 of 3\n  0: layer0 > layer1.0 (20 images against 2)\n";
    assert!(text.ends_with(said), "{text}");
}

#[test]
fn without_an_attack_there_is_no_robust_row() {
    let mut report = report();
    report.cells.iter_mut().for_each(|cell| cell.robust = None);
    let found = compare(&report, &three()).unwrap();
    assert!(found.rows.iter().all(|row| row.accuracy == "clean") && found.tests == 3);
}

#[test]
fn images_without_a_number_are_left_out() {
    let mut cells = three();
    cells[1].1 =
        String::from_utf8(cells[1].1.clone()).unwrap().replace("\n7,3,3,robust", "\n7,3,,no number").into_bytes();
    let found = compare(&report(), &cells[..2]).unwrap();
    assert_eq!(found.rows.iter().map(|row| row.n).collect::<Vec<_>>(), [19, 19]);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let refused = |cells: &[(usize, Vec<u8>)]| compare(&report(), cells).unwrap_err().to_string();
    assert!(refused(&three()[..1]).contains("1 cells were chosen"));
    let mut other = three();
    other[2].1 = verdicts(19, |_| (true, true));
    assert!(refused(&other).contains("cells 0 and 2 are of different images"));
    other[2].1 = b"image,label\n1,2\n".to_vec();
    assert!(refused(&other).contains("the verdicts of cell 2 cannot be read"));
    other[2].0 = 9;
    assert!(refused(&other).contains("there is no cell 9"));
}
