//! The papers' words by default, plain ones by a switch that reaches legend, tables, progress and flags.

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{State, View, Words};

use crate::made_up::{drop_in, level, report};
use crate::shell::Window;

const SIZE: [f32; 2] = [1600.0, 900.0];
const FLAG: &str = "the stitched activations are out of the end's own distribution (AUROC above 0.9): this accuracy does not \
                    show that the representations are alike";

fn shown(window: &Window, words: &str) -> bool {
    window.harness.query_all_by_label_contains(words).next().is_some()
}

fn legend(window: &Window, words: &str) -> bool {
    window.harness.query_all_by_role_and_label(Role::CheckBox, words).next().is_some()
}

#[test]
fn researchers_are_spoken_to_in_their_words_until_somebody_wants_others() {
    let mut window = Window::open(SIZE, None);
    assert_eq!(window.app().state().words, Words::Paper);
    let mut study = report(50, level(3, 0));
    study.cells[0].flags = vec![FLAG.to_owned()];
    drop_in(&mut window, &study);
    assert!(legend(&window, "task matching") && legend(&window, "front donor"));
    assert!(shown(&window, "What survives, tap by tap") && shown(&window, "front: clean 91.2"));
    window.send(Act::Do(Command::Words));
    window.settle();
    assert!(legend(&window, "trained connector") && legend(&window, "first network alone"));
    assert!(!legend(&window, "task matching"));
    assert!(shown(&window, "What survives, cut by cut") && shown(&window, "first part: right 91.2"));
    window.send(Act::Go(View::Runs));
    assert!(shown(&window, "Best under attack"));
    window.send(Act::Go(View::Models));
    window.until_idle();
    assert!(shown(&window, "Use as last part") || shown(&window, "gives the last part"));
}

#[test]
fn a_line_that_is_hidden_stays_so_in_other_words() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(3, 0)));
    window.send(Act::Do(Command::Words));
    let entry = |window: &Window, words: &str| {
        window.harness.query_all_by_role_and_label(Role::CheckBox, words).next().expect("an entry").click();
    };
    entry(&window, "trained connector");
    window.settle();
    assert_eq!(window.app().state().hidden, ["task matching"]);
    window.send(Act::Do(Command::Words));
    entry(&window, "task matching");
    window.settle();
    assert!(window.app().state().hidden.is_empty());
}

#[test]
fn a_choice_of_words_that_was_kept_stays() {
    let kept = State { words: Words::Plain, ..State::default() };
    let window = Window::open(SIZE, Some(&kept.to_text()));
    assert_eq!(window.app().state().words, Words::Plain);
    // A state of a version before the switch has no word of it.
    assert_eq!(State::parse(r#"{"view": "compare"}"#).unwrap().words, Words::Paper);
}
