//! A study knows its inputs: what changed between a stop and a resume is refused by name, what is damaged is made anew or told.

use std::path::Path;

use stitchscope_core::recipe::Recipe;
use stitchscope_core::study::{
    About, Event, FileSources, Flow, Folder, Memory, Network, Plan, Store, exported, unchanged,
};
use stitchscope_tests::ort;

use crate::bench::{Zoo, plan, run, run_observed, small, timeless};

const JOURNAL: &str = "journal.jsonl";

fn copy(folder: &Path, name: &str, network: &str) -> String {
    let path = folder.join(name);
    std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../zoo/models").join(network), &path).unwrap();
    path.display().to_string()
}

/// The small study on networks that lie in a folder.
fn on_files(folder: &Path) -> Recipe {
    let mut recipe = small();
    recipe.front.model = copy(folder, "front.onnx", "fashion-robust-a.onnx");
    recipe.end.model = copy(folder, "end.onnx", "fashion-standard-a.onnx");
    recipe
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_network_replaced_between_stop_and_resume_is_refused_by_name() {
    let engine = ort();
    let folder = tempfile::tempdir().unwrap();
    let recipe = on_files(folder.path());
    let store = Memory::default();
    let stop = &mut |event: &Event| if matches!(event, Event::Cell { .. }) { Flow::Stop } else { Flow::Continue };
    run_observed(&plan(&recipe), engine.as_ref(), &store, stop).unwrap_err();
    let kept = store.get(JOURNAL).unwrap();
    copy(folder.path(), "front.onnx", "fashion-standard-b.onnx");
    let said = run(&plan(&recipe), engine.as_ref(), &store).unwrap_err().to_string();
    assert!(said.contains("front.onnx has changed") && said.contains("front network"), "{said}");
    assert_eq!(store.get(JOURNAL).unwrap(), kept, "nothing was written");
    // The former file put back, the study goes on.
    copy(folder.path(), "front.onnx", "fashion-robust-a.onnx");
    let report = run(&plan(&recipe), engine.as_ref(), &store).unwrap();
    let whole = run(&plan(&recipe), engine.as_ref(), &Memory::default()).unwrap();
    assert_eq!(timeless(report), timeless(whole));
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn other_images_or_labels_under_the_same_name_are_refused() {
    let engine = ort();
    let store = Memory::default();
    let stop = &mut |_: &Event| Flow::Stop;
    run_observed(&plan(&small()), engine.as_ref(), &store, stop).unwrap_err();
    let mut labels = plan(&small());
    labels.test.labels.swap(0, 1);
    labels.test.labels[0] = (labels.test.labels[0] + 1) % 10;
    let mut fewer: Plan = plan(&small());
    let count = fewer.train.len() - 1;
    fewer.train = fewer.train.take_first(count);
    for (changed, role) in [(labels, "test labels"), (fewer, "training images")] {
        let said = run(&changed, engine.as_ref(), &store).unwrap_err().to_string();
        assert!(said.contains("has changed") && said.contains(role), "{said}");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_damaged_stitch_or_table_of_verdicts_is_made_anew_and_said() {
    let engine = ort();
    let plan = plan(&small());
    let folder = tempfile::tempdir().unwrap();
    let store = Folder::create(folder.path()).unwrap();
    let whole = timeless(run(&plan, engine.as_ref(), &store).unwrap());
    for (name, flip, said) in [
        ("stitches/cell-0.safetensors", false, "made anew"),
        ("stitches/cell-0.safetensors", true, "made anew"),
        ("verdicts/cell-1.csv", true, "made anew"),
        ("verdicts/end.csv", true, "measured anew"),
    ] {
        let kept = store.get(name).unwrap().unwrap();
        let mut damaged = if flip { kept.clone() } else { Vec::new() };
        damaged.last_mut().into_iter().for_each(|last| *last ^= 1);
        store.put(name, &damaged).unwrap();
        let mut notes = Vec::new();
        let hear = &mut |event: &Event| {
            if let Event::Note { text } = event {
                notes.push(text.clone());
            }
            Flow::Continue
        };
        assert_eq!(timeless(run_observed(&plan, engine.as_ref(), &store, hear).unwrap()), whole);
        assert_eq!(store.get(name).unwrap().unwrap(), kept);
        assert!(notes.iter().any(|note| note.contains(name) && note.contains(said)), "{notes:?}");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn what_is_exported_says_where_it_comes_from_and_asks_whether_that_is_still_so() {
    let engine = ort();
    let folder = tempfile::tempdir().unwrap();
    let recipe = on_files(folder.path());
    let store = Memory::default();
    let report = run(&plan(&recipe), engine.as_ref(), &store).unwrap();
    let sources = FileSources { shelf: &Zoo };
    assert_eq!(unchanged(&report, &sources).unwrap(), [""; 0]);
    let stitch = store.get("stitches/cell-1.safetensors").unwrap().unwrap();
    let about = About::read(&stitch).unwrap().unwrap();
    assert_eq!((Some(&about.inputs), about.recipe), (report.inputs.as_ref(), recipe.fingerprint()));
    let networks = plan(&recipe);
    let donors = (&networks.front, &networks.end);
    let cell = &report.cells[1];
    let bytes = exported(&recipe, donors, (&cell.front_tap, &cell.end_tap), &stitch).unwrap();
    let read = stitchscope_core::onnx::read(bytes.into(), "stitched.onnx", &stitchscope_core::onnx::external::none);
    assert!(read.unwrap().metadata["stitchscope"].contains(&cell.front_tap));
    // The stitch of another cell, and another network of the same name.
    let other = &report.cells[0];
    let said = exported(&recipe, donors, (&other.front_tap, &other.end_tap), &stitch).unwrap_err().to_string();
    assert!(said.contains("the stitch file is that of"), "{said}");
    copy(folder.path(), "end.onnx", "fashion-standard-b.onnx");
    let said = unchanged(&report, &sources).unwrap_err().to_string();
    assert!(said.contains("end.onnx has changed"), "{said}");
    let model = stitchscope_core::study::Sources::model(&sources, &recipe.end.model).unwrap();
    let end = Network::new(&recipe.end.model, &model).unwrap();
    let said = exported(&recipe, (donors.0, &end), (&cell.front_tap, &cell.end_tap), &stitch).unwrap_err().to_string();
    assert!(said.contains("end.onnx has changed"), "{said}");
    // What is not at hand is said, and hinders nothing.
    std::fs::remove_file(folder.path().join("end.onnx")).unwrap();
    assert!(unchanged(&report, &sources).unwrap()[0].contains("could not be compared"));
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_folder_deleted_while_the_study_runs_ends_it_and_the_next_run_starts_anew() {
    let engine = ort();
    let plan = plan(&small());
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("out");
    let mut left = true;
    let store = Folder::create(&root).unwrap();
    let delete = &mut |event: &Event| {
        if left && matches!(event, Event::Cell { .. }) {
            left = false;
            std::fs::remove_dir_all(&root).unwrap();
        }
        Flow::Continue
    };
    let said = run_observed(&plan, engine.as_ref(), &store, delete).unwrap_err().to_string();
    assert!(said.contains("nothing is there") || said.contains("deleted or moved"), "{said}");
    assert!(!root.exists(), "it does not come back by halves");
    let store = Folder::create(&root).unwrap();
    let again = timeless(run(&plan, engine.as_ref(), &store).unwrap());
    assert_eq!(again, timeless(run(&plan, engine.as_ref(), &Memory::default()).unwrap()));
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_journal_deleted_while_the_study_runs_ends_it() {
    let engine = ort();
    let folder = tempfile::tempdir().unwrap();
    let store = Folder::create(folder.path()).unwrap();
    let delete = &mut |event: &Event| {
        if matches!(event, Event::Donor { .. }) {
            let _ = std::fs::remove_file(folder.path().join(JOURNAL));
        }
        Flow::Continue
    };
    let said = run_observed(&plan(&small()), engine.as_ref(), &store, delete).unwrap_err().to_string();
    assert!(said.contains("deleted or moved while it was in use"), "{said}");
    assert!(!folder.path().join(JOURNAL).exists());
}
