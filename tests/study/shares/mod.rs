//! Do shares of a study, each computed by itself, make the report of the whole, bit by bit, on every engine?

use std::io::{BufReader, Cursor};
use std::path::Path;

use stitchscope_core::engine::{Choice, Engine, open};
use stitchscope_core::platform::block_on;
use stitchscope_core::report::Report;
use stitchscope_core::study::{FileSources, Memory, Plan, Store};
use stitchscope_core::sweep::{Gathering, Made, Outcomes, PlanReader, SweepRecipe, journal, write_plan};
use stitchscope_tests::ort;

use crate::bench::{Zoo, oracle, recipe, run, timeless};

/// Everything whose numbers could depend on what else a process does: passes in common with controls, attacks on donors whose images go to
/// cells, training, several seeds, activations, ranks.
const TABLES: &str = "[taps]\npairs = [[\"layer2.1.relu\", \"layer2.1.relu\"], [\"layer3.1.relu\", \"layer3.0.relu\"]]\n\
                      [stitch]\ntrain = \"task\"\nepochs = 1\nlr = 1e-2\nbatch = 20\nseeds = [0, 5]\n\
                      [attack]\neps = \"0.1\"\nalpha = \"0.05\"\nsteps = 2\ntransfer = true\n\
                      [probe]\nshift = 4\nranks = [1]\n";

/// Computes every job of a sweep of one study, by itself and from the last to the first; gives what is gathered with its files.
fn gathered(text: &str, engine: &dyn Engine) -> (Report, Vec<(String, Vec<u8>)>) {
    let sweep = SweepRecipe::parse(text, "sweep", &Zoo).unwrap();
    let mut bytes = Cursor::new(Vec::new());
    let head = write_plan(&sweep, "sweep", &FileSources { shelf: &Zoo }, &mut bytes, Path::new("plan.jsonl")).unwrap();
    let bytes = bytes.into_inner();
    let reader = || PlanReader::open(BufReader::new(bytes.as_slice())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let outcomes = Outcomes::of(folder.path());
    let (mut jobs, mut lines) = (Vec::new(), reader());
    while let Some(job) = lines.next_job().unwrap() {
        jobs.push(job);
    }
    assert_eq!((head.jobs, head.cells), (jobs.len(), 4));
    for job in jobs.iter().rev() {
        let mut plan = Plan::load(&job.recipe(&head).unwrap(), &FileSources { shelf: &Zoo }).unwrap();
        job.check(&plan).unwrap();
        plan.share = job.part.into();
        let store = Memory::default();
        let report = run(&plan, engine, &store).unwrap();
        assert_eq!(report.cells.len(), job.cells);
        let donors =
            report.donors.iter().zip(["verdicts/front.csv", "verdicts/end.csv"]).map(|(_, name)| name.to_owned());
        let cells =
            (0..4).flat_map(|at| [format!("stitches/cell-{at}.safetensors"), format!("verdicts/cell-{at}.csv")]);
        let kept = donors.chain(cells).filter_map(|name| Some((name.clone(), store.get(&name).unwrap()?)));
        outcomes.keep(job, &report, &kept.collect::<Vec<_>>(), Made::default()).unwrap();
    }
    let mut gathering = Gathering::new(reader(), &outcomes).unwrap();
    let study = gathering.next_study().unwrap().unwrap();
    assert!(gathering.next_study().unwrap().is_none() && gathering.note().is_none());
    let files = study.records.iter().flat_map(|record| outcomes.kept(record).unwrap()).collect();
    (study.report.unwrap(), files)
}

fn holds(engine: &dyn Engine, (train, test): (usize, usize), stitch: &str) {
    let tables = TABLES.replace("[stitch]\n", &format!("[stitch]\n{stitch}"));
    let mut whole = recipe(train, test, &format!("{tables}[run]\nbatch = {test}\n"));
    whole.controls = stitchscope_core::recipe::ControlsRecipe::default();
    let store = Memory::default();
    let plan = Plan::load(&whole, &FileSources { shelf: &Zoo }).unwrap();
    let expected = run(&plan, engine, &store).unwrap();
    assert!(!expected.controls.is_empty() && expected.cells.iter().all(|cell| cell.transfer.is_some()));
    for split in [1, 3] {
        let (found, files) = gathered(&format!("{}[sweep]\nsplit = {split}\n", whole.to_toml()), engine);
        let text = |report: &Report| timeless(report.clone()).to_json().unwrap();
        assert_eq!(text(&found), text(&expected), "split in {split} on {}", engine.info().engine);
        assert_eq!(files.len(), 10, "two tables of donors, a stitch and a table of each cell");
        for (name, bytes) in &files {
            assert!(store.get(name).unwrap().as_ref() == Some(bytes), "{name} on {}", engine.info().engine);
        }
        // The study goes on from the journal that is laid down: everything is found in it.
        let laid = Memory::default();
        for (name, bytes) in &files {
            laid.put(name, bytes).unwrap();
        }
        laid.put("journal.jsonl", &journal(&found, &files).unwrap()).unwrap();
        let again = run(&plan, engine, &laid).unwrap();
        assert_eq!(text(&again), text(&expected));
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn shares_make_the_whole_on_onnx_runtime() {
    let engine = ort();
    holds(engine.as_ref(), (100, 24), "");
    // Of views no activations are kept for training: controls share the passes of the cells.
    holds(engine.as_ref(), (100, 24), "flip = true\n");
}

#[test]
fn shares_make_the_whole_on_the_processor() {
    let engine = block_on(open(Choice::Processor)).unwrap();
    holds(engine.as_ref(), (40, 12), "");
}

#[test]
#[ignore = "minutes: the oracle computes thirteen studies; `cargo xtask test study --long`"]
fn shares_make_the_whole_on_the_oracle() {
    holds(oracle().as_ref(), (24, 6), "");
}
