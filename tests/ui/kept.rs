//! What was begun, opened or exported is still there afterwards: unfinished studies, studies of other folders, earlier files.

use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;
use stitchscope_core::recipe::Recipe;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::View;
use stitchscope_ui::work::name;
use stitchscope_ui::world::{Found, Standing};

use crate::shell::{SMALL, Window};
use crate::study::{by_the_command_line, timeless};

const SIZE: [f32; 2] = [1366.0, 768.0];

fn recipe(images: usize) -> Recipe {
    Recipe::parse(&SMALL.replace("test_images = 40", &format!("test_images = {images}")), "small").unwrap()
}

/// Runs the study of `recipe` until its first cell, and stops it.
fn stopped(window: &mut Window, recipe: &Recipe) -> String {
    let id = name(recipe);
    window.send(Act::Run(Box::new(recipe.clone()), true));
    window.until("the first cell", |app| app.world().study(&id).is_some_and(|study| !study.report.cells.is_empty()));
    window.send(Act::Do(Command::Stop));
    window.until("the end", |app| app.world().study(&id).is_some_and(|study| !study.is_open()));
    id
}

#[test]
fn an_unfinished_study_is_there_at_the_next_start_and_goes_on() {
    let recipe = recipe(43);
    let mut window = Window::open(SIZE, None);
    let id = stopped(&mut window, &recipe);
    let home = Arc::clone(&window.home);
    drop(window);
    let mut window = Window::open_in(home, SIZE, None);
    let study = window.app().world().study(&id).expect("the study of yesterday");
    assert_eq!((study.standing.clone(), study.report.cells.len(), study.cells), (Standing::Stopped, 1, 2));
    assert_eq!(study.report.donors.len(), 2);
    window.send(Act::Go(View::Runs));
    assert!(window.harness.query_all_by_label("Go on").next().is_some());
    window.send(Act::Run(Box::new(recipe.clone()), true));
    // What the journal holds is on the screen before the second cell is measured.
    window.until("the work", |app| app.world().study(&id).is_some_and(|study| !study.pairs.is_empty()));
    assert!(!window.app().world().study(&id).unwrap().report.cells.is_empty());
    window.until("the report", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Done));
    let ours = window.app().world().study(&id).unwrap().report.clone();
    assert_eq!(timeless(ours), timeless(by_the_command_line(&recipe)));
}

#[test]
fn a_study_folder_of_another_place_opens_with_its_stitches_and_stays() {
    let recipe = recipe(44);
    let mut window = Window::open(SIZE, None);
    let id = stopped(&mut window, &recipe);
    window.send(Act::Run(Box::new(recipe.clone()), true));
    window.until("the report", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Done));
    let folder = window.home.path().join("studies").join(&id);
    let made = window.app().world().study(&id).unwrap().made;
    assert!(made.is_some_and(|seconds| seconds > 1_700_000_000));
    let elsewhere = tempfile::tempdir().unwrap();
    for place in [folder.clone(), folder.join("report.json")] {
        let home = Arc::new(tempfile::tempdir_in(elsewhere.path()).unwrap());
        let mut other = Window::open_in(Arc::clone(&home), SIZE, None);
        other.send(Act::Take(vec![place.display().to_string()]));
        other.until("the study", |app| app.world().study(&id).is_some());
        assert_eq!(other.app().state().view, View::Compare);
        drop(other);
        let mut again = Window::open_in(home, SIZE, None);
        assert!(again.app().world().study(&id).is_some(), "{} is forgotten", place.display());
        assert_eq!(again.app().world().study(&id).unwrap().made, made, "its date went with it");
        again.send(Act::Weights(id.clone(), 1));
        again.until_idle();
        let found = again.app().world().weights.get(&(id.clone(), 1));
        assert!(matches!(found, Some(Found::Here(_))), "{found:?}");
    }
    // Without a date it has none, and does not get that of its copy.
    std::fs::remove_file(folder.join("made.txt")).unwrap();
    let home = Arc::new(tempfile::tempdir_in(elsewhere.path()).unwrap());
    let mut other = Window::open_in(Arc::clone(&home), SIZE, None);
    other.send(Act::Take(vec![folder.display().to_string()]));
    other.until("the study", |app| app.world().study(&id).is_some());
    drop(other);
    let again = Window::open_in(home, SIZE, None);
    assert_eq!(again.app().world().study(&id).unwrap().made, None);
}

#[test]
fn an_export_takes_no_earlier_ones_place() {
    let mut window = Window::open(SIZE, None);
    let id = stopped(&mut window, &recipe(45));
    for expected in ["-cells.csv", "-cells-2.csv"] {
        window.send(Act::Do(Command::ExportTable));
        window.send(Act::Export);
        let file = format!("{id}{expected}");
        window.until("the file", |app| app.world().line.ends_with(&file));
        assert!(window.home.path().join(&file).exists());
    }
}

#[test]
fn looking_at_an_image_changes_no_recipe() {
    let mut window = Window::open(SIZE, None);
    let before = window.app().recipe().clone();
    window.send(Act::Images("zoo:mnist-test".to_owned()));
    window.send(Act::Go(View::Data));
    let mut state = window.app().state().clone();
    state.images = Some("zoo:mnist-test".to_owned());
    window.send(Act::Choose(Box::new(state)));
    window.until_idle();
    window.harness.query_all_by_label_contains("Attack image 3,").next().expect("the fourth image").click();
    window.settle();
    assert_eq!(window.app().recipe(), &before);
    let state = window.app().state();
    assert_eq!((state.view, state.image, state.attacked_set.as_deref()), (View::Attack, 3, Some("zoo:mnist-test")));
    window.until_idle();
    let (question, _) = window.app().world().ladder.clone().expect("the attack");
    assert!(question.recipe.contains("zoo:mnist-test"));
}

#[test]
fn letters_act_where_their_effect_is_seen() {
    let mut window = Window::open(SIZE, None);
    let before = window.app().recipe().clone();
    let press = |window: &mut Window, key| {
        window.harness.key_press(key);
        window.settle();
    };
    window.send(Act::Go(View::Settings));
    for key in [egui::Key::X, egui::Key::Q, egui::Key::S] {
        press(&mut window, key);
    }
    assert_eq!(window.app().recipe(), &before, "in Settings nothing of the pair is seen");
    window.send(Act::Go(View::Stitch));
    window.until_idle();
    press(&mut window, egui::Key::X);
    assert_eq!(window.app().recipe().front, before.end);
}
