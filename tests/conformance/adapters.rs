//! The wgpu engine against the oracle, on every software adapter; the kernels made for graphics cards on one of them.

use std::rc::Rc;

use stitchscope_core::engine::Engine;
use stitchscope_core::engine::wgpu::Tuning;
use stitchscope_tests::{ADAPTERS, adapter};

use super::case::{self, Case};
use super::{Fallible, agrees, on_all, on_forward, on_gradient};

/// Runs a check on an engine for every adapter.
fn on_adapters(check: impl Fn(&Rc<dyn Engine>)) {
    for name in ADAPTERS {
        if let Some(engine) = adapter(name, Tuning::ForAdapter) {
            let engine: Rc<dyn Engine> = engine;
            check(&engine);
        }
    }
}

fn both(engine: &Rc<dyn Engine>, case: &Case) -> Fallible {
    on_forward(case, |trial| agrees(engine, trial))?;
    on_gradient(case, |trial| agrees(engine, trial))
}

#[test]
fn graphics_processors_compute_every_operator() {
    on_adapters(|engine| on_all("wgpu", &case::all(), |case| on_forward(case, |trial| agrees(engine, trial))));
}

#[test]
fn graphics_processors_compute_every_gradient() {
    on_adapters(|engine| on_all("wgpu gradient", &case::all(), |case| on_gradient(case, |trial| agrees(engine, trial))));
}

#[test]
fn graphics_processors_take_a_free_batch() {
    on_adapters(|engine| on_all("wgpu, free batch", &case::with_free_batch(), |case| both(engine, case)));
}

#[test]
fn kernels_for_graphics_cards_compute_the_same() {
    let Some(engine) = adapter(ADAPTERS[0], Tuning::ForCards) else { return };
    let engine: Rc<dyn Engine> = engine;
    let chosen = |case: &Case| ["Conv", "MatMul", "Stitch"].iter().any(|op| case.name.starts_with(op));
    let cases: Vec<Case> = case::all().into_iter().filter(chosen).collect();
    on_all("wgpu for cards", &cases, |case| both(&engine, case));
}
