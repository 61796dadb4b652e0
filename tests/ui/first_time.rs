//! As somebody would who opens it for the first time: start, play, look, attack, change the strength, export.

use egui_kittest::kittest::Queryable as _;
use stitchscope_ui::state::View;

use crate::shell::Window;

#[test]
fn from_the_first_screen_to_an_exported_figure_in_seven_actions() {
    let mut window = Window::open([1366.0, 768.0], None);
    press(&mut window, "Run the example: Small"); // 1
    assert_eq!(window.app().state().view, View::Compare);
    window.until("the study", |app| app.world().studies.first().is_some_and(|study| !study.is_open()));
    press(&mut window, "Attack"); // 2
    window.until("the attack", |app| app.world().ladder.is_some());
    window.until_idle();
    let before = window.app().state().rung;
    window.harness.get_by_label("Strength").focus(); // 3
    window.settle();
    window.harness.key_press(egui::Key::ArrowLeft); // 4
    window.settle();
    assert_eq!(window.app().state().rung + 1, before);
    press(&mut window, "Compare"); // 5
    press(&mut window, "Export the figure…"); // 6
    press(&mut window, "Write the file"); // 7
    window.until("the file", |app| app.world().line.starts_with("Written"));
    let file = window.written();
    assert!(file.ends_with("-figure.svg") && std::path::Path::new(&file).exists(), "{file}");
    assert!(window.app().world().notices.is_empty());
}

fn press(window: &mut Window, label: &str) {
    let role = egui::accesskit::Role::Button;
    window.harness.get_by_role_and_label(role, label).click();
    window.settle();
}
