//! Every view as a picture, to be looked at: `cargo test -p stitchscope-tests --test ui pictures -- --ignored`.

use egui_kittest::kittest::Queryable as _;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::{Drawn, Form, State, View};
use stitchscope_ui::theme::Theme;

use crate::made_up;
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
            crossed(&mut window, &shoot);
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

#[test]
#[ignore = "writes pictures to look at into the temporary folder"]
fn pictures_of_a_connector() {
    let folder = std::env::temp_dir().join("window");
    std::fs::create_dir_all(&folder).unwrap();
    for (theme, width) in [(Theme::Light, 1366.0), (Theme::Dark, 1920.0)] {
        let kept = State { theme, still: true, ..State::default() };
        let mut window = Window::open([width, 1500.0], Some(&kept.to_text()));
        window.send(Act::Example(0));
        window.until("the study", |app| app.world().studies.iter().any(|study| !study.is_open()));
        window.send(Act::Go(View::Stitch));
        window.until("the samples", |app| app.world().samples.is_some());
        window.until_idle();
        let picture = window.harness.render().unwrap();
        picture.save(folder.join(format!("connector-{theme:?}.png").to_lowercase())).unwrap();
    }
}

/// Map, difference, slides, a slide on the stage.
fn crossed(window: &mut Window, shoot: &dyn Fn(&mut Window, &str)) {
    made_up::drop_in(window, &made_up::report(50, made_up::crossed(8)));
    shoot(window, "map");
    window.send(Act::Do(Command::AddSlide));
    made_up::drop_in(window, &made_up::report(51, made_up::level(6, 0)));
    window.send(Act::Do(Command::Pin));
    made_up::drop_in(window, &made_up::report(52, made_up::level(6, 30)));
    let mut state = window.app().state().clone();
    state.form = Some(Form::Difference);
    window.send(Act::Choose(Box::new(state)));
    shoot(window, "difference");
    window.send(Act::Do(Command::AddSlide));
    window.send(Act::Go(View::Attack));
    window.until_idle();
    window.send(Act::Do(Command::AddSlide));
    window.send(Act::Go(View::Slides));
    shoot(window, "slides-some");
    for at in 0..3 {
        window.send(Act::Present(at));
        window.until_idle();
        shoot(window, &format!("stage-{at}"));
        window.send(Act::Do(Command::Present));
    }
    window.send(Act::Do(Command::Pin));
    let mut state = window.app().state().clone();
    state.form = None;
    window.send(Act::Choose(Box::new(state)));
}

#[test]
#[ignore = "writes pictures to look at into the temporary folder"]
fn pictures_of_graphs_and_texts() {
    let folder = std::env::temp_dir().join("window");
    std::fs::create_dir_all(&folder).unwrap();
    for (size, theme) in [
        ([900.0, 560.0], Theme::Light),
        ([1366.0, 768.0], Theme::Dark),
        ([1366.0, 768.0], Theme::Light),
        ([1920.0, 1080.0], Theme::Light),
        ([3840.0, 2160.0], Theme::Dark),
    ] {
        for drawn in [Drawn::Graph, Drawn::Both] {
            let kept = State { theme, view: View::Models, drawn, still: true, ..State::default() };
            let mut window = Window::open(size, Some(&kept.to_text()));
            window.until_idle();
            let shoot = |window: &mut Window, name: &str| {
                let picture = window.harness.render().unwrap();
                let name = format!("{name}-{drawn:?}-{}-{theme:?}.png", size[0]).to_lowercase();
                picture.save(folder.join(name)).unwrap();
            };
            shoot(&mut window, "graph");
            let field = egui::accesskit::Role::TextInput;
            window.harness.get_by_role_and_label(field, "Find a node").focus();
            window.settle();
            window.harness.get_by_role_and_label(field, "Find a node").type_text("conv2");
            window.settle();
            window.harness.key_press(egui::Key::Enter);
            window.until_idle();
            window.settle();
            shoot(&mut window, "graph-found");
        }
        let kept = State { theme, view: View::Stitch, still: true, ..State::default() };
        let mut window = Window::open(size, Some(&kept.to_text()));
        window.until_idle();
        window.harness.get_by_role_and_label(egui::accesskit::Role::Button, "Text").click();
        window.settle();
        let picture = window.harness.render().unwrap();
        picture.save(folder.join(format!("recipe-text-{}-{theme:?}.png", size[0]).to_lowercase())).unwrap();
        made_up::drop_in(&mut window, &made_up::report(50, made_up::crossed(8)));
        window.send(Act::Do(Command::AddSlide));
        made_up::drop_in(&mut window, &made_up::report(51, made_up::level(6, 0)));
        window.send(Act::Do(Command::AddSlide));
        window.send(Act::Go(View::Attack));
        window.until_idle();
        window.send(Act::Do(Command::AddSlide));
        window.send(Act::Go(View::Runs));
        let picture = window.harness.render().unwrap();
        picture.save(folder.join(format!("runs-{}-{theme:?}.png", size[0]).to_lowercase())).unwrap();
        window.send(Act::Go(View::Slides));
        window.harness.get_by_label("Add a text slide").click();
        window.settle();
        window.harness.get_by_label("Text of slide 4").focus();
        window.settle();
        window.harness.get_by_label("Text of slide 4").type_text("What follows\n- another architecture\n- more seeds");
        window.settle();
        let picture = window.harness.render().unwrap();
        picture.save(folder.join(format!("slides-{}-{theme:?}.png", size[0]).to_lowercase())).unwrap();
        window.send(Act::Present(3));
        window.settle();
        let picture = window.harness.render().unwrap();
        picture.save(folder.join(format!("words-{}-{theme:?}.png", size[0]).to_lowercase())).unwrap();
    }
}
