//! The oracle and ONNX Runtime measure the same.

use stitchscope_core::stitch;
use stitchscope_core::study::{Memory, Store};
use stitchscope_core::tensor::relative_error;
use stitchscope_tests::ort;

use crate::bench::{oracle, plan, recipe, run};

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn the_oracle_counts_what_onnx_runtime_counts() {
    let engine = ort();
    let untrained = recipe(
        30,
        15,
        "[taps]\npairs = [[\"layer3.0.relu\", \"layer3.0.relu\"]]\n[stitch]\ntrain = \"none\"\n[run]\nbatch = 15\n",
    );
    let plan = plan(&untrained);
    let [ours, theirs] =
        [oracle().as_ref(), engine.as_ref()].map(|engine| run(&plan, engine, &Memory::default()).unwrap());
    assert_eq!((ours.environment.engine.as_str(), theirs.environment.engine.as_str()), ("reference", "ort"));
    for (a, b) in ours.donors.iter().zip(&theirs.donors) {
        assert_eq!(a, b);
    }
    let (a, b) = (&ours.cells[0], &theirs.cells[0]);
    assert_eq!((a.clean, a.agreement, a.direct.clean), (b.clean, b.agreement, b.direct.clean));
    assert!((a.cka - b.cka).abs() < 1e-4 && (a.direct.residual - b.direct.residual).abs() < 1e-3);
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn training_on_the_oracle_gives_nearly_the_same_stitch() {
    let engine = ort();
    let trained = recipe(
        40,
        15,
        "[taps]\npairs = [[\"layer3.1.relu\", \"layer3.1.relu\"]]\n\
         [stitch]\ninit = \"identity\"\nepochs = 1\nlr = 1e-3\nbatch = 20\n[run]\nbatch = 20\n",
    );
    let plan = plan(&trained);
    let results = [oracle().as_ref(), engine.as_ref()].map(|engine| {
        let store = Memory::default();
        let report = run(&plan, engine, &store).unwrap();
        (report, stitch::read(&store.get("stitches/cell-0.safetensors").unwrap().unwrap()).unwrap())
    });
    let counts = results.each_ref().map(|(report, _)| report.cells[0].clean.correct);
    assert!(counts[0].abs_diff(counts[1]) <= 1, "{counts:?}");
    let weights = results.each_ref().map(|(_, w)| w.weight.iter().map(|x| f64::from(*x)).collect::<Vec<_>>());
    // Adam moves by the gradient's sign where a gradient is near zero, so single numbers may differ by a step.
    let error = relative_error(&weights[0], &weights[1]);
    assert!(error < 1e-2, "{error}");
}
