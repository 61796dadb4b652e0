//! Maps of cuts, and what changes from one study to another.

use egui_kittest::kittest::Queryable as _;
use stitchscope_core::recipe::Pairs;
use stitchscope_core::report::{Ood, ProbeCount, RankCount, Role};
use stitchscope_figures::map::Shade;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{Dock, Form, View};

use crate::made_up::{crossed, drop_in, level, report};
use crate::shell::Window;

const SIZE: [f32; 2] = [1366.0, 768.0];

fn press(window: &mut Window, label: &str) {
    window.harness.get_by_role_and_label(egui::accesskit::Role::Button, label).click();
    window.settle();
}

fn export(window: &mut Window) -> String {
    window.send(Act::Do(Command::ExportFigure));
    window.send(Act::Export);
    window.until("the figure", |app| app.world().line.contains("figure.svg"));
    std::fs::read_to_string(window.written()).unwrap()
}

#[test]
fn a_study_of_every_pair_is_a_map_whose_fields_open_in_stitch() {
    let mut window = Window::open(SIZE, None);
    let study = drop_in(&mut window, &report(50, crossed(4)));
    window.harness.check_accessibility();
    let fields = || "layer1.2.relu → layer1.1.relu: 79.0";
    assert!(window.harness.query_by_label_contains(fields()).is_some(), "the field says its cuts and its number");
    let svg = export(&mut window);
    for said in ["Clean accuracy (%)", "cut in the front", "95 % interval", "<recipe", "Computed by"] {
        assert!(svg.contains(said), "{said}");
    }
    press(&mut window, "CKA");
    assert_eq!(window.app().state().shade, Shade::Cka);
    window.harness.get_by_label_contains("layer1.2.relu → layer1.1.relu: CKA 0.900").click();
    window.settle();
    assert_eq!(window.app().state().view, View::Stitch);
    assert_eq!(window.app().state().cell, Some((study, 9)));
    let pair = ("layer1.2.relu".to_owned(), "layer1.1.relu".to_owned());
    assert_eq!(window.app().recipe().taps.pairs, Pairs::List(vec![pair]));
}

#[test]
fn of_several_maps_side_by_side_each_opens_its_own_cells() {
    let mut window = Window::open([1920.0, 1080.0], None);
    let first = drop_in(&mut window, &report(50, crossed(3)));
    let second = drop_in(&mut window, &report(51, crossed(4)));
    window.send(Act::Show(vec![first, second.clone()]));
    window.until_idle();
    let fields: Vec<_> = window.harness.query_all_by_label_contains("layer1.2.relu → layer1.1.relu: ").collect();
    assert_eq!(fields.len(), 2, "both maps have the pair");
    fields.iter().max_by(|a, b| a.rect().left().total_cmp(&b.rect().left())).unwrap().click();
    drop(fields);
    window.settle();
    assert_eq!(window.app().state().view, View::Stitch);
    assert_eq!(window.app().state().cell, Some((second, 9)), "in a map of four by four it is another cell");
}

#[test]
fn fields_of_a_map_are_reached_and_opened_by_keyboard() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, crossed(3)));
    window.harness.get_by_label_contains("layer1.0.relu → layer1.2.relu: ").focus();
    window.settle();
    window.harness.key_press(egui::Key::Enter);
    window.settle();
    assert_eq!(window.app().state().view, View::Stitch);
}

#[test]
fn what_changes_from_a_pinned_study_is_shown_and_exported() {
    let mut window = Window::open(SIZE, None);
    let first = drop_in(&mut window, &report(50, level(5, 0)));
    window.send(Act::Do(Command::Pin));
    assert_eq!(window.app().state().pinned, Some(first.clone()));
    assert!(window.harness.query_by_label("Difference").is_none(), "there is nothing to compare it with yet");
    drop_in(&mut window, &report(51, level(5, 30)));
    press(&mut window, "Difference");
    assert_eq!(window.app().state().form, Some(Form::Difference));
    assert!(window.harness.query_by_label_contains("What changes from one study to another").is_some());
    let svg = export(&mut window);
    for said in ["no difference", "+3.0 points", "Newcombe", "minus"] {
        assert!(svg.contains(said), "{said}");
    }
    press(&mut window, "Let go of the pinned study");
    assert_eq!((window.app().state().pinned.clone(), window.app().state().form), (None, None));
    drop_in(&mut window, &report(50, crossed(3)));
    window.send(Act::Do(Command::Pin));
    drop_in(&mut window, &report(52, crossed(3)));
    press(&mut window, "Difference");
    assert!(window.harness.query_all_by_label_contains("+0.0").next().is_some(), "a map of differences");
    assert!(export(&mut window).contains("Difference of Clean accuracy (points)"));
}

#[test]
fn curves_and_map_are_one_press_apart() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, crossed(3)));
    press(&mut window, "Curves");
    assert_eq!(window.app().state().form, Some(Form::Curves));
    assert!(window.harness.query_by_label_contains("layer1.0.relu → layer1.2.relu: ").is_none());
    press(&mut window, "Map of taps");
    assert!(window.harness.query_by_label_contains("layer1.0.relu → layer1.2.relu: ").is_some());
}

#[test]
fn what_was_measured_beside_accuracies_is_folded_under_the_cells() {
    let mut study = report(50, level(3, 0));
    let outside = |auroc| Some(Ood { auroc, positions: auroc, relative_l2: 0.4 });
    for (cell, auroc) in study.cells.iter_mut().zip([0.52, 0.93, 0.99]) {
        (cell.ood, cell.direct.ood) = (outside(auroc), outside(0.31));
        cell.ranks = vec![RankCount { rank: 4, truncated: cell.clean, reduced: cell.clean }];
    }
    study.probes = vec![ProbeCount {
        role: Role::Front,
        tap: "layer1.0.relu".to_owned(),
        rank: None,
        clean: study.cells[0].clean,
    }];
    let mut window = Window::open([1920.0, 1080.0], None);
    drop_in(&mut window, &study);
    let seen = |window: &Window, words: &str| window.harness.query_all_by_label_contains(words).next().is_some();
    assert!(!seen(&window, "0.93"), "folded at first");
    window.harness.get_by_label("Other measures").click();
    window.settle();
    window.harness.check_accessibility();
    for said in [
        "OOD",
        "OOD, direct matching",
        "0.93",
        "0.31",
        "direct matching at rank 4: 88.0",
        "A linear classifier on the front network",
    ] {
        assert!(seen(&window, said), "{said}");
    }
    assert!(!seen(&window, "shift"), "what was not measured has no column");
    if let Some(folder) = std::env::var_os("STITCHSCOPE_PICTURES") {
        window.harness.render().unwrap().save(std::path::Path::new(&folder).join("beside.png")).unwrap();
    }
}

/// The figure of one measure, as an image of its title.
fn figures(window: &Window) -> Vec<egui::Rect> {
    let title = "What survives when two networks are joined";
    window.harness.query_all_by_label_contains(title).map(|node| node.rect()).collect()
}

fn press_at(window: &mut Window, at: egui::Pos2) {
    window.harness.hover_at(at);
    window.settle();
    window.harness.drag_at(at);
    window.harness.drop_at(at);
    window.settle();
}

#[test]
fn a_cut_that_is_pressed_in_the_figure_is_chosen_and_pressed_again_opens_in_stitch() {
    let mut window = Window::open(SIZE, None);
    let study = drop_in(&mut window, &report(50, level(5, 0)));
    let first = figures(&window)[0];
    press_at(&mut window, first.center());
    let chosen = window.app().state().cell.clone();
    let (id, cell) = chosen.expect("a cut is chosen");
    assert!(id == study && (1..4).contains(&cell), "near the middle of the axis: {cell}");
    assert_eq!(window.app().state().view, View::Compare, "one press looks, and goes nowhere");
    press_at(&mut window, first.center());
    assert_eq!(window.app().state().view, View::Stitch);
    let taps = &window.app().recipe().taps.pairs;
    assert!(matches!(taps, Pairs::List(pairs) if pairs.len() == 1), "{taps:?}");
}

#[test]
fn the_pointer_shows_every_measure_at_its_cut() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(5, 0)));
    let at = figures(&window)[0].center();
    window.harness.hover_at(at);
    window.harness.run_steps(40);
    for row in ["(a) Clean accuracy (%)", "(b) Robust accuracy (%)", "(c) CKA and agreement (0 to 1)"] {
        assert!(window.harness.query_all_by_label(row).next().is_some(), "{row}");
    }
}

#[test]
fn an_entry_of_the_legend_hides_its_line_and_shows_it_again() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(5, 0)));
    let toggle = |window: &mut Window| {
        let entries = window.harness.query_all_by_role_and_label(egui::accesskit::Role::CheckBox, "task matching");
        entries.into_iter().next().expect("an entry").click();
        window.settle();
    };
    toggle(&mut window);
    assert_eq!(window.app().state().hidden, ["task matching"]);
    toggle(&mut window);
    assert!(window.app().state().hidden.is_empty());
    toggle(&mut window);
    assert!(export(&mut window).contains("task matching"), "what is exported is whole");
}

#[test]
fn cells_are_sorted_by_a_press_on_their_heading() {
    let mut window = Window::open(SIZE, None);
    let mut study = report(50, level(3, 0));
    for (cell, correct) in study.cells.iter_mut().zip([500, 900, 700]) {
        cell.clean.correct = correct;
    }
    drop_in(&mut window, &study);
    let order = |window: &Window| {
        let role = egui::accesskit::Role::Button;
        let height = |tap: &str| window.harness.get_by_role_and_label(role, tap).rect().top();
        let mut taps = ["layer1.0.relu", "layer1.1.relu", "layer1.2.relu"];
        taps.sort_by(|a, b| height(a).total_cmp(&height(b)));
        taps.map(|tap| tap.chars().nth(7).unwrap()).iter().collect::<String>()
    };
    assert_eq!(order(&window), "012");
    press(&mut window, "Sort by clean");
    assert_eq!(order(&window), "120", "the largest first");
    press(&mut window, "Sort by clean");
    assert_eq!(order(&window), "021");
    press(&mut window, "Sort by clean");
    assert_eq!(order(&window), "012", "as they were measured");
    press(&mut window, "Numbers");
    assert_eq!(window.app().state().cells, Some(Dock::Hidden));
    assert!(window.harness.query_by_role_and_label(egui::accesskit::Role::Button, "layer1.0.relu").is_none());
}
