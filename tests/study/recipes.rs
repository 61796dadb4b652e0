//! What the recipe says is what happens: seeds, pairs, starts, attacks; and the report has the promised names.

use std::cell::RefCell;

use stitchscope_core::data::{Images, Reading, Split};
use stitchscope_core::onnx::{Interface, Model};
use stitchscope_core::recipe::{Init, Train};
use stitchscope_core::report::Report;
use stitchscope_core::stitch;
use stitchscope_core::study::{Event, FileSources, Flow, Memory, Plan, Sources, Store, StudyError};
use stitchscope_core::tensor::Tolerance;
use stitchscope_tests::ort;

use crate::bench::{Zoo, plan, recipe, report, run, run_observed, small, timeless};

/// The stitches that a study left, cell by cell.
fn stitches(store: &Memory, cells: usize) -> Vec<stitch::Weights> {
    let file = |index: usize| store.get(&format!("stitches/cell-{index}.safetensors")).unwrap().unwrap();
    (0..cells).map(|index| stitch::read(&file(index)).unwrap()).collect()
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn the_report_has_the_names_of_the_design() {
    let engine = ort();
    let report = report(&small(), engine.as_ref());
    let json: serde_json::Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
    let has = |value: &serde_json::Value, names: &[&str]| {
        for name in names {
            assert!(value.get(name).is_some(), "{name} is missing in {value}");
        }
    };
    has(&json, &["schema", "recipe", "environment", "donors", "cells"]);
    has(&json["environment"], &["engine", "device", "threads", "version"]);
    assert_eq!(json["donors"].as_array().unwrap().len(), 2);
    for (donor, role) in json["donors"].as_array().unwrap().iter().zip(["front", "end"]) {
        has(donor, &["role", "model", "clean", "robust"]);
        assert_eq!(donor["role"], role);
        has(&donor["clean"], &["correct", "total"]);
        has(&donor["robust"], &["correct", "total"]);
    }
    assert_eq!(json["cells"].as_array().unwrap().len(), 2);
    for cell in json["cells"].as_array().unwrap() {
        has(cell, &["front_tap", "end_tap", "seed", "stitch", "clean", "robust", "agreement", "direct", "cka"]);
        has(cell, &["seconds", "flags"]);
        has(&cell["stitch"], &["form", "init", "train"]);
        has(&cell["agreement"], &["same", "total"]);
        has(&cell["direct"], &["clean", "residual"]);
        assert_eq!((&cell["clean"]["total"], &cell["robust"]["total"]), (&60.into(), &60.into()));
        assert!(cell["robust"]["correct"].as_u64() <= cell["clean"]["correct"].as_u64());
        assert!((0.0..=1.0).contains(&cell["cka"].as_f64().unwrap()));
    }
    assert_eq!(Report::parse(report.to_json().unwrap().as_bytes()).unwrap(), report);
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn the_same_recipe_gives_the_same_report_and_stitches() {
    let engine = ort();
    let plan = plan(&small());
    let stores = [Memory::default(), Memory::default()];
    let reports = stores.each_ref().map(|store| timeless(run(&plan, engine.as_ref(), store).unwrap()));
    assert_eq!(reports[0], reports[1]);
    assert_eq!(stitches(&stores[0], 2), stitches(&stores[1], 2), "to the bit");
    // The report's own recipe is enough to get it again.
    let again = stitchscope_core::recipe::Recipe::parse(&reports[0].recipe, "report").unwrap();
    assert_eq!(again, small());
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn each_seed_is_a_cell_with_its_own_stitch() {
    let engine = ort();
    let mut seeded = small();
    seeded.attack = None;
    seeded.stitch.seeds = vec![0, 7];
    let store = Memory::default();
    let report = run(&plan(&seeded), engine.as_ref(), &store).unwrap();
    let seeds: Vec<u64> = report.cells.iter().map(|c| c.seed).collect();
    assert_eq!(seeds, [0, 7, 0, 7]);
    let stitches = stitches(&store, 4);
    for pair in stitches.chunks(2) {
        assert_ne!(pair[0], pair[1], "another seed shuffles otherwise");
    }
    for cells in report.cells.chunks(2) {
        assert_eq!(cells[0].direct, cells[1].direct, "direct matching knows no seed");
        assert_eq!(cells[0].cka, cells[1].cka);
    }
    assert!(report.cells.iter().all(|c| c.robust.is_none() && c.direct.robust.is_none()));
    assert!(report.donors.iter().all(|d| d.robust.is_none()));
    assert!(!report.to_json().unwrap().contains("\"robust\""), "no attack, no robust field");
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn all_pairs_leave_out_what_does_not_fit_and_say_so() {
    let engine = ort();
    let all = recipe(40, 10, "[taps]\npairs = \"all\"\n[stitch]\ntrain = \"none\"\n");
    let plan = plan(&all);
    // Three block outputs of 14x14, two each of 7x7 and 4x4: 9 + 4 + 4 of 49 pairs fit.
    assert_eq!(plan.pairs.len(), 17);
    let mut notes = Vec::new();
    let hear = &mut |event: &Event| {
        notes.extend(if let Event::Note { text } = event { Some(text.clone()) } else { None });
        Flow::Continue
    };
    let report = run_observed(&plan, engine.as_ref(), &Memory::default(), hear).unwrap();
    assert_eq!(report.cells.len(), 17);
    assert!(notes.iter().any(|n| n.contains("32 pairs") && n.contains("unequal spatial sizes")), "{notes:?}");
}

/// The zoo, and what was asked of it.
#[derive(Default)]
struct Asked(RefCell<Vec<String>>);

impl Sources for Asked {
    fn model_as(&self, reference: &str, asked: &Interface) -> Result<Model, StudyError> {
        self.0.borrow_mut().push(reference.to_owned());
        FileSources { shelf: &Zoo }.model_as(reference, asked)
    }

    fn images(&self, reference: &str, split: Split, reading: &Reading) -> Result<Images, StudyError> {
        self.0.borrow_mut().push(reference.to_owned());
        FileSources { shelf: &Zoo }.images(reference, split, reading)
    }
}

#[test]
fn a_recipe_lists_everything_that_its_study_opens() {
    let mut named = recipe(40, 10, "");
    named.data.also = Some("zoo:mnist-test".to_owned());
    let mut unlike = named.clone();
    unlike.data.train = named.data.test.clone();
    for recipe in [named, unlike] {
        let asked = Asked::default();
        Plan::load(&recipe, &asked).unwrap();
        let mut opened: Vec<String> = asked.0.into_inner();
        opened.sort();
        opened.dedup();
        let mut listed = recipe.references();
        listed.sort_unstable();
        assert_eq!(opened, listed);
    }
}

#[test]
fn a_pair_asked_for_by_name_must_fit() {
    let unequal = recipe(40, 10, "[taps]\npairs = [[\"layer1.0.relu\", \"layer3.0.relu\"]]\n");
    let said = Plan::load(&unequal, &FileSources { shelf: &Zoo }).unwrap_err().to_string();
    for part in ["layer1.0.relu", "layer3.0.relu", "unequal spatial sizes", "layer1.1.relu"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn untrained_stitches_stay_where_they_start() {
    let engine = ort();
    let mut untrained = small();
    untrained.attack = None;
    untrained.stitch.train = Train::None;
    let mut run_from = |init: Init| {
        untrained.stitch.init = init;
        let store = Memory::default();
        let report = run(&plan(&untrained), engine.as_ref(), &store).unwrap();
        assert!(report.cells.iter().all(|c| c.stitch.init == init.to_string() && c.stitch.train == "none"));
        (report, stitches(&store, 2))
    };
    let (direct, _) = run_from(Init::Direct);
    assert!(direct.cells.iter().all(|c| c.clean == c.direct.clean));
    let (identity, stitches) = run_from(Init::Identity);
    assert_eq!(stitches[0], stitch::Weights::identity(32, 32));
    let (random, stitches) = run_from(Init::Random);
    assert_eq!(stitches[0], stitch::Weights::random(32, 32, 0));
    for (a, b) in [&identity, &random].into_iter().flat_map(|r| r.cells.iter().zip(&direct.cells)) {
        assert_eq!((a.direct, a.cka), (b.direct, b.cka), "the start changes only the stitch");
        assert_ne!(a.clean, b.clean, "two unrelated networks need more than a guess");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_network_stitched_to_itself_is_itself() {
    let engine = ort();
    let mut own = recipe(200, 60, "[stitch]\ntrain = \"none\"\n");
    own.end = own.front.clone();
    let report = report(&own, engine.as_ref());
    assert_eq!(report.cells.len(), 7);
    for cell in &report.cells {
        assert_eq!(cell.agreement.same, 60, "{}", cell.front_tap);
        assert!(cell.direct.residual < 1e-3, "{}: residual {}", cell.front_tap, cell.direct.residual);
        assert!((cell.cka - 1.0).abs() < 1e-6, "{}: CKA {}", cell.front_tap, cell.cka);
        assert_eq!(cell.clean, report.donors[0].clean);
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn the_cache_saves_time_and_changes_nothing() {
    let engine = ort();
    let trained = |cache_mib: usize| {
        let mut recipe = small();
        recipe.attack = None;
        recipe.run.cache_mib = cache_mib;
        let store = Memory::default();
        let report = run(&plan(&recipe), engine.as_ref(), &store).unwrap();
        (report, stitches(&store, 2))
    };
    let (cached, uncached) = (trained(64), trained(0));
    for (a, b) in cached.1.iter().zip(&uncached.1) {
        let numbers = |w: &stitch::Weights| w.weight.iter().chain(&w.bias).map(|x| f64::from(*x)).collect::<Vec<_>>();
        assert!(Tolerance::Network.accepts(&numbers(a), &numbers(b)));
    }
    for (a, b) in cached.0.cells.iter().zip(&uncached.0.cells) {
        assert_eq!(a.direct, b.direct);
        assert!(a.clean.correct.abs_diff(b.clean.correct) <= 1);
    }
}
