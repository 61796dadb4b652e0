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

/// ONNX Runtime, or `None` after saying so where `STITCHSCOPE_SKIP_ORT=1` allows to go without.
///
/// # Panics
/// When it is missing and that was not allowed: a suite that compares nothing must not look green.
#[must_use]
#[expect(clippy::panic, clippy::print_stderr, reason = "a suite fails, or says what it leaves out")]
pub fn ort() -> Option<Rc<dyn Engine>> {
    match block_on(open(Choice::Ort)) {
        Ok(engine) => Some(engine),
        Err(why) if std::env::var_os(SKIP).is_some_and(|set| set == "1") => {
            eprintln!("skipped, as {SKIP}=1: {why}");
            None
        }
        Err(why) => panic!("{why} (or set {SKIP}=1 to leave out what needs it)"),
    }
}

/// The wgpu engine on the adapter of that name, or `None` after saying so where `STITCHSCOPE_SKIP_WGPU=1` allows to go without.
///
/// # Panics
/// As [`ort`].
#[must_use]
#[expect(clippy::panic, clippy::print_stderr, reason = "a suite fails, or says what it leaves out")]
pub fn adapter(name: &str, tuning: Tuning) -> Option<Rc<Wgpu>> {
    match block_on(tuned(name, tuning)) {
        Ok(engine) => Some(Rc::new(engine)),
        Err(why) if std::env::var_os(SKIP_ADAPTERS).is_some_and(|set| set == "1") => {
            eprintln!("skipped, as {SKIP_ADAPTERS}=1: {name}: {why}");
            None
        }
        Err(why) => panic!("{name}: {why} (`cargo xtask test` brings it; or set {SKIP_ADAPTERS}=1 to leave it out)"),
    }
}

async fn tuned(name: &str, tuning: Tuning) -> Result<Wgpu, EngineError> {
    let all = adapters().await?;
    let found = all.iter().find(|adapter| adapter.name().contains(name));
    let adapter = found.ok_or_else(|| EngineError::Unavailable("there is no such adapter".to_owned()))?;
    Wgpu::tuned(adapter, tuning).await
}
