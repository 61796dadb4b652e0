//! The recipe as text in Stitch: valid text is the recipe, faults stand at their line, Tab takes what the schema offers.

use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{State, View};

use crate::shell::Window;

fn open() -> Window {
    let kept = State { view: View::Stitch, still: true, ..State::default() };
    let mut window = Window::open([1366.0, 1200.0], Some(&kept.to_text()));
    window.until_idle();
    window.harness.get_by_role_and_label(Role::Button, "Text").click();
    window.settle();
    window
}

/// What the editor holds.
fn text(window: &Window) -> String {
    let editor = window.harness.get_by_role_and_label(Role::MultilineTextInput, "The recipe as text");
    editor.accesskit_node().value().unwrap_or_default()
}

/// Replaces the text.
fn write(window: &mut Window, words: &str) {
    window.harness.get_by_role_and_label(Role::MultilineTextInput, "The recipe as text").focus();
    window.settle();
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.settle();
    window.harness.get_by_role_and_label(Role::MultilineTextInput, "The recipe as text").type_text(words);
    window.settle();
}

#[test]
fn the_form_writes_the_text_and_valid_text_is_the_recipe() {
    let mut window = open();
    assert_eq!(text(&window), window.app().recipe().to_toml());
    let mut wanted = window.app().recipe().clone();
    wanted.stitch.epochs += 3;
    let words = format!("# mine\n{}", wanted.to_toml());
    write(&mut window, &words);
    assert_eq!(*window.app().recipe(), wanted);
    assert_eq!(text(&window), words, "comments stay");
    // What changes elsewhere changes the text.
    window.send(Act::Do(Command::Swap));
    assert_eq!(text(&window), window.app().recipe().to_toml());
    assert_eq!(window.app().recipe().front, wanted.end);
}

#[test]
fn a_fault_is_told_at_its_line_and_the_recipe_stays() {
    let mut window = open();
    let before = window.app().recipe().clone();
    let words = before.to_toml().replace("epochs", "epocs");
    let line = words.lines().position(|line| line.starts_with("epocs")).unwrap() + 1;
    write(&mut window, &words);
    assert_eq!(*window.app().recipe(), before);
    assert_eq!(text(&window), words, "what was typed is not lost");
    let said = format!("Line {line}: unknown key \"epocs\"");
    let told = |words: &str| window.harness.query_all_by_label_contains(words).next().is_some();
    assert!(told(&said) && told("did you mean \"epochs\""), "{said}");
    write(&mut window, &words.replace("epocs", "epochs"));
    assert!(window.harness.query_all_by_label_contains("Line ").next().is_none());
}

#[test]
fn tab_takes_what_the_schema_offers() {
    let mut window = open();
    let before = window.app().recipe().clone();
    // Everything up to the key, which then is typed by hand.
    let toml = before.to_toml();
    let start = toml.replace(&format!("epochs = {}\n", before.stitch.epochs), "");
    assert_ne!(start, toml);
    let start = start.split("[attack]").next().unwrap().split("[controls]").next().unwrap();
    write(&mut window, &format!("{}epo", start.trim_end().to_owned() + "\n"));
    assert!(window.harness.query_all_by_label_contains("epochs = ").next().is_some(), "it is offered");
    window.harness.key_press(egui::Key::Tab);
    window.settle();
    assert!(text(&window).ends_with("epochs = "), "{}", text(&window));
    // The value that counts where it is left out is offered behind it.
    window.harness.key_press(egui::Key::Tab);
    window.settle();
    assert!(!text(&window).ends_with("epochs = "), "{}", text(&window));
    assert!(window.harness.query_all_by_label_contains("Line ").next().is_none());
}
