//! Which engine runs, and why.

use std::rc::Rc;

use super::processor::Processor;
use super::reference::{Precision, Reference};
use super::wgpu::{Adapter, Wgpu, adapters};
use super::{Engine, EngineError, ort_open};

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The fastest that is there: CUDA through ONNX Runtime, else a graphics processor through wgpu, else ONNX Runtime on the
    /// processor, else the processor without a library.
    #[default]
    Auto,
    /// The processor without a library.
    Processor,
    /// The reference engine: the oracle, for comparing.
    Reference,
    /// ONNX Runtime or nothing.
    Ort,
    /// The best adapter that wgpu finds, or nothing.
    Wgpu,
}

/// Opens an engine. With [`Choice::Auto`] what is missing becomes a note of the engine that is taken instead.
///
/// # Errors
/// [`EngineError::Unavailable`] when the engine that was asked for by name cannot be had.
pub async fn open(choice: Choice) -> Result<Rc<dyn Engine>, EngineError> {
    match choice {
        Choice::Processor => Ok(Rc::new(Processor::new())),
        Choice::Reference => Ok(Rc::new(Reference::new(Precision::AsTyped))),
        Choice::Ort => Ok(Rc::from(ort_open::open()?)),
        Choice::Wgpu => Ok(Rc::new(on_adapter(|_| true).await?)),
        Choice::Auto => Ok(automatic().await),
    }
}

/// The wgpu engine on the first adapter, in order of speed, that `wanted` accepts.
///
/// # Errors
/// [`EngineError::Unavailable`] naming the adapters that there are.
pub async fn on_adapter(wanted: impl Fn(&Adapter) -> bool) -> Result<Wgpu, EngineError> {
    let all = adapters().await?;
    match all.iter().find(|adapter| wanted(adapter)) {
        Some(adapter) => Wgpu::new(adapter).await,
        None => {
            let names: Vec<String> = all.iter().map(Adapter::describe).collect();
            Err(EngineError::Unavailable(format!("none of these adapters is the one asked for: {}", names.join("; "))))
        }
    }
}

async fn automatic() -> Rc<dyn Engine> {
    let ort = ort_open::open();
    if let Ok(engine) = &ort
        && engine.info().accelerated
        && let Ok(engine) = ort
    {
        return Rc::from(engine);
    }
    match (on_adapter(Adapter::is_hardware).await, ort) {
        (Ok(mut engine), ort) => {
            let why = ort.map_or_else(|why| why.to_string(), |o| o.info().notes.first().cloned().unwrap_or_default());
            engine.add_note(format!("Chosen before ONNX Runtime on the processor. {why}"));
            Rc::new(engine)
        }
        (Err(why), Ok(mut engine)) => {
            engine.add_note(format!("No graphics processor is used: {why}."));
            Rc::from(engine)
        }
        (Err(no_adapter), Err(no_runtime)) => {
            let mut engine = Processor::new();
            engine.add_note(format!("{no_runtime}. No graphics processor is used: {no_adapter}."));
            Rc::new(engine)
        }
    }
}
