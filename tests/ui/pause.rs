//! A study is held in the middle of a training and goes on as if nothing had been; two windows never write one study.

use std::sync::Arc;
use std::time::Duration;

use egui_kittest::kittest::Queryable as _;
use stitchscope_core::recipe::Recipe;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::work::name;
use stitchscope_ui::world::Standing;

use crate::shell::{SMALL, Window};
use crate::study::{by_the_command_line, timeless};

/// Long enough to be met in the middle of its training.
fn recipe(images: usize) -> Recipe {
    let text =
        SMALL.replace("test_images = 40", &format!("test_images = {images}")).replace("epochs = 1", "epochs = 12");
    Recipe::parse(&text, "small").unwrap()
}

#[test]
fn a_study_that_was_held_in_a_training_gives_the_report_it_would_have_given() {
    let recipe = recipe(42);
    let id = name(&recipe);
    let mut window = Window::open([1366.0, 768.0], None);
    window.send(Act::Run(Box::new(recipe.clone()), true));
    window.until("a training", |app| app.world().study(&id).is_some_and(|study| !study.curves.is_empty()));
    window.send(Act::Do(Command::Pause));
    window.until("the pause", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Paused));
    window.harness.check_accessibility();
    let stage = window.app().world().study(&id).unwrap().stage.clone();
    std::thread::sleep(Duration::from_millis(300));
    window.settle();
    assert_eq!(window.app().world().study(&id).unwrap().stage, stage, "nothing goes on while it is held");
    let label = "Go on with this study";
    assert!(window.harness.query_all_by_label(label).next().is_some());
    window.send(Act::Do(Command::Pause));
    window.until("the report", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Done));
    let ours = window.app().world().study(&id).unwrap().report.clone();
    assert_eq!(timeless(ours), timeless(by_the_command_line(&recipe)));
}

#[test]
fn a_held_study_can_be_stopped_and_a_held_window_closed() {
    let recipe = recipe(43);
    let id = name(&recipe);
    let mut window = Window::open([1366.0, 768.0], None);
    window.send(Act::Run(Box::new(recipe.clone()), true));
    window.until("a training", |app| app.world().study(&id).is_some_and(|study| !study.curves.is_empty()));
    window.send(Act::Do(Command::Pause));
    window.until("the pause", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Paused));
    window.send(Act::Do(Command::Stop));
    window.until("the end", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Stopped));
    window.send(Act::Run(Box::new(recipe), true));
    window.until("a training", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Running));
    window.send(Act::Do(Command::Pause));
    window.until("the pause", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Paused));
    // Closing waits for the worker: it must not wait for ever.
    drop(window);
}

#[test]
fn a_second_window_is_told_that_the_study_is_taken_and_may_have_it_afterwards() {
    let recipe = recipe(44);
    let id = name(&recipe);
    let mut first = Window::open([1366.0, 768.0], None);
    let mut second = Window::open_in(Arc::clone(&first.home), [1366.0, 768.0], None);
    first.send(Act::Run(Box::new(recipe.clone()), true));
    first.until("a training", |app| app.world().study(&id).is_some_and(|study| !study.curves.is_empty()));
    first.send(Act::Do(Command::Pause));
    first.until("the pause", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Paused));
    second.send(Act::Run(Box::new(recipe.clone()), true));
    second.until("the answer", |app| app.world().study(&id).is_some_and(|study| !study.is_open()));
    let why = second.app().world().notices[0].text.clone();
    for said in ["another Stitchscope", &format!("process {}", std::process::id()), "stop it there"] {
        assert!(why.contains(said), "{why}");
    }
    first.send(Act::Do(Command::Stop));
    first.until("the end", |app| app.world().open_studies() == 0);
    second.send(Act::Run(Box::new(recipe.clone()), true));
    second.until("the report", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Done));
    let ours = second.app().world().study(&id).unwrap().report.clone();
    assert_eq!(timeless(ours), timeless(by_the_command_line(&recipe)));
}

#[test]
fn a_lock_that_a_crash_left_behind_is_recognised_and_said() {
    let recipe = recipe(45);
    let id = name(&recipe);
    let mut window = Window::open([1366.0, 768.0], None);
    let folder = window.home.path().join("studies").join(&id);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("lock"), "4194304").unwrap();
    window.send(Act::Run(Box::new(recipe), true));
    window.until("a training", |app| app.world().study(&id).is_some_and(|study| !study.curves.is_empty()));
    let notes = window.app().world().study(&id).unwrap().notes.clone();
    assert!(notes.iter().any(|note| note.contains("without a farewell")), "{notes:?}");
    window.send(Act::Do(Command::Stop));
    window.until("the end", |app| app.world().open_studies() == 0);
}
