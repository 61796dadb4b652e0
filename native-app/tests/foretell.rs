//! `stitchscope foretell` on reports of small studies: table, CSV and JSON, from files, folders and a gathered sweep.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(clippy::cast_possible_truncation, reason = "small numbers of cells")]

#[path = "support/onnx.rs"]
mod onnx;
mod support;

use std::fs;

use support::{answer, file, program, recipe, text};

const TABLES: &str =
    "[taps]\npairs = \"all\"\n[stitch]\ntrain = \"none\"\n[controls]\nkinds = []\n[run]\nengine = \"processor\"\n";

#[test]
fn measures_are_set_against_stitches() {
    let folder = tempfile::tempdir().unwrap();
    let study = file(folder.path(), "study.toml", recipe("zoo:fashion-standard-a", "zoo:fashion-robust-a", TABLES));
    let out = folder.path().join("out");
    let run = answer(&mut program(&["run", text(&study), "--out", text(&out)]));
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = fs::read_to_string(out.join("report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["measures"][0], serde_json::json!({"name": "cka", "same": 1.0, "closer": "higher"}));
    // Between unequal channels there is no relative L2, and the cell says so.
    let cells = report["cells"].as_array().unwrap();
    let lacking = |cell: &&serde_json::Value| cell["similarity"]["relative_l2"].is_null();
    for cell in cells {
        let why = cell["not_computed"].to_string();
        assert_eq!(lacking(&cell), why.contains("relative_l2"), "{cell}");
        assert!(!lacking(&cell) || why.contains("channels"), "{why}");
    }

    let table = answer(&mut program(&["foretell", text(&out), "--out", text(&folder.path().join("answer"))]));
    assert_eq!((table.code, table.stderr.as_str()), (Some(0), ""), "{table:?}");
    let said = format!("which measure foretells the stitch: {} pairs of taps, 2 networks", cells.len());
    assert!(
        table.stdout.starts_with(&said) && table.stdout.contains("direct stitch, clean accuracy"),
        "{}",
        table.stdout
    );
    assert!(table.stdout.contains("no interval: it takes three networks or more"), "{}", table.stdout);
    let json = answer(&mut program(&["foretell", text(&out.join("report.json")), "--json"]));
    let found: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(found["pairs"], cells.len());
    let of = |name: &str| found["rows"].as_array().unwrap().iter().find(|row| row["measure"] == name).unwrap().clone();
    assert_eq!((of("procrustes")["closer"].clone(), of("procrustes")["same"].clone()), ("lower".into(), 0.0.into()));
    assert!(of("cka")["kendall"]["value"].as_f64().unwrap().abs() <= 1.0);
    for name in ["foretell.txt", "foretell.csv", "foretell.json"] {
        assert!(folder.path().join("answer").join(name).is_file(), "{name}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("answer/foretell.json")).unwrap(), json.stdout);

    let means = answer(&mut program(&["means", text(&out)]));
    assert!(means.stdout.starts_with("means over pairs of networks: 2 networks, 1 reports"), "{means:?}");
    // The same cells, image by image.
    let compared = answer(&mut program(&["compare", text(&out), "--cells", "0,2,1", "--json"]));
    let compared: serde_json::Value = serde_json::from_str(&compared.stdout).unwrap();
    assert_eq!((compared["tests"].clone(), compared["rows"][0]["n"].clone()), (3.into(), 8.into()), "{compared}");
    let right = |cell: usize| cells[cell]["clean"]["correct"].as_f64().unwrap();
    for row in compared["rows"].as_array().unwrap() {
        let [first, second] = ["first", "second"].map(|name| row[name].as_u64().unwrap() as usize);
        let difference = (right(first) - right(second)) / 8.0;
        assert!((row["difference"].as_f64().unwrap() - difference).abs() < 1e-12, "{row}");
    }
    let why = answer(&mut program(&["compare", text(&out), "--cells", "0,99"]));
    assert!(why.code == Some(2) && why.stderr.contains("there is no cell 99"), "{why:?}");

    // A gathered sweep's file: a report a line.
    let line = serde_json::json!({"study": 0, "set": {}, "report": report});
    let sweep = file(folder.path(), "reports.jsonl", format!("{line}\n"));
    let again = answer(&mut program(&["foretell", text(&sweep), "--json"]));
    let rows = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["rows"].clone();
    assert_eq!(rows(&again.stdout), rows(&json.stdout));
    assert_eq!(answer(&mut program(&["foretell", text(folder.path()), "--json"])).stdout, again.stdout);
}

#[test]
fn what_is_no_result_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let why = answer(&mut program(&["foretell", text(&empty)]));
    assert!(why.code == Some(2) && why.stderr.contains("has neither report.json nor reports.jsonl"), "{why:?}");
    let broken = file(folder.path(), "reports.jsonl", "{\"study\": 0}\n");
    let why = answer(&mut program(&["foretell", text(&broken)]));
    assert!(why.code == Some(2) && why.stderr.contains("reports.jsonl, line 1"), "{why:?}");
    let net = file(folder.path(), "net.onnx", onnx::network(10));
    let why = answer(&mut program(&["foretell", text(&net)]));
    assert!(why.code == Some(2) && why.stderr.contains("not a report"), "{why:?}");
}
