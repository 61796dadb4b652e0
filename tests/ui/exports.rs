//! Everything that can be written is written whole, and what we wrote ourselves opens again.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use stitchscope_core::recipe::Recipe;
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::state::View;
use stitchscope_ui::work::name;
use stitchscope_ui::world::{Found, Standing};
use zip::write::SimpleFileOptions;

use egui_kittest::kittest::Queryable as _;

use crate::made_up::{drop_in, level, report};
use crate::shell::{SMALL, Window};

const SIZE: [f32; 2] = [1366.0, 768.0];

fn press(window: &mut Window, label: &str) {
    window.harness.get_by_role_and_label(egui::accesskit::Role::Button, label).click();
    window.settle();
}

fn written(window: &mut Window, file: &str) -> Vec<u8> {
    let name = file.to_owned();
    window.until("the file", move |app| app.world().line.contains(&name));
    std::fs::read(window.written()).unwrap()
}

#[test]
fn a_table_is_csv_or_latex() {
    let mut window = Window::open(SIZE, None);
    drop_in(&mut window, &report(50, level(4, 0)));
    window.send(Act::Do(Command::ExportTable));
    press(&mut window, "LaTeX");
    press(&mut window, "Write the file");
    let text = String::from_utf8(written(&mut window, "cells.tex")).unwrap();
    assert!(text.contains("\\begin{tabular}") && text.contains("layer1.0.relu"), "{text}");
}

/// A finished study: its joined network, its pictures, its zip; and the zip in a window that never ran it.
#[test]
fn a_study_leaves_as_network_pictures_and_zip_and_comes_back() {
    let recipe = Recipe::parse(&SMALL.replace("test_images = 40", "test_images = 46"), "small").unwrap();
    let id = name(&recipe);
    // High enough for everything in Stitch to be on the screen.
    let mut window = Window::open([1366.0, 1500.0], None);
    window.send(Act::Run(Box::new(recipe), true));
    window.until("the report", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Done));
    let report = window.app().world().study(&id).unwrap().report.clone();
    stitched_network(&mut window);
    pictures(&mut window);
    window.send(Act::Do(Command::ExportStudy));
    press(&mut window, "Write the file");
    let zip = written(&mut window, "study.zip");
    drop(window);

    let mut other = Window::open(SIZE, None);
    let path = other.home.path().join("study.zip");
    std::fs::write(&path, &zip).unwrap();
    other.send(Act::Take(vec![path.display().to_string()]));
    other.until("the study", |app| app.world().study(&id).is_some());
    assert_eq!(other.app().world().study(&id).unwrap().report, report);
    assert_eq!(other.app().state().view, View::Compare);
    // Its connectors came along: the joined network can be attacked.
    other.send(Act::Do(Command::Open(View::Attack)));
    other.until("the attack", |app| app.world().ladder.is_some() || app.world().ladder_failed.is_some());
    other.until_idle();
    let (_, ladder) = other.app().world().ladder.clone().unwrap();
    assert_eq!(ladder.networks.len(), 3, "{:?}", other.app().world().ladder_failed);
    let again = Window::open_in(Arc::clone(&other.home), SIZE, None);
    assert!(again.app().world().study(&id).is_some(), "it is kept for the next start");
}

fn stitched_network(window: &mut Window) {
    window.send(Act::Go(View::Stitch));
    window.until_idle();
    press(window, "Export as ONNX…");
    press(window, "Write the file");
    assert!(!written(window, "stitched.onnx").is_empty());
    let path = window.written();
    window.send(Act::Take(vec![path.clone()]));
    window.until("the network", |app| matches!(app.world().models.get(&path), Some(Found::Here(_) | Found::Failed(_))));
    let Some(Found::Here(view)) = window.app().world().models.get(&path) else { panic!("it opens again") };
    assert!(view.checks.iter().all(|check| check.found.is_ok()), "{:?}", view.checks);
}

fn pictures(window: &mut Window) {
    window.send(Act::Go(View::Attack));
    window.until("the attack", |app| app.world().ladder.is_some());
    window.until_idle();
    press(window, "Export the pictures…");
    press(window, "4 times");
    press(window, "Write the files");
    for word in ["original", "change", "attacked"] {
        let file = format!("image-{word}.png");
        window.until("the picture", |app| app.world().line.contains(".png") && !app.is_waiting());
        let path = window.home.path().join(&file);
        let start = std::time::Instant::now();
        while !path.exists() && start.elapsed().as_secs() < 20 {
            window.settle();
        }
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(u32::from_be_bytes(bytes[16..20].try_into().unwrap()), 28 * 4, "{file} is four times as wide");
    }
}

#[test]
fn a_zip_that_is_no_study_or_promises_too_much_is_refused_with_the_reason() {
    let mut window = Window::open(SIZE, None);
    let packed = SimpleFileOptions::default();
    let mut bomb = zip::ZipWriter::new(Cursor::new(Vec::new()));
    bomb.start_file("report.json", packed).unwrap();
    let zeros = vec![b' '; 1 << 20];
    (0..300).for_each(|_| bomb.write_all(&zeros).unwrap());
    let bomb = bomb.finish().unwrap().into_inner();
    let mut strange = zip::ZipWriter::new(Cursor::new(Vec::new()));
    strange.start_file("../../evil.txt", packed).unwrap();
    strange.write_all(b"out of here").unwrap();
    let strange = strange.finish().unwrap().into_inner();
    for (file, bytes, said) in [
        ("torn.zip", &bomb[..200], "no study"),
        ("bomb.zip", &bomb[..], "larger than"),
        ("strange.zip", &strange[..], "no report.json"),
    ] {
        let path = window.home.path().join(file);
        std::fs::write(&path, bytes).unwrap();
        window.send(Act::Take(vec![path.display().to_string()]));
        window.until("the notice", |app| !app.world().notices.is_empty());
        let why = window.app().world().notices[0].text.clone();
        assert!(why.contains(file) && why.contains(said), "{why}");
        window.send(Act::Dismiss(0));
    }
    assert!(!window.home.path().join("../evil.txt").exists());
}
