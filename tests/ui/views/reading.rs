//! How networks' files are to be read, as fields behind "More" in the form of Stitch.

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{State, View};

use crate::shell::Window;

fn open() -> Window {
    let kept = State { view: View::Stitch, still: true, ..State::default() };
    let mut window = Window::open([1366.0, 1200.0], Some(&kept.to_text()));
    window.until_idle();
    window
}

/// Writes into a field and leaves it.
fn write(window: &mut Window, field: &str, words: &str) {
    window.harness.get_by_role_and_label(Role::TextInput, field).focus();
    window.settle();
    window.harness.get_by_role_and_label(Role::TextInput, field).type_text(words);
    window.settle();
    window.harness.key_press(egui::Key::Enter);
    window.until_idle();
}

#[test]
fn what_is_said_of_a_file_is_in_the_recipe_and_the_file_is_read_so() {
    let mut window = open();
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "size of end").is_none(), "the form is small");
    window.harness.get_by_role_and_label(Role::Button, "More").click();
    window.settle();
    write(&mut window, "size of end", "28x28");
    assert_eq!(window.app().recipe().end.size, Some([28, 28]));
    write(&mut window, "output of front", "no such output");
    assert_eq!(window.app().recipe().front.output.as_deref(), Some("no such output"));
    // The file is read anew: what is wrong is told, and the field stays where it can be mended.
    assert!(window.harness.query_all_by_label_contains("has no output `no such output`").next().is_some());
    assert!(window.harness.query_by_role_and_label(Role::TextInput, "output of front").is_some());
    window.send(Act::Do(Command::Undo));
    window.until_idle();
    assert_eq!(window.app().recipe().front.output, None);
    assert!(window.harness.query_all_by_label_contains("has no output").next().is_none());
}
