//! Controls: what a study compares its cells with says what it must, and survives an interruption.

use stitchscope_core::recipe::{Control, ControlsRecipe, Train, Word};
use stitchscope_core::report::{ControlCell, Report};
use stitchscope_core::study::{Event, Flow, Memory};
use stitchscope_tests::ort;

use crate::bench::{plan, report, run, run_observed, small, timeless};

fn of(report: &Report, kind: Control) -> Vec<&ControlCell> {
    report.controls.iter().filter(|control| control.kind == kind.as_str()).collect()
}

/// The small recipe with all controls and no attack.
fn controlled() -> stitchscope_core::recipe::Recipe {
    let mut recipe = small();
    recipe.attack = None;
    recipe.controls = ControlsRecipe { kinds: Control::ALL.to_vec() };
    recipe
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn every_kind_is_made_at_every_pair() {
    let engine = ort();
    let report = report(&controlled(), engine.as_ref());
    for kind in Control::ALL {
        assert_eq!(of(&report, *kind).len(), report.cells.len(), "{kind}");
    }
    let end = report.donors[1].clean;
    for control in of(&report, Control::SelfStitch) {
        assert_eq!(control.direct, Some(end), "joined with itself by least squares, a network keeps every prediction");
        assert_eq!(control.front_tap, control.end_tap);
    }
    // A head that has learned nothing gives less than one that has, though the stitch is trained before it.
    for (cell, control) in report.cells.iter().zip(of(&report, Control::RandomEnd)) {
        assert!(control.clean.correct < cell.clean.correct, "{control:?} {:?}", cell.clean);
    }
    // What has learned nothing gives less than what has, at every tap.
    for (cell, control) in report.cells.iter().zip(of(&report, Control::RandomFront)) {
        assert!(control.clean.correct < cell.clean.correct, "{control:?} {:?}", cell.clean);
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn the_identity_between_copies_is_the_network_itself() {
    let engine = ort();
    let mut recipe = controlled();
    recipe.front = recipe.end.clone();
    recipe.stitch.train = Train::None;
    let report = report(&recipe, engine.as_ref());
    let same: Vec<_> = of(&report, Control::Identity).into_iter().filter(|c| c.front_tap == c.end_tap).collect();
    assert_eq!(same.len(), 1);
    for control in same {
        assert_eq!((control.clean, control.agreement.same), (report.donors[1].clean, control.agreement.total));
    }
    assert!(of(&report, Control::ShuffledLabels).is_empty(), "nothing is learned, so labels cannot be shuffled");
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_study_stopped_between_controls_goes_on() {
    let engine = ort();
    let plan = plan(&controlled());
    let whole = timeless(run(&plan, engine.as_ref(), &Memory::default()).unwrap());
    let store = Memory::default();
    let mut heard = 0;
    let stopped = run_observed(&plan, engine.as_ref(), &store, &mut |event| {
        heard += usize::from(matches!(event, Event::Control { .. }));
        if heard == 3 { Flow::Stop } else { Flow::Continue }
    });
    assert!(stopped.is_err());
    let mut made = 0;
    let again = run_observed(&plan, engine.as_ref(), &store, &mut |event| {
        made += usize::from(matches!(event, Event::Control { .. }));
        Flow::Continue
    });
    assert_eq!(timeless(again.unwrap()), whole);
    assert_eq!(made, whole.controls.len() - 3, "what the journal holds is not made again");
}
