//! Every view and every command, in both themes and all sizes: nothing fails, everything has a name.

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{State, View, Words};
use stitchscope_ui::theme::Theme;

use crate::shell::Window;

const SIZES: [[f32; 2]; 3] = [[1366.0, 768.0], [1920.0, 1080.0], [900.0, 560.0]];

#[test]
fn every_view_stands_at_every_size_in_both_themes_and_all_its_widgets_have_names() {
    for size in SIZES {
        for theme in Theme::ALL {
            let kept = State {
                theme,
                words: if theme == Theme::Dark { Words::Paper } else { Words::Plain },
                ..State::default()
            };
            let mut window = Window::open(size, Some(&kept.to_text()));
            for view in View::ALL {
                window.send(Act::Go(view));
                window.until_idle();
                window.harness.check_accessibility();
                assert_eq!(window.app().state().view, view);
                assert!(window.app().world().notices.is_empty(), "{view:?}: {:?}", window.app().world().notices);
                inside(&window, view, size);
            }
        }
    }
}

/// What can be pressed lies within the window, unless it can be scrolled to.
fn inside(window: &Window, view: View, size: [f32; 2]) {
    for node in window.harness.root().children_recursive() {
        let accessible = node.accesskit_node();
        if accessible.role() == egui::accesskit::Role::Button && accessible.label().is_some() {
            let rect = node.rect();
            let label = accessible.label().unwrap_or_default();
            assert!(rect.left() >= 0.0 && rect.left() < size[0], "{view:?} {size:?}: `{label}` lies at {rect:?}");
        }
    }
}

#[test]
fn every_command_can_be_done_at_any_time() {
    for command in Command::all() {
        let mut window = Window::open(SIZES[0], None);
        window.send(Act::Do(command));
        window.harness.check_accessibility();
        assert!(window.app().world().notices.is_empty(), "{command:?}: {:?}", window.app().world().notices);
    }
}

#[test]
fn every_command_with_a_key_is_on_the_key_sheet_and_all_are_in_the_palette() {
    let mut window = Window::open([1366.0, 1600.0], None);
    window.send(Act::Do(Command::Keys));
    for command in Command::all().filter(|command| command.key().is_some()) {
        assert!(
            window.harness.query_all_by_label(command.label()).next().is_some(),
            "{command:?} is not on the key sheet"
        );
    }
    window.send(Act::Do(Command::Keys));
    window.send(Act::Do(Command::Palette));
    for command in Command::all() {
        window
            .harness
            .get_by_role_and_label(egui::accesskit::Role::TextInput, "Find a command")
            .type_text(command.label());
        window.settle();
        assert!(
            window.harness.query_all_by_label(command.label()).next().is_some(),
            "{command:?} is not in the palette"
        );
        window.send(Act::Do(Command::Palette));
    }
}

#[test]
fn keys_open_views_and_the_palette_runs_what_is_typed() {
    let mut window = Window::open(SIZES[0], None);
    for (index, view) in View::ALL.iter().enumerate() {
        let keys = [
            egui::Key::Num1,
            egui::Key::Num2,
            egui::Key::Num3,
            egui::Key::Num4,
            egui::Key::Num5,
            egui::Key::Num6,
            egui::Key::Num7,
            egui::Key::Num8,
            egui::Key::Num9,
        ];
        window.harness.key_press(keys[index]);
        window.settle();
        assert_eq!(window.app().state().view, *view);
    }
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    window.settle();
    window.harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Find a command").type_text("dark");
    window.settle();
    window.harness.key_press(egui::Key::Enter);
    window.settle();
    assert_eq!(window.app().state().theme, Theme::Dark);
}

#[test]
fn choices_are_kept_and_come_back() {
    let mut window = Window::open(SIZES[0], None);
    window.send(Act::Do(Command::Theme));
    window.send(Act::Do(Command::Swap));
    window.send(Act::Go(View::Stitch));
    let ctx = window.harness.ctx.clone();
    window.harness.state_mut().as_mut().unwrap().keep_now();
    drop(ctx);
    let kept = window.watch.kept.lock().unwrap().clone();
    let again = Window::open(SIZES[0], Some(&kept));
    assert_eq!(again.app().state().theme, Theme::Dark);
    assert_eq!(again.app().state().view, View::Stitch);
    assert_eq!(again.app().recipe(), window.app().recipe());
    assert_eq!(again.app().recipe().front.model, "zoo:fashion-robust-a");
}

#[test]
fn what_was_kept_broken_is_said_and_set_aside() {
    let window = Window::open(SIZES[0], Some("{ torn"));
    assert!(window.app().world().notices[0].text.contains("set aside"));
    assert_eq!(window.app().state().view, View::Start);
}

#[test]
fn undo_takes_a_change_of_the_recipe_back_and_redo_makes_it_again() {
    let mut window = Window::open(SIZES[0], None);
    let before = window.app().recipe().clone();
    window.send(Act::Do(Command::Swap));
    let after = window.app().recipe().clone();
    assert_ne!(before, after);
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.settle();
    assert_eq!(*window.app().recipe(), before);
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, egui::Key::Z);
    window.settle();
    assert_eq!(*window.app().recipe(), after);
}

#[test]
fn a_pasted_recipe_is_taken_and_other_text_changes_nothing() {
    let mut window = Window::open(SIZES[0], None);
    let before = window.app().recipe().clone();
    let mut recipe = before.clone();
    recipe.stitch.epochs += 1;
    for (text, expected) in
        [("hello", &before), (recipe.to_toml().as_str(), &recipe), ("[front]\nmodel = 3\n", &recipe)]
    {
        window.harness.event(egui::Event::Paste(text.to_owned()));
        window.settle();
        assert_eq!(window.app().recipe(), expected, "{text}");
    }
    assert_eq!(window.app().state().view, View::Stitch);
    assert!(window.app().world().notices[0].text.contains("pasted recipe"), "a broken recipe is explained");
}

#[test]
fn a_window_that_nothing_happens_in_asks_for_no_frame() {
    let mut window = Window::open(SIZES[0], None);
    for view in View::ALL {
        window.send(Act::Go(view));
        window.until_idle();
        // Short movements come to their end.
        window.harness.run_steps(20);
        let wanted = window.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
        assert_eq!(wanted, std::time::Duration::MAX, "{view:?} asks to be painted again");
    }
}
