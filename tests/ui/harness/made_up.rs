//! Reports of plausible shape, and windows that show them; none of their numbers was measured.

use std::path::PathBuf;

use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::{
    Agreement, Cell, Counts, Direct, Donor, Environment, Report, Role, SCHEMA, StitchSummary,
};
use stitchscope_ui::command::Act;
use stitchscope_ui::work::{Device, EngineFound, name};

use crate::shell::{SMALL, Window};

const fn of(correct: u64) -> Counts {
    Counts { correct, total: 1000 }
}

fn donor(role: Role, model: &str, clean: u64, robust: u64) -> Donor {
    Donor {
        role,
        model: model.to_owned(),
        clean: of(clean),
        robust: Some(of(robust)),
        also: None,
        attacks: Vec::new(),
        change: None,
        badges: Vec::new(),
    }
}

/// A cell between two taps; `level` moves its numbers.
pub fn cell((front, end): (usize, usize), level: u64) -> Cell {
    let apart = front.abs_diff(end) as u64;
    let clean = 880 - 90 * apart.min(8) + level;
    Cell {
        front_tap: format!("layer{}.{}.relu", front / 3 + 1, front % 3),
        end_tap: format!("layer{}.{}.relu", end / 3 + 1, end % 3),
        seed: 0,
        stitch: StitchSummary {
            form: "conv1x1".to_owned(),
            init: "direct".to_owned(),
            train: "task".to_owned(),
            kept: None,
        },
        clean: of(clean),
        robust: Some(of(clean / 3)),
        also: None,
        attacks: Vec::new(),
        change: None,
        transfer: None,
        agreement: Agreement { same: clean - 20, total: 1000 },
        direct: Direct { clean: of(clean - 60), robust: None, residual: 0.3, condition: 120.0, ood: None },
        cka: 1.0 - 0.1 * apart.min(9) as f64,
        cka_unbiased: 0.9 - 0.1 * apart.min(9) as f64,
        similarity: None,
        not_computed: Vec::new(),
        against_front: None,
        ood: None,
        shift: None,
        ranks: Vec::new(),
        seconds: 3.0,
        badges: Vec::new(),
        flags: Vec::new(),
    }
}

/// A study of the two networks of the small recipe, with as many test images as `images` says: its name follows from that.
pub fn report(images: usize, cells: Vec<Cell>) -> Report {
    let recipe = SMALL.replace("test_images = 40", &format!("test_images = {images}"));
    Report {
        schema: SCHEMA,
        recipe: Recipe::parse(&recipe, "made up").unwrap().to_toml(),
        environment: Environment {
            engine: "reference".to_owned(),
            device: "Example".to_owned(),
            threads: 1,
            version: "0.1.0".to_owned(),
            self_check: None,
        },
        donors: vec![
            donor(Role::Front, "zoo:fashion-standard-a", 912, 3),
            donor(Role::End, "zoo:fashion-robust-a", 846, 512),
        ],
        cells,
        controls: Vec::new(),
        probes: Vec::new(),
        inputs: None,
        stitches: Vec::new(),
        measures: Vec::new(),
        timings: Vec::new(),
    }
}

/// Every tap against every tap.
pub fn crossed(side: usize) -> Vec<Cell> {
    (0..side * side).map(|at| cell((at / side, at % side), 0)).collect()
}

/// The same taps on both sides.
pub fn level(count: usize, level: u64) -> Vec<Cell> {
    (0..count).map(|at| cell((at, at), level + 7 * at as u64)).collect()
}

/// The name of the study that a report is of.
pub fn id(report: &Report) -> String {
    name(&Recipe::parse(&report.recipe, "made up").unwrap())
}

/// Drops a report on the window and waits until it is shown.
pub fn drop_in(window: &mut Window, report: &Report) -> String {
    let path: PathBuf = window.home.path().join("report.json");
    std::fs::write(&path, report.to_json().unwrap()).unwrap();
    window.send(Act::Take(vec![path.display().to_string()]));
    let id = id(report);
    let known = id.clone();
    window.until("the report", move |app| app.state().shown == [known.clone()]);
    id
}

/// A computer with ONNX Runtime and nothing else.
pub fn computer() -> Device {
    let missing = || Err("not on the computer of these pictures".to_owned());
    let engine = |engine: &str, found| EngineFound { engine: engine.to_owned(), found };
    Device {
        engine: "ort".to_owned(),
        device: "A processor with 8 cores".to_owned(),
        threads: 8,
        accelerated: false,
        engines: vec![
            engine("ort", Ok("A processor with 8 cores".to_owned())),
            engine("wgpu", missing()),
            engine("processor", Ok("8 threads".to_owned())),
            engine("reference", Ok("one thread".to_owned())),
        ],
    }
}
