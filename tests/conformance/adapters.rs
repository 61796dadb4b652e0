//! The wgpu engine against the oracle, on every software adapter.

use std::rc::Rc;

use stitchscope_core::engine::Engine;
use stitchscope_tests::{ADAPTERS, adapter};

use super::{agrees, case, on_all, on_forward, on_gradient};

/// Runs a check on an engine for every adapter.
fn on_adapters(check: impl Fn(&Rc<dyn Engine>)) {
    for name in ADAPTERS {
        if let Some(engine) = adapter(name) {
            let engine: Rc<dyn Engine> = engine;
            check(&engine);
        }
    }
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
    on_adapters(|engine| {
        on_all("wgpu, free batch", &case::with_free_batch(), |case| {
            on_forward(case, |trial| agrees(engine, trial))?;
            on_gradient(case, |trial| agrees(engine, trial))
        });
    });
}
