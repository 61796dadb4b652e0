//! The ONNX standard's own tests as ours: every operator and version that the package `onnx` tests is read, simplified and run by
//! each engine. Its outputs are equal within the standard's tolerance, or it is refused for a reason that a table lists; none
//! comes out different.
//!
//! `cargo xtask setup` makes the cases from the package (`cases.py`). Where they are not, the tests are ignored.

mod case;
mod equal;
mod light;
mod reasons;
mod trial;

use std::rc::Rc;

use stitchscope_core::engine::Engine;
use stitchscope_core::engine::processor::Processor;
use stitchscope_core::engine::wgpu::Tuning;
use stitchscope_tests::{Fallible, adapter, ort, reference};

use trial::{Outcome, Tally};

/// Which cases are tried: whole classifiers take the slower engines minutes, and so does all that compiles kernels.
#[derive(Clone, Copy, PartialEq)]
enum Cases {
    /// Every eighth of the small ones.
    Share,
    Small,
    Classifiers,
    All,
}

/// Runs cases on an engine and checks that none comes out different and that at least `equal` come out equal.
fn tried(engine: &Rc<dyn Engine>, which: Cases, equal: usize) {
    let mut tally = Tally::default();
    for (place, case) in case::all().into_iter().enumerate() {
        let classifier = case.name.starts_with("light");
        let wanted = match which {
            Cases::All => true,
            Cases::Classifiers => classifier,
            Cases::Small => !classifier,
            Cases::Share => !classifier && place % 8 == 0,
        };
        if wanted {
            let outcome = trial::run(engine.as_ref(), &case);
            tally.note(&case, outcome);
        }
    }
    tally.settle(engine.info().engine, equal);
}

/// Least number of small cases that an engine gives as the standard does.
const EQUAL: usize = 1450;
/// The classifiers of the package.
const CLASSIFIERS: usize = 9;

#[test]
#[cfg_attr(not(standard), ignore = "needs the standard's tests, which `cargo xtask setup` makes")]
fn the_oracle_computes_as_the_standard_says() {
    tried(&reference(), Cases::Small, EQUAL);
}

#[test]
#[cfg_attr(not(standard), ignore = "needs the standard's tests, which `cargo xtask setup` makes")]
#[ignore = "minutes: the oracle on whole classifiers; `cargo xtask test onnx --long`"]
fn the_oracle_computes_the_classifiers() {
    tried(&reference(), Cases::Classifiers, CLASSIFIERS);
}

#[test]
#[cfg_attr(not(standard), ignore = "needs the standard's tests, which `cargo xtask setup` makes")]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn onnx_runtime_computes_as_the_standard_says() {
    let engine = ort();
    tried(&engine, Cases::All, EQUAL + CLASSIFIERS);
}

#[test]
#[cfg_attr(not(standard), ignore = "needs the standard's tests, which `cargo xtask setup` makes")]
fn the_processor_computes_as_the_standard_says() {
    let engine: Rc<dyn Engine> = Rc::new(Processor::new());
    tried(&engine, Cases::Small, EQUAL);
}

fn on_a_graphics_processor(which: Cases, equal: usize) {
    let engine: Rc<dyn Engine> = adapter("llvmpipe", Tuning::ForAdapter);
    tried(&engine, which, equal);
}

#[test]
#[cfg_attr(not(standard), ignore = "needs the standard's tests, which `cargo xtask setup` makes")]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn a_graphics_processor_computes_a_share_as_the_standard_says() {
    on_a_graphics_processor(Cases::Share, EQUAL / 8);
}

#[test]
#[cfg_attr(not(standard), ignore = "needs the standard's tests, which `cargo xtask setup` makes")]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
#[ignore = "minutes: every case compiles kernels for a software GPU; `cargo xtask test onnx --long`"]
fn a_graphics_processor_computes_as_the_standard_says() {
    on_a_graphics_processor(Cases::Small, EQUAL);
}

#[test]
#[cfg_attr(not(standard), ignore = "needs the standard's tests, which `cargo xtask setup` makes")]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn the_gradient_of_a_classifier_is_that_of_differences() -> Fallible {
    let (engine, cases) = (ort(), case::all());
    assert_eq!(light::gradients(&engine, &cases, "squeezenet")?, 1);
    Ok(())
}

#[test]
#[cfg_attr(not(standard), ignore = "needs the standard's tests, which `cargo xtask setup` makes")]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
#[ignore = "minutes: nine large classifiers; `cargo xtask test onnx --long`"]
fn the_gradients_of_all_classifiers_are_those_of_differences() -> Fallible {
    let (engine, cases) = (ort(), case::all());
    assert_eq!(light::gradients(&engine, &cases, "")?, CLASSIFIERS);
    Ok(())
}

#[test]
fn outcomes_are_told_apart() {
    assert!(matches!(Outcome::of_error("node `a` (Foo): this operator is not supported"), Outcome::Refused(_)));
}
