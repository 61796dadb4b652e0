//! What goes wrong is explained where it happens, with a way on, and nothing is lost.

use std::io::Write as _;
use std::path::PathBuf;

use egui_kittest::kittest::Queryable as _;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::study::Event;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::View;
use stitchscope_ui::work::{Answer, GIVEN_UP, name};
use stitchscope_ui::world::{Found, Standing, World};

use crate::made_up::{drop_in, level, report};
use crate::shell::{SMALL, Window};

const SIZE: [f32; 2] = [1366.0, 768.0];

fn put(window: &Window, name: &str, bytes: &[u8]) -> PathBuf {
    let path = window.home.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn take(window: &mut Window, path: &std::path::Path) -> String {
    window.send(Act::Take(vec![path.display().to_string()]));
    window.until("a notice", |app| !app.world().notices.is_empty());
    window.app().world().notices.last().unwrap().text.clone()
}

#[test]
fn a_place_that_cannot_be_written_is_named_and_the_window_goes_on() {
    let mut window = Window::open(SIZE, None);
    // Where the studies' folder should be lies a file: no system lets a folder be made there, whoever asks.
    put(&window, "studies", b"in the way");
    let recipe = Recipe::parse(SMALL, "small").unwrap();
    let id = name(&recipe);
    window.send(Act::Run(Box::new(recipe), true));
    window.until("the failure", |app| app.world().study(&id).is_some_and(|study| !study.is_open()));
    let why = window.app().world().notices[0].text.clone();
    assert!(why.contains("studies") && why.contains("folder"), "{why}");
    assert!(window.harness.query_all_by_label("Go on").next().is_some(), "it can be tried again");
    // With the way free it goes on.
    std::fs::remove_file(window.home.path().join("studies")).unwrap();
    window.harness.query_all_by_label("Go on").next().unwrap().click();
    window.until("the report", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Done));
}

#[test]
fn an_attack_on_an_image_can_be_stopped_and_made_again() {
    let mut window = Window::open(SIZE, None);
    // Long enough to be stopped in the middle.
    let recipe = SMALL.replace("steps = 3", "steps = 50");
    window.send(Act::Edit(Box::new(Recipe::parse(&recipe, "long").unwrap())));
    window.send(Act::Go(View::Attack));
    window.send(Act::GiveUp);
    window.until("the end", |app| app.world().ladder_asked.is_none());
    assert_eq!(window.app().world().ladder_failed.as_deref(), Some(GIVEN_UP));
    assert!(window.harness.query_by_label("The attack was stopped").is_some());
    window.harness.get_by_label("Try again").click();
    window.until("the attack", |app| app.world().ladder.is_some());
    assert!(window.app().world().ladder_failed.is_none());
}

#[test]
fn an_export_that_cannot_be_written_is_told_with_its_place() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(3, 0)));
    put(&window, "figure.svg.folder", b"");
    window.send(Act::Do(Command::ExportFigure));
    let wrong = window.home.path().join("figure.svg.folder").join("figure.svg");
    let field = window.harness.get_by_label("File");
    field.focus();
    window.settle();
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.harness.get_by_label("File").type_text(&wrong.display().to_string());
    window.settle();
    window.send(Act::Export);
    window.until("the notice", |app| !app.world().notices.is_empty());
    let why = window.app().world().notices[0].text.clone();
    assert!(why.contains("figure.svg"), "{why}");
}

#[test]
fn what_a_newer_version_wrote_is_said_to_be_newer() {
    let mut window = Window::open(SIZE, None);
    let recipe = SMALL.replace("[stitch]", "[stitch]\nhologram = true");
    let path = put(&window, "newer.toml", recipe.as_bytes());
    let why = take(&mut window, &path);
    for said in ["newer.toml:", "hologram", "newer Stitchscope"] {
        assert!(why.contains(said), "{why}");
    }
    let path = put(&window, "report.json", b"{\"schema\": 99}");
    window.send(Act::Dismiss(0));
    let why = take(&mut window, &path);
    assert!(why.contains("schema 99") && why.contains("update"), "{why}");
}

/// A zip of arrays as NumPy writes them.
fn npz(arrays: &[(&str, &str, &[usize], &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, kind, shape, bytes) in arrays {
        let shape: Vec<String> = shape.iter().map(|n| format!("{n},")).collect();
        let mut head = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}), }}", shape.join(" "));
        while (head.len() + 11) % 64 != 0 {
            head.push(' ');
        }
        head.push('\n');
        zip.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"\x93NUMPY\x01\x00").unwrap();
        zip.write_all(&u16::try_from(head.len()).unwrap().to_le_bytes()).unwrap();
        zip.write_all(head.as_bytes()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_data_set_without_labels_or_of_a_wrong_range_is_explained_in_place() {
    let mut window = Window::open(SIZE, None);
    let far: Vec<u8> = [7.5_f32; 2 * 16].iter().flat_map(|v| v.to_le_bytes()).collect();
    for (file, bytes, said) in [
        ("unlabelled.npz", npz(&[("images", "|u1", &[2, 1, 4, 4], &[9; 32])]), "labels"),
        ("range.npz", npz(&[("images", "<f4", &[2, 1, 4, 4], &far), ("labels", "|u1", &[2], &[0, 1])]), "7.5"),
        ("uneven.npz", npz(&[("images", "|u1", &[2, 1, 4, 4], &[9; 32]), ("labels", "|u1", &[3], &[0, 1, 2])]), "3"),
    ] {
        let key = put(&window, file, &bytes).display().to_string();
        window.send(Act::Take(vec![key.clone()]));
        window.until("the reason", |app| matches!(app.world().walls.get(&key), Some(Found::Failed(_))));
        let Some(Found::Failed(why)) = window.app().world().walls.get(&key) else { panic!("it was there") };
        assert!(why.contains(file) && why.contains(said), "{why}");
        assert_eq!(window.app().state().view, View::Data);
        assert!(window.harness.query_all_by_label_contains(said).next().is_some(), "{file} is explained in the view");
    }
}

#[test]
fn a_lost_device_is_told_and_the_study_goes_on() {
    let mut world = World::default();
    world.order("a", SMALL);
    let text = "wgpu: the device was lost (driver reset); what is finished is kept, run again to go on with it. Going on with a new device.";
    world.hear(Answer::Started("a".to_owned()));
    world.hear(Answer::Event { study: "a".to_owned(), event: Event::Note { text: text.to_owned() } });
    assert_eq!(world.line, text);
    assert_eq!(world.study("a").unwrap().notes, [text]);
    assert_eq!(world.study("a").unwrap().standing, Standing::Running);
    let why = "wgpu: the device was lost (again)".to_owned();
    world.hear(Answer::Failed { study: "a".to_owned(), why: why.clone() });
    assert_eq!(world.notices[0].text, why);
}

#[test]
fn what_cannot_be_kept_is_said_once() {
    let mut world = World::default();
    for _ in 0..3 {
        world.hear(Answer::Unkept("no room on the disk".to_owned()));
    }
    assert_eq!(world.notices.len(), 1);
}
