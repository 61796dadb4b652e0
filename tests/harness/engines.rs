//! The engines that a suite compares.

use std::rc::Rc;

use stitchscope_core::engine::reference::{Precision, Reference};
use stitchscope_core::engine::wgpu::{Tuning, Wgpu, adapters};
use stitchscope_core::engine::{Choice, Engine, EngineError, open};
use stitchscope_core::platform::block_on;

/// Set to 1 where ONNX Runtime is known to be missing and the other checks shall still run.
const SKIP: &str = "STITCHSCOPE_SKIP_ORT";

/// Set to 1 where software adapters are known to be missing and the other checks shall still run.
const SKIP_ADAPTERS: &str = "STITCHSCOPE_SKIP_WGPU";

/// The two software adapters on which kernels are tried: two that agree catch kernels that rely on one.
pub const ADAPTERS: [&str; 2] = ["llvmpipe", "SwiftShader"];

/// The oracle, rounding to f32 after every operator.
#[must_use]
pub fn reference() -> Rc<dyn Engine> {
    Rc::new(Reference::new(Precision::AsTyped))
}

/// The oracle in f64.
#[must_use]
pub fn double() -> Rc<dyn Engine> {
    Rc::new(Reference::new(Precision::Double))
}

/// ONNX Runtime. A test that needs it is ignored where `STITCHSCOPE_SKIP_ORT=1` leaves it out (`without_ort`, which `build.rs` says).
///
/// # Panics
/// When it is missing: a suite that compares nothing must not look green.
#[must_use]
#[expect(clippy::panic, reason = "a suite fails")]
pub fn ort() -> Rc<dyn Engine> {
    block_on(open(Choice::Ort)).unwrap_or_else(|why| panic!("{why} (or set {SKIP}=1 to leave out what needs it)"))
}

/// ONNX Runtime beside other engines of one test, or `None` after saying so where `STITCHSCOPE_SKIP_ORT=1` allows to go without.
///
/// # Panics
/// When it is missing and that was not allowed.
#[must_use]
#[expect(clippy::print_stderr, reason = "a suite says what it leaves out")]
pub fn ort_unless_left_out() -> Option<Rc<dyn Engine>> {
    if left_out(SKIP) && block_on(open(Choice::Ort)).is_err() {
        eprintln!("left out, as {SKIP}=1: ONNX Runtime");
        return None;
    }
    Some(ort())
}

/// The wgpu engine on the adapter of that name. A test that needs one is ignored where `STITCHSCOPE_SKIP_WGPU=1` leaves them out
/// (`without_adapters`, which `build.rs` says).
///
/// # Panics
/// As [`ort`].
#[must_use]
#[expect(clippy::panic, reason = "a suite fails")]
pub fn adapter(name: &str, tuning: Tuning) -> Rc<Wgpu> {
    let engine = block_on(tuned(name, tuning));
    Rc::new(engine.unwrap_or_else(|why| {
        panic!("{name}: {why} (`cargo xtask test` brings it; or set {SKIP_ADAPTERS}=1 to leave it out)")
    }))
}

/// The same beside other engines of one test, or `None` after saying so where `STITCHSCOPE_SKIP_WGPU=1` allows to go without.
///
/// # Panics
/// When it is missing and that was not allowed.
#[must_use]
#[expect(clippy::print_stderr, reason = "a suite says what it leaves out")]
pub fn adapter_unless_left_out(name: &str, tuning: Tuning) -> Option<Rc<Wgpu>> {
    if left_out(SKIP_ADAPTERS) && block_on(tuned(name, tuning)).is_err() {
        eprintln!("left out, as {SKIP_ADAPTERS}=1: {name}");
        return None;
    }
    Some(adapter(name, tuning))
}

fn left_out(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|set| set == "1")
}

async fn tuned(name: &str, tuning: Tuning) -> Result<Wgpu, EngineError> {
    let all = adapters().await?;
    let found = all.iter().find(|adapter| adapter.name().contains(name));
    let adapter = found.ok_or_else(|| EngineError::Unavailable("there is no such adapter".to_owned()))?;
    Wgpu::tuned(adapter, tuning).await
}
