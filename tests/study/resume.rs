//! Stopped, killed and torn studies go on and give the report of an undisturbed one.

use std::collections::BTreeSet;

use stitchscope_core::study::{Event, Flow, Folder, Memory, Store, StudyError};
use stitchscope_tests::ort;

use crate::bench::{plan, run, run_observed, small, timeless};

const JOURNAL: &str = "journal.jsonl";

/// What an event is, without its numbers.
fn kind(event: &Event) -> String {
    match event {
        Event::Planned { .. } => "planned".to_owned(),
        Event::Progress(work) => format!("progress: {work}"),
        Event::Donor { donor } => format!("donor {:?}", donor.role),
        Event::Cell { index, .. } => format!("cell {index}"),
        Event::Control { control } => format!("control {} {}", control.kind, control.end_tap),
        Event::Note { text } => format!("note {text}"),
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_study_stopped_at_any_kind_of_event_goes_on_to_the_same_report() {
    let engine = ort();
    let plan = plan(&small());
    let mut kinds = BTreeSet::new();
    let hear = &mut |event: &Event| {
        kinds.insert(kind(event));
        Flow::Continue
    };
    let whole = timeless(run_observed(&plan, engine.as_ref(), &Memory::default(), hear).unwrap());
    let of_kind = |start: &str| kinds.iter().filter(|k| k.starts_with(start)).count();
    assert_eq!((of_kind("planned"), of_kind("donor"), of_kind("cell")), (1, 2, 2), "{kinds:?}");
    // The passes over the images that all have in common; two donors and two direct stitches, attacked; two trained stitches with their
    // trainings, images, attacks and activations.
    assert_eq!(of_kind("progress"), 13, "{kinds:?}");
    // One store through all of it: each run begins where the last was stopped, and is stopped a little later.
    let store = Memory::default();
    let mut stops = 0;
    for stop_at in &kinds {
        let hear = &mut |event: &Event| if kind(event) == *stop_at { Flow::Stop } else { Flow::Continue };
        match run_observed(&plan, engine.as_ref(), &store, hear) {
            Err(StudyError::Stopped) => stops += 1,
            // What the journal already holds is not measured again, so its events do not come.
            Ok(report) => assert_eq!(timeless(report), whole, "after not stopping at {stop_at}"),
            Err(other) => panic!("stopped at {stop_at}: {other}"),
        }
    }
    assert!(stops >= 5, "only {stops} stops");
    // And each kind on its own, from nothing.
    for stop_at in kinds.iter().filter(|k| !k.starts_with("note")) {
        let store = Memory::default();
        let hear = &mut |event: &Event| if kind(event) == *stop_at { Flow::Stop } else { Flow::Continue };
        let stopped = run_observed(&plan, engine.as_ref(), &store, hear).unwrap_err();
        assert!(matches!(stopped, StudyError::Stopped), "{stop_at}: {stopped}");
        assert!(stopped.to_string().contains("run the same command to go on"), "{stopped}");
        let report = run(&plan, engine.as_ref(), &store).unwrap();
        assert_eq!(timeless(report), whole, "stopped at {stop_at}");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_study_killed_at_any_byte_of_its_journal_goes_on_to_the_same_report() {
    let engine = ort();
    let plan = plan(&small());
    let folder = tempfile::tempdir().unwrap();
    let store = Folder::create(folder.path()).unwrap();
    let whole = run(&plan, engine.as_ref(), &store).unwrap();
    let journal = store.get(JOURNAL).unwrap().unwrap();
    let ends: Vec<usize> = (0..=journal.len()).filter(|at| *at == 0 || journal[at - 1] == b'\n').collect();
    assert_eq!(ends.len(), 6, "nothing, header, two donors, two cells");
    // The end of each line, one byte around it, and somewhere within.
    let around = ends.windows(2).flat_map(|w| [w[0], w[0] + 1, usize::midpoint(w[0], w[1]), w[1] - 1]);
    for cut in around.chain([journal.len()]) {
        store.put(JOURNAL, &journal[..cut]).unwrap();
        let report = run(&plan, engine.as_ref(), &store).unwrap();
        assert_eq!(timeless(report), timeless(whole.clone()), "cut at byte {cut} of {}", journal.len());
        let healed = store.get(JOURNAL).unwrap().unwrap();
        assert_eq!(healed.iter().filter(|b| **b == b'\n').count(), 5, "cut at byte {cut}");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_finished_study_is_read_and_not_measured_again() {
    let engine = ort();
    let plan = plan(&small());
    let store = Memory::default();
    let first = run(&plan, engine.as_ref(), &store).unwrap();
    let mut stages = Vec::new();
    let hear = &mut |event: &Event| {
        stages.push(kind(event));
        Flow::Continue
    };
    let mut again = run_observed(&plan, engine.as_ref(), &store, hear).unwrap();
    // The cells' seconds too: nothing was done anew. What the run itself took is its own.
    again.timings.clone_from(&first.timings);
    assert_eq!(again, first);
    assert!(
        !stages.iter().any(|s| s.contains("attack") || s.contains("training") || s.starts_with("cell")),
        "{stages:?}"
    );
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_cell_whose_stitch_is_lost_is_made_again() {
    let engine = ort();
    let plan = plan(&small());
    let folder = tempfile::tempdir().unwrap();
    let store = Folder::create(folder.path()).unwrap();
    let whole = run(&plan, engine.as_ref(), &store).unwrap();
    let stitch = "stitches/cell-1.safetensors";
    let kept = store.get(stitch).unwrap().unwrap();
    std::fs::remove_file(folder.path().join(stitch)).unwrap();
    assert_eq!(timeless(run(&plan, engine.as_ref(), &store).unwrap()), timeless(whole));
    assert_eq!(store.get(stitch).unwrap().unwrap(), kept, "the stitch is the same to the bit");
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn the_journal_of_another_recipe_is_refused() {
    let engine = ort();
    let store = Memory::default();
    let stop = &mut |_: &Event| Flow::Stop;
    run_observed(&plan(&small()), engine.as_ref(), &store, stop).unwrap_err();
    let mut other = small();
    other.stitch.lr = 0.5;
    let said = run(&plan(&other), engine.as_ref(), &store).unwrap_err().to_string();
    assert!(said.starts_with("journal.jsonl: ") && said.contains("the recipe differs"), "{said}");
    // How it is computed is not what is computed.
    let mut same = small();
    same.run.batch = 7;
    let stopped = run_observed(&plan(&same), engine.as_ref(), &store, stop).unwrap_err();
    assert!(matches!(stopped, StudyError::Stopped), "{stopped}");
}
