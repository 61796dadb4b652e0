//! Do shares of a study, each computed by itself, make the report of the whole, bit by bit, on every engine?

use std::io::{BufReader, Cursor};
use std::path::Path;

use stitchscope_core::engine::{Choice, Engine, open};
use stitchscope_core::platform::block_on;
use stitchscope_core::report::Report;
use stitchscope_core::study::{FileSources, Flow, Memory, Plan, Pool, Store, run_share};
use stitchscope_core::sweep::{Gathering, Made, Outcomes, PlanReader, SharedFolder, SweepRecipe, journal, write_plan};
use stitchscope_tests::ort;

use crate::bench::{Zoo, oracle, recipe, run, timeless};

/// Everything whose numbers could depend on what else a process does: passes in common with controls, attacks on donors whose images go to
/// cells, training, several seeds, activations, ranks.
const TABLES: &str = "[taps]\npairs = [[\"layer2.1.relu\", \"layer2.1.relu\"], [\"layer3.1.relu\", \"layer3.0.relu\"]]\n\
                      [stitch]\ntrain = \"task\"\nepochs = 1\nlr = 1e-2\nbatch = 20\nseeds = [0, 5]\n\
                      [attack]\neps = \"0.1\"\nalpha = \"0.05\"\nsteps = 2\ntransfer = true\n\
                      [probe]\nshift = 4\nranks = [1]\n";

/// How jobs come by what they share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sharing {
    /// Each makes it itself.
    Nothing,
    /// The first of the plan makes it.
    InOrder,
    /// The last of the plan, which comes first, makes it.
    Backwards,
}

/// Computes every job of a sweep of one study by itself; gives what is gathered with its files, and how many jobs went over the images.
fn gathered(text: &str, sharing: Sharing, engine: &dyn Engine) -> (Report, Vec<(String, Vec<u8>)>, usize) {
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
    if sharing != Sharing::InOrder {
        jobs.reverse();
    }
    let mut passes = 0;
    for job in &jobs {
        let mut plan = Plan::load(&job.recipe(&head).unwrap(), &FileSources { shelf: &Zoo }).unwrap();
        let shared =
            SharedFolder::of(folder.path(), &job.check(&plan).unwrap(), Box::new(|| panic!("nobody else is at it")));
        plan.share = job.part.into();
        let store = Memory::default();
        let pool: Option<&dyn Pool> = if sharing == Sharing::Nothing { None } else { Some(&shared) };
        let report = block_on(run_share(&plan, engine, (&store, pool), &mut |_| Flow::Continue)).unwrap();
        passes += usize::from(report.timings.iter().any(|timing| timing.stage == "survey"));
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
    (study.report.unwrap(), files, passes)
}

fn holds(engine: &dyn Engine, (train, test): (usize, usize), stitch: &str) {
    let tables = TABLES.replace("[stitch]\n", &format!("[stitch]\n{stitch}"));
    let mut whole = recipe(train, test, &format!("{tables}[run]\nbatch = {test}\n"));
    whole.controls = stitchscope_core::recipe::ControlsRecipe::default();
    let store = Memory::default();
    let plan = Plan::load(&whole, &FileSources { shelf: &Zoo }).unwrap();
    let expected = run(&plan, engine, &store).unwrap();
    // Where activations are kept for training, controls have passes of their own.
    let own = usize::from(!stitch.contains("flip"));
    assert!(!expected.controls.is_empty() && expected.cells.iter().all(|cell| cell.transfer.is_some()));
    for (split, sharing) in [(1, Sharing::Backwards), (3, Sharing::InOrder), (3, Sharing::Nothing)] {
        let (found, files, passes) =
            gathered(&format!("{}[sweep]\nsplit = {split}\n", whole.to_toml()), sharing, engine);
        // Shared, rest and two jobs of cells; a random end has passes of its own.
        assert_eq!(passes, if sharing == Sharing::Nothing { 4 } else { 1 + own }, "{sharing:?}");
        let text = |report: &Report| timeless(report.clone()).to_json().unwrap();
        assert_eq!(text(&found), text(&expected), "split in {split}, {sharing:?}, on {}", engine.info().engine);
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
