//! The tables around Compare's figure have a place: by buttons, by dragging, and it is kept.

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use stitchscope_ui::state::{Dock, State};

use crate::made_up::{drop_in, level, report};
use crate::shell::Window;

const SIZE: [f32; 2] = [1600.0, 900.0];

fn press(window: &mut Window, label: &str) {
    window.harness.get_by_role_and_label(Role::Button, label).click();
    window.settle();
}

/// Where the table of cells begins: its first line.
fn cells(window: &Window) -> Option<egui::Rect> {
    window.harness.query_all_by_role_and_label(Role::Button, "layer1.0.relu").next().map(|node| node.rect())
}

fn figure(window: &Window) -> egui::Rect {
    let title = "What survives when two networks are joined";
    let all = window.harness.query_all_by_label_contains(title).map(|node| node.rect());
    all.reduce(egui::Rect::union).unwrap_or(egui::Rect::NOTHING)
}

fn kept(window: &mut Window) -> State {
    window.harness.state_mut().as_mut().unwrap().keep_now();
    State::parse(&window.watch.kept.lock().unwrap()).unwrap()
}

#[test]
fn cells_stand_right_below_or_nowhere_and_stay_there() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(3, 0)));
    let (table, before) = (cells(&window).expect("cells"), figure(&window));
    assert!(table.left() > before.right(), "right of the figure at first");
    press(&mut window, "Cells below");
    let (table, wide) = (cells(&window).expect("cells"), figure(&window));
    assert!(table.top() > wide.bottom() && wide.width() > before.width() + 200.0, "{table:?} {wide:?}");
    let state = kept(&mut window);
    assert_eq!(state.cells, Some(Dock::Below));
    press(&mut window, "Hide: Cells");
    assert!(cells(&window).is_none());
    press(&mut window, "Numbers");
    assert!(cells(&window).is_some());
    let mut again = Window::open(SIZE, Some(&State { shown: Vec::new(), ..state }.to_text()));
    drop_in(&mut again, &report(50, level(3, 0)));
    assert!(cells(&again).expect("cells").top() > figure(&again).bottom(), "kept for the next start");
}

#[test]
fn a_table_is_dragged_below_the_figure_by_its_name() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(3, 0)));
    let from = window.harness.get_by_label("Cells").rect().center();
    let to = figure(&window).center_bottom() + egui::vec2(-200.0, -20.0);
    window.harness.hover_at(from);
    window.harness.drag_at(from);
    window.settle();
    for step in 1..=4 {
        window.harness.hover_at(from + (to - from) * (step as f32 / 4.0));
        window.settle();
    }
    window.harness.drop_at(to);
    window.settle();
    assert_eq!(window.app().state().cells, Some(Dock::Below));
}

#[test]
fn other_measures_get_a_place_of_their_own() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(3, 0)));
    window.harness.get_by_label("Other measures").click();
    window.settle();
    press(&mut window, "Place them below the figure");
    assert_eq!(window.app().state().others, Some(Dock::Below));
    let below = window.harness.get_by_label("Other measures").rect();
    assert!(below.top() > figure(&window).bottom() - 4.0);
    press(&mut window, "Other measures at the right");
    assert_eq!(kept(&mut window).others, Some(Dock::Right));
    press(&mut window, "Hide: Other measures");
    press(&mut window, "Other measures");
    assert_eq!(window.app().state().others, None, "back where it was at first");
}

#[test]
fn seeds_have_their_column_interval_and_mean() {
    let mut window = Window::open(SIZE, None);
    let mut study = report(50, level(2, 0));
    for seed in 1..3 {
        let more = level(2, 10 * seed).into_iter().map(|mut cell| {
            cell.seed = seed;
            cell
        });
        study.cells.extend(more);
    }
    drop_in(&mut window, &study);
    let seen = |words: &str| window.harness.query_all_by_label(words).next().is_some();
    assert!(window.harness.query_by_role_and_label(Role::Button, "Sort by seed").is_some());
    // 880, 890 and 900 of 1,000: their mean, and the deviation of a sample.
    for words in ["88.0", "±2.0", "89.0", "±1.0"] {
        assert!(seen(words), "{words}");
    }
}
