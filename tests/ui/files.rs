//! Files that are dropped: taken where they belong, or explained in place.

use std::path::PathBuf;

use egui_kittest::kittest::Queryable as _;
use stitchscope_core::recipe::Recipe;
use stitchscope_ui::command::Act;
use stitchscope_ui::state::View;
use stitchscope_ui::world::Found;

use crate::shell::{SMALL, Window};

fn put(window: &Window, name: &str, bytes: &[u8]) -> PathBuf {
    let path = window.home.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn drop_in(window: &mut Window, path: &std::path::Path) {
    window.send(Act::Take(vec![path.display().to_string()]));
}

#[test]
fn a_dropped_network_is_on_the_shelf_with_its_cuts() {
    let mut window = Window::open([1366.0, 768.0], None);
    let path = put(&window, "mine.onnx", stitchscope_zoo::model("mnist-standard-a").unwrap());
    drop_in(&mut window, &path);
    let key = path.display().to_string();
    window.until("the network", |app| matches!(app.world().models.get(&key), Some(Found::Here(_))));
    assert_eq!(window.app().state().view, View::Models);
    let Some(Found::Here(view)) = window.app().world().models.get(&key) else { panic!("it was there") };
    assert!(view.inspection.taps.len() > 5 && view.checks.iter().all(|check| check.found.is_ok()), "{:?}", view.checks);
    assert!(window.harness.query_all_by_label_contains("Can be attacked").next().is_some());
}

#[test]
fn a_broken_network_is_explained_in_place() {
    let mut window = Window::open([1366.0, 768.0], None);
    let path = put(&window, "torn.onnx", &stitchscope_zoo::model("mnist-standard-a").unwrap()[..5000]);
    drop_in(&mut window, &path);
    let key = path.display().to_string();
    window.until("the reason", |app| matches!(app.world().models.get(&key), Some(Found::Failed(_))));
    assert!(window.harness.query_by_label("torn cannot be used").is_some());
}

#[test]
fn a_dropped_recipe_is_at_hand_and_a_wrong_one_is_told_with_its_line() {
    let mut window = Window::open([1366.0, 768.0], None);
    let changed = SMALL.replace("epochs = 1", "epochs = 7");
    let path = put(&window, "mine.toml", changed.as_bytes());
    drop_in(&mut window, &path);
    window.until("the recipe", |app| app.recipe().stitch.epochs == 7);
    assert_eq!(*window.app().recipe(), Recipe::parse(&changed, "mine").unwrap());
    let path = put(&window, "wrong.toml", SMALL.replace("epochs", "epoch").as_bytes());
    drop_in(&mut window, &path);
    window.until("the notice", |app| !app.world().notices.is_empty());
    let notice = window.app().world().notices[0].text.clone();
    assert!(notice.contains("wrong.toml") && notice.contains("epoch"), "{notice}");
    window.send(Act::Dismiss(0));
    assert!(window.app().world().notices.is_empty());
}

#[test]
fn what_is_nothing_we_know_says_what_could_be_opened() {
    let mut window = Window::open([1366.0, 768.0], None);
    let path = put(&window, "song.mp3", b"la la");
    drop_in(&mut window, &path);
    window.until("the notice", |app| !app.world().notices.is_empty());
    assert!(window.app().world().notices[0].text.contains(".onnx"), "{:?}", window.app().world().notices);
    let path = put(&window, "report.json", b"{\"schema\": 99}");
    drop_in(&mut window, &path);
    window.until("the second notice", |app| app.world().notices.len() == 2);
}
