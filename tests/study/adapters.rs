//! Studies on a graphics processor: the report that ONNX Runtime gives, and what a lost device costs.

use std::cell::RefCell;
use std::rc::Rc;

use stitchscope_core::engine::wgpu::{Tuning, Wgpu};
use stitchscope_core::engine::{Engine, EngineError};
use stitchscope_core::platform::block_on;
use stitchscope_core::report::Counts;
use stitchscope_core::study::{Event, Flow, Memory, run_recovering};
use stitchscope_tests::{ADAPTERS, adapter, ort, soak};

use crate::bench::{plan, recipe, report, run, small, timeless};

/// Of a thousand images, so many may be answered otherwise: sums differ in their last bits.
const CLEAN: u64 = 3;
const ROBUST: u64 = 8;

fn software() -> Rc<Wgpu> {
    adapter(ADAPTERS[0], Tuning::ForAdapter)
}

/// Whether two counts of the same images differ by at most so many of a thousand, and one at least.
fn near(a: Counts, b: Counts, per_thousand: u64) -> bool {
    a.total == b.total && a.correct.abs_diff(b.correct) <= (a.total * per_thousand).div_ceil(1000)
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_graphics_processor_gives_the_report_of_onnx_runtime() {
    let (ort, adapter) = (ort(), software());
    let recipe = recipe(
        1000,
        100,
        "[taps]\npairs = \"same\"\n[stitch]\ntrain = \"task\"\nepochs = 1\nlr = 1e-3\n\
         [attack]\neps = \"0.1\"\nalpha = \"0.025\"\nsteps = 5\n[run]\nbatch = 100\n",
    );
    let (expected, found) = (report(&recipe, ort.as_ref()), report(&recipe, adapter.as_ref()));
    let mut off = Vec::new();
    for (a, b) in expected.donors.iter().zip(&found.donors) {
        let robust = a.robust.zip(b.robust).is_some_and(|(a, b)| near(a, b, ROBUST));
        if !near(a.clean, b.clean, CLEAN) || !robust {
            off.push(format!(
                "{:?} donor: {:?} {:?}, expected {:?} {:?}",
                a.role, b.clean, b.robust, a.clean, a.robust
            ));
        }
    }
    assert_eq!((expected.cells.len(), found.cells.len()), (7, 7));
    for (a, b) in expected.cells.iter().zip(&found.cells) {
        let robust = a.robust.zip(b.robust).is_some_and(|(a, b)| near(a, b, ROBUST));
        let direct = near(a.direct.clean, b.direct.clean, CLEAN) && (a.cka - b.cka).abs() < 1e-3;
        if !near(a.clean, b.clean, CLEAN) || !robust || !direct {
            off.push(format!("{}: {b:?}, expected {a:?}", a.front_tap));
        }
    }
    assert!(off.is_empty(), "{}", off.join("\n"));
    let check = found.environment.self_check.expect("a self-check");
    assert!(check.images == 8 && check.difference < 1e-4, "{check:?}");
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn a_device_lost_in_the_middle_costs_nothing() {
    let (first, undisturbed) = (software(), software());
    let plan = plan(&small());
    let whole = timeless(run(&plan, undisturbed.as_ref(), &Memory::default()).unwrap());
    let (mut notes, mut cells) = (Vec::new(), 0);
    let doomed = Rc::clone(&first);
    let opened = RefCell::new(vec![undisturbed as Rc<dyn Engine>, first as Rc<dyn Engine>]);
    let open = async || opened.borrow_mut().pop().ok_or(EngineError::ForeignBuffer);
    let hear = &mut |event: &Event| {
        match event {
            Event::Cell { .. } => {
                cells += 1;
                // The driver goes away after the first cell.
                doomed.destroy();
            }
            Event::Note { text } => notes.push(text.clone()),
            _ => {}
        }
        Flow::Continue
    };
    let report = timeless(block_on(run_recovering(&plan, open, &Memory::default(), hear)).unwrap());
    assert_eq!(report, whole);
    assert_eq!(cells, 2, "no cell is measured twice");
    assert!(notes.iter().any(|n| n.contains("the device was lost") && n.contains("new device")), "{notes:?}");
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn a_lost_device_says_so_and_keeps_what_is_finished() {
    let engine = software();
    let plan = plan(&small());
    let store = Memory::default();
    engine.destroy();
    let error = run(&plan, engine.as_ref(), &store).unwrap_err();
    assert!(error.is_lost_device(), "{error}");
    assert!(error.to_string().contains("run again to go on"), "{error}");
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
#[cfg_attr(not(without_adapters), ignore = "as long as one likes: `cargo xtask soak`")]
fn soak_lost_devices_cost_nothing_however_many_there_are() {
    let plan = plan(&small());
    let whole = timeless(run(&plan, software().as_ref(), &Memory::default()).unwrap());
    let memory = soak::rounds(|_| {
        let (doomed, next) = (software(), software());
        let first: Rc<dyn Engine> = Rc::clone(&doomed) as Rc<dyn Engine>;
        let devices = RefCell::new(vec![next as Rc<dyn Engine>, first]);
        let open = async || devices.borrow_mut().pop().ok_or(EngineError::ForeignBuffer);
        let hear = &mut |event: &Event| {
            if matches!(event, Event::Cell { .. }) {
                doomed.destroy();
            }
            Flow::Continue
        };
        let report = block_on(run_recovering(&plan, open, &Memory::default(), hear)).unwrap();
        assert_eq!(timeless(report), whole);
    });
    assert_eq!(soak::flat(&memory), Ok(()));
}
