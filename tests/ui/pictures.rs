//! Every view as a picture, to be looked at: `cargo test -p stitchscope-tests --test ui pictures -- --ignored`.

use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{State, View};
use stitchscope_ui::theme::Theme;

use crate::shell::Window;

#[test]
#[ignore = "writes pictures to look at into the temporary folder"]
fn pictures() {
    let folder = std::env::temp_dir().join("window");
    std::fs::create_dir_all(&folder).unwrap();
    for (size, word) in [([1366.0, 768.0], "small"), ([1920.0, 1080.0], "large")] {
        for theme in Theme::ALL {
            let kept = State { theme, still: true, ..State::default() };
            let mut window = Window::open(size, Some(&kept.to_text()));
            let shoot = |window: &mut Window, name: &str| {
                let picture = window.harness.render().unwrap();
                picture.save(folder.join(format!("{name}-{word}-{theme:?}.png").to_lowercase())).unwrap();
            };
            window.send(Act::Example(1));
            window.until("a cell", |app| app.world().studies.iter().any(|study| !study.report.cells.is_empty()));
            shoot(&mut window, "compare-live");
            window.until("both studies", |app| app.world().open_studies() == 0);
            shoot(&mut window, "compare-both");
            let id = window.app().world().studies[0].id.clone();
            window.send(Act::Show(vec![id]));
            for view in View::ALL {
                window.send(Act::Go(view));
                window.until_idle();
                shoot(&mut window, &format!("{view:?}"));
            }
            for command in [Command::Palette, Command::Keys, Command::ExportFigure, Command::Present] {
                window.send(Act::Go(View::Compare));
                window.send(Act::Do(command));
                shoot(&mut window, &format!("{command:?}"));
                window.harness.key_press(egui::Key::Escape);
                window.settle();
            }
        }
    }
}
