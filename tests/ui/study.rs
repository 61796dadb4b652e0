//! A study run in the window is the study that the command line runs.

use std::path::Path;

use stitchscope_core::engine::{self, Choice};
use stitchscope_core::platform::block_on;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::Report;
use stitchscope_core::study::{self, Event, FileSources, Flow, Memory, Plan};
use stitchscope_ui::command::{Act, Command};
use stitchscope_ui::work::name;
use stitchscope_ui::world::Standing;

use crate::shell::{SMALL, Window, Zoo};

pub fn timeless(mut report: Report) -> Report {
    report.cells.iter_mut().for_each(|cell| cell.seconds = 0.0);
    report.timings.clear();
    report
}

/// What `stitchscope run` computes.
pub fn by_the_command_line(recipe: &Recipe) -> Report {
    let plan = Plan::load(recipe, &FileSources { shelf: &Zoo }).unwrap();
    let engine = block_on(engine::open(Choice::Auto)).unwrap();
    block_on(study::run(&plan, engine.as_ref(), &Memory::default(), &mut |_: &Event| Flow::Continue)).unwrap()
}

#[test]
fn the_window_measures_what_the_command_line_measures_and_shows_it_on_the_way() {
    let recipe = Recipe::parse(SMALL, "small").unwrap();
    let id = name(&recipe);
    let mut window = Window::open([1366.0, 768.0], None);
    window.send(Act::Run(Box::new(recipe.clone()), true));
    window.until("the first cell", |app| app.world().study(&id).is_some_and(|study| study.report.cells.len() == 1));
    let study = window.app().world().study(&id).unwrap();
    assert_eq!((study.cells, study.pairs.len(), study.report.donors.len()), (2, 2, 2));
    let curve = study.curve("layer2.1.relu", "layer2.1.relu").unwrap();
    assert!(curve.len() == 4 && curve.iter().all(|loss| loss.is_finite()), "200 images by 50: {curve:?}");
    window.until("the report", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Done));
    let ours = window.app().world().study(&id).unwrap().report.clone();
    assert_eq!(timeless(ours), timeless(by_the_command_line(&recipe)));
    let folder = window.home.path().join("studies").join(&id);
    for file in ["report.json", "cells.csv", "figure.svg", "figure.png", "journal.jsonl", "stitches/cell-1.safetensors"]
    {
        assert!(folder.join(file).exists(), "{file} is missing");
    }
    attacked(&mut window, &id);
    exported(&mut window, &id);
}

/// The stitched network of the study is attacked, and every picture is within its strength.
fn attacked(window: &mut Window, id: &str) {
    window.send(Act::Do(Command::Open(stitchscope_ui::state::View::Attack)));
    window.until("the attack", |app| app.world().ladder.is_some());
    window.until_idle();
    assert!(window.app().world().ladder_failed.is_none(), "{:?}", window.app().world().ladder_failed);
    let (question, ladder) = window.app().world().ladder.clone().unwrap();
    assert_eq!(question.cell.as_ref().map(|(study, _)| study.as_str()), Some(id));
    assert_eq!(ladder.networks, ["front", "end", "stitched"]);
    for climb in &ladder.climbs {
        for (image, eps) in climb.images.iter().zip(&ladder.strengths) {
            let largest = image.iter().zip(&ladder.clean).map(|(a, c)| (a - c).abs()).fold(0.0, f32::max);
            assert!(largest <= eps + 1e-6, "{largest} at {eps}");
        }
    }
}

/// The export sheet writes the figure that is shown, and the table.
fn exported(window: &mut Window, id: &str) {
    for (command, file) in [(Command::ExportFigure, "figure.svg"), (Command::ExportTable, "cells.csv")] {
        window.send(Act::Do(command));
        window.send(Act::Export);
        let path = window.home.path().join(format!("{id}-{file}"));
        window.until("the file", |app| app.world().line.contains(file));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("layer3.1.relu"), "{text}");
    }
}

#[test]
fn a_stopped_study_goes_on_where_it_was() {
    let recipe = Recipe::parse(&SMALL.replace("test_images = 40", "test_images = 41"), "small").unwrap();
    let id = name(&recipe);
    let mut window = Window::open([1366.0, 768.0], None);
    window.send(Act::Run(Box::new(recipe.clone()), true));
    window.until("the first cell", |app| app.world().study(&id).is_some_and(|study| !study.report.cells.is_empty()));
    window.send(Act::Do(Command::Stop));
    window.until("the end", |app| app.world().study(&id).is_some_and(|study| !study.is_open()));
    let journal = window.home.path().join("studies").join(&id).join("journal.jsonl");
    assert!(lines(&journal) >= 4, "header, two donors and a cell are kept");
    window.send(Act::Run(Box::new(recipe.clone()), true));
    window.until("the report", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Done));
    let ours = window.app().world().study(&id).unwrap().report.clone();
    assert_eq!(timeless(ours), timeless(by_the_command_line(&recipe)));
}

fn lines(path: &Path) -> usize {
    std::fs::read_to_string(path).unwrap().lines().count()
}
