//! Maps of made-up reports.

use super::*;
use crate::scene::{Item, Role};
use crate::tests::sample::{Sample, robust_to_standard};

/// Three front taps by four end taps, one pair missing.
fn crossed() -> Report {
    let mut report = Sample { seeds: 2, ..robust_to_standard() }.report();
    let cells = report.cells.clone();
    report.cells = (0..12)
        .filter(|at| *at != 7)
        .map(|at| {
            let mut cell = cells[at].clone();
            (cell.front_tap, cell.end_tap) = (format!("layer{}", at / 4), format!("block{}", at % 4));
            cell.clean.correct = 80 * at as u64;
            cell
        })
        .collect();
    report
}

fn options() -> Options {
    Options::default()
}

#[test]
fn every_measured_pair_is_a_field_with_its_number_and_its_words() {
    let report = crossed();
    let map = map(&[&report], Shade::Clean, options()).unwrap();
    let panel = &map.panels[0];
    assert_eq!((panel.rows.len(), panel.columns.len(), panel.fields.len()), (3, 4, 11));
    let field = panel.fields.iter().find(|field| (field.row, field.column) == (2, 1)).unwrap();
    assert_eq!((field.label.as_str(), field.cell), ("72", Some(8)));
    assert!(field.words.starts_with("layer2 → block1: 72.0"), "{}", field.words);
    let scene = map.sheet().scene;
    let tiles = scene.items().filter(|item| matches!(item, Item::Tile(tile) if tile.opens.is_some())).count();
    assert_eq!(tiles, 11);
    let numbers = scene.texts().filter(|text| text.role == Role::Tag).count();
    assert_eq!(numbers, 11);
}

#[test]
fn what_is_planned_has_its_place_before_it_is_measured() {
    let report = crossed();
    let planned: Vec<(String, String)> =
        (0..3).flat_map(|r| (0..4).map(move |c| (format!("layer{r}"), format!("block{c}")))).collect();
    let map = map_so_far(&[(&report, &planned)], Shade::Robust, options());
    assert_eq!(map.panels[0].fields.len(), 12);
    assert_eq!(map.panels[0].fields.iter().filter(|field| field.position.is_none()).count(), 1);
}

#[test]
fn everything_lies_on_the_canvas_on_paper_and_on_screens() {
    for (count, room) in [(3, None), (3, Some((700.0, 400.0))), (20, Some((500.0, 300.0))), (40, None)] {
        let mut report = crossed();
        let cell = report.cells[0].clone();
        report.cells = (0..count * count)
            .map(|at| {
                let mut cell = cell.clone();
                (cell.front_tap, cell.end_tap) =
                    (format!("a.long.module.path.{}", at / count), format!("名前 {}", at % count));
                cell
            })
            .collect();
        let scene = map_so_far(&[(&report, &[]), (&report, &[])], Shade::Cka, options()).sheet_in(room).scene;
        for item in scene.items() {
            let (low, high) = item.bounds();
            let inside = low.0 >= -0.1 && low.1 >= -0.1 && high.0 <= scene.width + 0.1 && high.1 <= scene.height + 0.1;
            assert!(inside, "{count} {room:?}: {item:?} on {} x {}", scene.width, scene.height);
        }
    }
}

#[test]
fn the_difference_of_a_study_with_itself_is_the_neutral_middle() {
    let report = crossed();
    let same = difference(&report, &report, Shade::Clean, options());
    assert!(same.panels[0].fields.iter().all(|field| field.position == Some(0.5) && field.label == "+0.0"));
    let mut better = crossed();
    better.cells[0].clean.correct += 150;
    let map = difference(&better, &report, Shade::Clean, options());
    assert_eq!(map.panels[0].fields[0].label, "+15.0");
    assert!((map.panels[0].fields[0].position.unwrap() - 0.875).abs() < 1e-9, "the scale ends at 20 points");
    assert_eq!(map.bar.ticks.last().unwrap().1, "+20.0");
}

#[test]
fn the_files_hold_recipe_legend_and_caption() {
    let report = crossed();
    let sheet = map(&[&report], Shade::Clean, options()).unwrap().sheet();
    let svg = sheet.to_svg();
    for said in ["<recipe", "Clean accuracy (%)", "layer2 → block1", "Test images: 1,000", "cut in the front"] {
        assert!(svg.contains(said), "{said}");
    }
    assert!(sheet.to_png(1.0).unwrap().starts_with(b"\x89PNG"));
}
