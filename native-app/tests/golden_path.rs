//! The way most people go: look at a network, run a recipe, draw, export; every file and name that was promised is there.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "helpers of tests fail as tests do")]

#[path = "support/onnx.rs"]
mod onnx;
mod support;

use std::path::Path;

use serde_json::Value;
use stitchscope_core::engine::{self, Choice};
use stitchscope_core::graph::Graph;
use stitchscope_core::platform::block_on;
use stitchscope_core::report::Report;
use stitchscope_core::study::{Network, stitched};
use stitchscope_core::tensor::{Tensor, Tolerance};
use stitchscope_core::{cut, stitch};

use support::{answer, file, program, recipe, text};

const TABLES: &str = "[taps]\npairs = [[\"act\", \"act\"]]\n[stitch]\nepochs = 1\nbatch = 8\nlr = 0.1\n\
                      [attack]\neps = \"0.1\"\nsteps = 2\n[run]\nengine = \"reference\"\n";

/// Runs the program, which must succeed, and gives its standard output.
#[track_caller]
fn done(arguments: &[&str]) -> String {
    let answer = answer(&mut program(arguments));
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(!answer.stderr.contains("error: "), "{answer:?}");
    answer.stdout
}

#[test]
fn a_recipe_leaves_everything_that_was_promised() {
    let folder = tempfile::tempdir().unwrap();
    let net = file(folder.path(), "net.onnx", onnx::network(10));
    let recipe = file(folder.path(), "study.toml", recipe(text(&net), text(&net), TABLES));
    let out = folder.path().join("out");

    let lines = done(&["run", text(&recipe), "--out", text(&out), "--json"]);
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().all(|event| event["event"].is_string()));
    for (kind, count) in [("planned", 1), ("donor", 2), ("cell", 1)] {
        assert_eq!(events.iter().filter(|event| event["event"] == kind).count(), count, "{kind}");
    }

    let mut names: Vec<String> =
        std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != "lock");
    names.sort();
    assert_eq!(
        names,
        [
            "cells.csv",
            "controls.csv",
            "figure.png",
            "figure.svg",
            "journal.jsonl",
            "recipe.toml",
            "report.json",
            "stitches",
            "verdicts"
        ]
    );
    let bytes = |name: &str| std::fs::read(out.join(name)).unwrap();
    let report = Report::parse(&bytes("report.json")).unwrap();
    assert_eq!((report.donors.len(), report.cells.len()), (2, 1));
    assert!(report.cells[0].robust.is_some());
    let table = String::from_utf8(bytes("cells.csv")).unwrap();
    assert!(table.starts_with("front_tap,end_tap,seed,") && table.lines().count() == 2, "{table}");
    assert!(bytes("figure.svg").starts_with(b"<") && bytes("figure.png").starts_with(b"\x89PNG"));
    assert!(stitch::read(&bytes("stitches/cell-0.safetensors")).is_ok());

    // A row for each image, and as many that stand as the report counts.
    let cell = &report.cells[0];
    for (name, robust) in
        [("front", report.donors[0].robust), ("end", report.donors[1].robust), ("cell-0", cell.robust)]
    {
        let rows = String::from_utf8(bytes(&format!("verdicts/{name}.csv"))).unwrap();
        assert!(rows.starts_with("image,label,class,verdict,attack,distance\n"), "{rows}");
        assert_eq!(rows.lines().count() - 1, usize::try_from(cell.clean.total).unwrap());
        assert_eq!(rows.matches(",robust,").count() as u64, robust.unwrap().correct, "{name}");
    }

    // Once more without --json: the journal has it all, the same report, and a table for people.
    let shown = done(&["run", text(&recipe), "--out", text(&out)]);
    assert!(shown.contains("act") && shown.contains(text(&out)), "{shown}");
    // But for where the time of the run went: this one only read.
    let again = Report { timings: report.timings.clone(), ..Report::parse(&bytes("report.json")).unwrap() };
    assert_eq!(again, report);

    for name in ["again.svg", "again.png"] {
        let picture = folder.path().join(name);
        done(&["figure", text(&out.join("report.json")), "-o", text(&picture)]);
        let drawn = std::fs::read(picture).unwrap();
        assert_eq!(drawn, bytes(&name.replace("again", "figure")), "the same report draws the same picture");
    }
    let page = folder.path().join("page.html");
    done(&["report", text(&out.join("report.json")), "-o", text(&page)]);
    let page = std::fs::read_to_string(page).unwrap();
    assert!(
        page.starts_with("<!doctype html>") && page.contains("<svg") && page.contains("engine = &quot;reference&quot;")
    );
    exported(folder.path(), &out, &net);
}

/// `export` writes the network that the study measured.
fn exported(folder: &Path, out: &Path, net: &Path) {
    let file = folder.join("stitched.onnx");
    done(&["export", text(&out.join("report.json")), "--cell", "0", "-o", text(&file)]);
    let read = |path: &Path| {
        let bytes = std::fs::read(path).unwrap().into();
        stitchscope_core::onnx::read(bytes, "net", &stitchscope_core::onnx::external::none).unwrap()
    };
    let donor = Network::new("net", &read(net)).unwrap();
    let weights = stitch::read(&std::fs::read(out.join("stitches/cell-0.safetensors")).unwrap()).unwrap();
    assert_ne!(weights, stitch::Weights::identity(1, 1), "training moved it");
    let (front, end) = cut::split(&donor.graph, &donor.taps[donor.tap("act").unwrap()]).unwrap();
    let expected = logits(&stitched(&front, &weights, &end).unwrap());
    let found = logits(&read(&file).graph);
    assert_eq!(found.len(), 30);
    assert!(Tolerance::Operator.accepts(&found, &expected), "{found:?} {expected:?}");
    let own = logits(&donor.graph);
    assert!(!Tolerance::Operator.accepts(&found, &own), "the stitch does nothing");
}

/// Logits of three made-up images.
fn logits(graph: &Graph) -> Vec<f64> {
    let engine = block_on(engine::open(Choice::Reference)).unwrap();
    let pixels = (0..3 * 784_u16).map(|i| f32::from(i % 97) / 96.0).collect();
    let result = block_on(async {
        let image = engine.upload(&Tensor::f32(&[3, 1, 28, 28], pixels).unwrap()).await.unwrap();
        let results = engine.compile(graph).await.unwrap().run(&[&image]).await.unwrap();
        engine.read(&results[0]).await.unwrap()
    });
    result.as_f32().unwrap().iter().map(|z| f64::from(*z)).collect()
}

#[test]
fn inversion_draws_what_both_networks_keep_and_comes_nearer() {
    let folder = tempfile::tempdir().unwrap();
    let net = file(folder.path(), "net.onnx", onnx::network(10));
    let recipe = file(folder.path(), "study.toml", recipe(text(&net), text(&net), TABLES));
    let picture = folder.path().join("picture.png");
    let said = done(&["invert", text(&recipe), "--tap", "act", "--images", "2", "--steps", "8", "-o", text(&picture)]);
    let rows: Vec<&str> = said.lines().filter(|line| line.starts_with("row ")).collect();
    assert_eq!(rows.len(), 3, "images, front, end: {said}");
    for row in &rows[1..] {
        let numbers: Vec<f64> = row.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [.., found, start] = numbers.as_slice() else { panic!("{row}") };
        assert!(found < start, "eight steps bring it nearer: {row}");
    }
    let bytes = std::fs::read(&picture).unwrap();
    assert!(bytes.starts_with(b"\x89PNG") && bytes.len() > 200);
    let refused = answer(&mut program(&["invert", text(&recipe), "--tap", "nowhere", "-o", text(&picture)]));
    assert!(refused.code != Some(0) && refused.stderr.contains("nowhere"), "{refused:?}");
}

#[test]
fn shells_and_readers_of_manuals_learn_every_command() {
    let help = done(&["--help"]);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> =
        commands.filter(|line| !line.starts_with("   ")).filter_map(|l| l.split_whitespace().next()).collect();
    assert!(commands.len() > 8 && commands.contains(&"robustbench"), "{help}");
    let scripts = ["bash", "zsh", "fish"].map(|shell| done(&["completions", shell]));
    let folder = tempfile::tempdir().unwrap();
    done(&["man", text(folder.path())]);
    assert!(std::fs::read_to_string(folder.path().join("stitchscope.1")).unwrap().contains(".TH stitchscope"));
    for command in commands {
        assert!(scripts.iter().all(|script| script.contains(command)), "{command}");
        assert!(command == "help" || folder.path().join(format!("stitchscope-{command}.1")).is_file(), "{command}");
    }
    let version = done(&["--version"]);
    assert!(
        version.starts_with("stitchscope ") && version.contains("commit: ") && version.contains("features: window")
    );
}

#[test]
fn inspect_has_the_promised_keys() {
    let json: Value = serde_json::from_str(&done(&["inspect", "zoo:fashion-standard-a", "--json"])).unwrap();
    assert_eq!(json["model"], "zoo:fashion-standard-a");
    assert_eq!(json["inputs"][0]["name"], "image");
    assert_eq!(json["outputs"][0]["name"], "logits");
    let taps = json["taps"].as_array().unwrap();
    for tap in taps {
        for key in ["name", "tensor", "op", "shape", "side"] {
            assert!(!tap[key].is_null(), "{key} is missing in {tap}");
        }
        assert!(tap["side"] == "pre" || tap["side"] == "post");
    }
    let named = |name: &str| taps.iter().find(|tap| tap["name"] == name).unwrap();
    assert_eq!((&named("bn1")["op"], &named("bn1")["side"]), (&"BatchNormalization".into(), &"pre".into()));
    assert_eq!(named("layer2.0.add")["shape"], serde_json::json!(["N", 32, 7, 7]));
    let shown = done(&["inspect", "zoo:fashion-standard-a"]);
    assert!(shown.contains("* layer1.0.relu") && shown.contains("121,146 parameters"), "{shown}");
}

#[test]
fn the_doctor_tells_what_is_there_and_why_something_is_not() {
    let mut command = program(&["doctor"]);
    let nowhere = [("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so"), ("VK_DRIVER_FILES", "/nowhere/driver.json")];
    let answer = answer(command.envs(nowhere));
    assert_eq!(answer.code, Some(0), "{answer:?}");
    for part in
        ["ort: not here. ORT_DYLIB_PATH names /nowhere/", "reference: ready", "takes processor", "zoo: 5 networks"]
    {
        assert!(answer.stdout.contains(part), "{part:?} is not in {}", answer.stdout);
    }
}
