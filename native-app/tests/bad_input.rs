//! Whatever is wrong with the input, the program says it in one sentence with place and remedy, ends with exit code 2,
//! and leaves nothing half-written.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "helpers of tests fail as tests do")]

#[path = "support/onnx.rs"]
mod onnx;
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use support::{answer, file, program, recipe, text};

/// Same taps in every network of these tests; the oracle, which is always there.
const TABLES: &str =
    "[taps]\npairs = [[\"act\", \"act\"]]\n[stitch]\ntrain = \"none\"\n[run]\nengine = \"reference\"\n";

/// The command is refused in one sentence that holds all of `says`, and `out` is not made.
#[track_caller]
fn refused(arguments: &[&str], out: &Path, says: &[&str]) {
    refused_by(&mut program(arguments), out, says);
}

#[track_caller]
fn refused_by(command: &mut std::process::Command, out: &Path, says: &[&str]) {
    let answer = answer(command);
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert_eq!(answer.stderr.lines().count(), 1, "not one line: {}", answer.stderr);
    assert!(answer.stderr.starts_with("error: ") && answer.stdout.is_empty(), "{answer:?}");
    for part in says {
        assert!(answer.stderr.contains(part), "{part:?} is not in {:?}", answer.stderr);
    }
    assert!(!out.exists(), "{} was left behind", out.display());
}

/// A recipe with this text is refused.
#[track_caller]
fn recipe_refused(recipe: &str, says: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let (path, out) = (file(folder.path(), "study.toml", recipe), folder.path().join("out"));
    refused(&["run", text(&path), "--out", text(&out)], &out, says);
}

/// A study with this front network is refused, and so is looking at it.
#[track_caller]
fn network_refused(bytes: &[u8], says: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let bad = file(folder.path(), "bad.onnx", bytes);
    let good = file(folder.path(), "good.onnx", onnx::network(10));
    recipe_refused(&recipe(text(&bad), text(&good), TABLES), says);
    recipe_refused(&recipe(text(&good), text(&bad), TABLES), says);
    refused(&["inspect", text(&bad)], &folder.path().join("out"), says);
}

#[test]
fn a_study_that_somebody_else_runs_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let net = file(folder.path(), "net.onnx", onnx::network(10));
    let path = file(folder.path(), "study.toml", recipe(text(&net), text(&net), TABLES));
    let out = folder.path().join("out");
    let store = stitchscope_core::study::Folder::create(&out).unwrap();
    let held = stitchscope_core::study::lock(&store).unwrap();
    let run = || answer(&mut program(&["run", text(&path), "--out", text(&out)]));
    let refused = run();
    assert_eq!(refused.code, Some(2), "{refused:?}");
    for part in ["another Stitchscope", text(&out), "let it finish"] {
        assert!(refused.stderr.contains(part), "{part:?} is not in {refused:?}");
    }
    assert!(!out.join("journal.jsonl").exists(), "nothing was written into it");
    drop(held);
    let done = run();
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(out.join("report.json").exists());
}

#[test]
fn files_that_are_no_onnx() {
    network_refused(b"\x1f\x8bhello, I am something else", &["bad.onnx", "not an ONNX model", "check that"]);
    network_refused(b"PK\x03\x04\x14\0\0\0checkpoint", &["bad.onnx", "torch.onnx.export"]);
    network_refused(b"", &["bad.onnx", "empty", "again"]);
}

#[test]
fn truncated_onnx() {
    let whole = onnx::network(10);
    for length in [1, 10, whole.len() / 2, whole.len() - 1] {
        network_refused(&whole[..length], &["bad.onnx", "not an ONNX model"]);
    }
    network_refused(&whole[..whole.len() / 2], &["cut short", "again"]);
}

#[test]
fn gigabytes_of_zeros_cost_neither_memory_nor_time() {
    let folder = tempfile::tempdir().unwrap();
    let (zeros, out) = (folder.path().join("zeros.onnx"), folder.path().join("out"));
    std::fs::File::create(&zeros).unwrap().set_len(4 << 30).unwrap();
    let good = file(folder.path(), "good.onnx", onnx::network(10));
    let as_network = file(folder.path(), "network.toml", recipe(text(&zeros), text(&good), TABLES));
    let data = recipe(text(&good), text(&good), TABLES).replace("zoo:fashion-test", text(&zeros));
    let as_data = file(folder.path(), "data.toml", data);
    let started = Instant::now();
    let cases: [(&[&str], &[&str]); 5] = [
        (&["inspect", text(&zeros)], &["zeros.onnx", "not an ONNX model", "first byte", "check that"]),
        (&["run", text(&as_network)], &["zeros.onnx", "not an ONNX model"]),
        (&["run", text(&as_data)], &["zeros.onnx", "no dataset", "give an IDX"]),
        (&["run", text(&zeros)], &["zeros.onnx", "a recipe at most", "check that"]),
        (&["figure", text(&zeros), "-o", "x.svg"], &["zeros.onnx", "a report at most", "check that"]),
    ];
    for (arguments, says) in cases {
        // A gigabyte of address space is far too little to read them.
        refused_by(limited("ulimit -v 1000000", arguments).current_dir(folder.path()), &out, says);
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn cyclic_graph() {
    let mut parts = onnx::parts(10);
    parts[0] = onnx::node("Add", "act", &["image", "f"], "a");
    network_refused(&onnx::model(&parts), &["`act`", "`flat`", "cycle", "export the model again"]);
}

#[test]
fn unknown_operator() {
    let mut parts = onnx::parts(10);
    parts[0] = onnx::node("Frobnicate", "act", &["image"], "a");
    network_refused(&onnx::model(&parts), &["node `act`", "Frobnicate", "export"]);
}

#[test]
fn an_open_height_is_that_of_the_images() {
    let folder = tempfile::tempdir().unwrap();
    let mut parts = onnx::parts(10);
    parts[4] = onnx::port(11, "image", &["N", "1", "height", "28"]);
    let open = file(folder.path(), "open.onnx", onnx::model(&parts));
    let good = file(folder.path(), "good.onnx", onnx::network(10));
    let recipe = file(folder.path(), "study.toml", recipe(text(&open), text(&good), TABLES));
    let out = folder.path().join("out");
    let answer = answer(&mut program(&["run", text(&recipe), "--out", text(&out)]));
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(out.join("report.json").exists());
}

#[test]
fn weights_that_are_not_numbers() {
    let mut parts = onnx::parts(10);
    let mut values = vec![0.1; 7840];
    values[41] = f32::NAN;
    parts[3] = onnx::weight("w", &[784, 10], &values);
    network_refused(&onnx::model(&parts), &["tensor `w`", "NaN", "index 41", "export the model again"]);
}

#[test]
fn taps_of_unequal_size() {
    let tables = "[taps]\npairs = [[\"layer1.0.relu\", \"layer3.0.relu\"]]\n";
    let both = recipe("zoo:fashion-standard-a", "zoo:fashion-robust-a", tables);
    recipe_refused(&both, &["layer1.0.relu", "layer3.0.relu", "unequal spatial sizes", "fit: ", "layer1.1.relu"]);
    let unknown = both.replace("layer3.0.relu", "layer3.0.rely");
    recipe_refused(&unknown, &["fashion-robust-a", "no tap `layer3.0.rely`", "layer3.0.relu", "inspect"]);
}

#[test]
fn classes_that_differ() {
    let folder = tempfile::tempdir().unwrap();
    let ten = file(folder.path(), "ten.onnx", onnx::network(10));
    let three = file(folder.path(), "three.onnx", onnx::network(3));
    let both = recipe(text(&ten), text(&three), TABLES);
    recipe_refused(&both, &["zoo:fashion-train", "label", "three.onnx", "only 3 classes", "do not belong"]);
    // The labels are the end's; a front of other classes joins it, but cannot teach the stitch.
    let taught = TABLES.replace("train = \"none\"", "train = \"soft\"\nteacher = \"front\"");
    let unequal = recipe(text(&three), text(&ten), &taught);
    recipe_refused(&unequal, &["three.onnx has 3", "ten.onnx has 10", "teacher = \"end\""]);
    let fewer = recipe(text(&three), text(&three), TABLES);
    recipe_refused(&fewer, &["zoo:fashion-train", "label", "three.onnx", "only 3 classes", "do not belong"]);
}

#[test]
fn labels_that_do_not_match_the_images() {
    let folder = tempfile::tempdir().unwrap();
    // An IDX file of unsigned bytes, all zero.
    let with_axes = |sizes: &[u32], count: usize| {
        let axes = u8::try_from(sizes.len()).unwrap();
        let sizes = sizes.iter().flat_map(|s| s.to_be_bytes());
        let mut bytes: Vec<u8> = [0, 0, 8, axes].into_iter().chain(sizes).collect();
        bytes.resize(bytes.len() + count, 0);
        bytes
    };
    let images = file(folder.path(), "t-images-idx3-ubyte", with_axes(&[30, 28, 28], 30 * 784));
    file(folder.path(), "t-labels-idx1-ubyte", with_axes(&[29], 29));
    let both = recipe("zoo:fashion-standard-a", "zoo:fashion-robust-a", "");
    let wrong = both.replace("zoo:fashion-train", text(&images));
    recipe_refused(&wrong, &["t-images-idx3-ubyte", "30 images", "29 labels", "same set"]);
}

/// The reader of Parquet files panics at this one bit: it is told as any other damage, without the panic's own message.
#[test]
fn a_file_at_which_a_reader_panics() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = include_bytes!("../../core/src/data/parquet/zstd.parquet").to_vec();
    bytes[14] ^= 1 << 6;
    let data = file(folder.path(), "damaged.parquet", &bytes);
    let arguments = ["evaluate", "zoo:fashion-standard-a", "--data", text(&data), "--engine", "reference"];
    refused(&arguments, &folder.path().join("out"), &["damaged.parquet", "cannot be read"]);
}

#[test]
fn recipes_with_a_slip() {
    let zoo = |tables: &str| recipe("zoo:fashion-standard-a", "zoo:fashion-robust-a", tables);
    let eps = zoo("[attack]\neps = \"eight\"\n");
    recipe_refused(&eps, &["study.toml:11:7", "eps in [attack]", "eight", "\"8/255\""]);
    recipe_refused(&zoo("[attack]\nsteps = 3\n"), &["[attack] has no eps", "\"8/255\""]);
    let key = zoo("[stitch]\nepocs = 3\n");
    recipe_refused(&key, &["study.toml:11:1", "unknown key \"epocs\" in [stitch]", "did you mean \"epochs\"?"]);
    let name = recipe("zoo:fashion-standard-z", "zoo:fashion-robust-a", "");
    recipe_refused(&name, &["nothing named `fashion-standard-z`", "it has", "fashion-standard-a"]);
    recipe_refused(
        &recipe("nowhere.onnx", "nowhere.onnx", ""),
        &["nowhere.onnx", "nothing is there", "check the spelling"],
    );
    recipe_refused("\u{0}\u{1}", &["study.toml:1:", "not TOML", "key = value"]);
}

#[test]
fn a_missing_onnx_runtime() {
    let folder = tempfile::tempdir().unwrap();
    let net = file(folder.path(), "net.onnx", onnx::network(10));
    let with = |engine: &str| recipe(text(&net), text(&net), &TABLES.replace("reference", engine));
    let out = folder.path().join("out");
    let nowhere = folder.path().join("libonnxruntime.so");

    let asked = file(folder.path(), "asked.toml", with("ort"));
    let mut command = program(&["run", text(&asked), "--out", text(&out)]);
    refused_by(
        command.env("ORT_DYLIB_PATH", &nowhere),
        &out,
        &["ORT_DYLIB_PATH names", "not a file", "correct or unset"],
    );

    let auto = file(folder.path(), "auto.toml", with("auto"));
    let mut command = program(&["run", text(&auto), "--out", text(&out)]);
    // Nor is there a graphics processor, not even one that a processor plays.
    let answer = answer(command.env("ORT_DYLIB_PATH", &nowhere).env("VK_DRIVER_FILES", &nowhere));
    assert_eq!(answer.code, Some(0), "{answer:?}");
    assert!(answer.stderr.contains("No graphics processor is used"), "{answer:?}");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("report.json")).unwrap()).unwrap();
    assert_eq!(report["environment"]["engine"], "processor");
}

/// The program under a limit of the shell's.
fn limited(limit: &str, arguments: &[&str]) -> std::process::Command {
    let mut command = std::process::Command::new("sh");
    // A file above the limit is then an error of the write, not a signal.
    let script = format!("trap '' XFSZ; {limit}; exec \"$0\" \"$@\"");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_stitchscope")]).args(arguments);
    command
}

#[test]
fn a_disk_without_room() {
    let folder = tempfile::tempdir().unwrap();
    let net = file(folder.path(), "net.onnx", onnx::network(10));
    let recipe = file(folder.path(), "study.toml", recipe(text(&net), text(&net), TABLES));
    let out = folder.path().join("out");
    let arguments = ["run", text(&recipe), "--out", text(&out), "--json"];
    // No byte at all; then enough for the journal, but not for report and figures.
    for (limit, left) in
        [("ulimit -f 0", vec![]), ("ulimit -f 4", vec!["journal.jsonl", "recipe.toml", "stitches", "verdicts"])]
    {
        let answer = answer(&mut limited(limit, &arguments));
        assert_eq!(answer.code, Some(2), "{limit}: {answer:?}");
        assert_eq!(answer.stderr.lines().count(), 1, "{answer:?}");
        assert!(answer.stderr.contains("could not") && answer.stderr.contains(text(&out)), "{answer:?}");
        assert!(answer.stderr.contains("try again"), "{answer:?}");
        let mut names: Vec<_> = std::fs::read_dir(&out).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.retain(|name| name != "report.json" && name != "cells.csv" && name != "lock");
        names.sort();
        assert_eq!(names, left, "{limit}");
    }
    // With room again the same command finishes.
    assert_eq!(answer(&mut program(&arguments)).code, Some(0));
    assert!(out.join("figure.png").exists());
}

#[test]
fn a_place_that_cannot_be_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let net = file(folder.path(), "net.onnx", onnx::network(10));
    let recipe = file(folder.path(), "study.toml", recipe(text(&net), text(&net), TABLES));
    let taken = file(folder.path(), "taken", "mine");
    let out = taken.join("out");
    refused(&["run", text(&recipe), "--out", text(&out)], &out, &["taken", "folder"]);
    assert_eq!(std::fs::read(taken).unwrap(), b"mine");
}

#[test]
fn reports_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let net = file(folder.path(), "net.onnx", onnx::network(10));
    let study = file(folder.path(), "study.toml", recipe(text(&net), text(&net), TABLES));
    let done = folder.path().join("done");
    let ran = answer(&mut program(&["run", text(&study), "--out", text(&done)]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = done.join("report.json");
    let to = |name: &str| folder.path().join(name);

    let picture = to("figure.pdf");
    refused(&["figure", text(&report), "-o", text(&picture)], &picture, &["figure.pdf", ".svg or .png"]);
    let network = to("stitched.onnx");
    let export = |report: &Path, cell: &str, says: &[&str]| {
        refused(&["export", text(report), "--cell", cell, "-o", text(&network)], &network, says);
    };
    export(&report, "7", &["report.json", "1 cell", "no cell 7"]);
    let newer = file(folder.path(), "newer.json", "{\"schema\": 99, \"surprise\": true}");
    export(&newer, "0", &["newer.json", "schema 99", "update Stitchscope"]);
    refused(&["figure", text(&newer), "-o", text(&to("f.svg"))], &to("f.svg"), &["newer.json", "schema 99", "update"]);
    let other = file(folder.path(), "other.json", "{\"hello\": 1}");
    export(&other, "0", &["other.json", "not a report", "give it"]);
    std::fs::remove_file(done.join("stitches/cell-0.safetensors")).unwrap();
    export(&report, "0", &["cell-0.safetensors", "nothing is there"]);
    // Another recipe must not write into a finished study's folder.
    let changed = std::fs::read_to_string(&study).unwrap().replace("test_images = 8", "test_images = 9");
    let changed = file(folder.path(), "changed.toml", changed);
    let kept = std::fs::read(&report).unwrap();
    let answer = answer(&mut program(&["run", text(&changed), "--out", text(&done), "--json"]));
    assert_eq!((answer.code, answer.stderr.lines().count()), (Some(2), 1), "{answer:?}");
    assert!(answer.stderr.contains("the recipe differs") && answer.stderr.contains("another --out"), "{answer:?}");
    assert_eq!(std::fs::read(&report).unwrap(), kept);
}
