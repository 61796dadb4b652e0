//! Which engine runs, and why.

use std::rc::Rc;

use super::reference::{Precision, Reference};
use super::{Engine, EngineError, ort_open};

/// What the user asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The fastest that is there: ONNX Runtime, else the reference engine.
    Auto,
    /// The reference engine.
    Reference,
    /// ONNX Runtime or nothing.
    Ort,
}

/// Opens an engine. With [`Choice::Auto`] a missing ONNX Runtime becomes a note of the engine that is taken instead.
///
/// # Errors
/// [`EngineError::Unavailable`] when the engine that was asked for by name cannot be had.
pub fn open(choice: Choice) -> Result<Rc<dyn Engine>, EngineError> {
    match choice {
        Choice::Reference => Ok(Rc::new(Reference::new(Precision::AsTyped))),
        Choice::Ort => ort_open::open(),
        Choice::Auto => ort_open::open().or_else(|why| {
            let note = format!("{why}. The reference engine runs instead, hundreds of times slower.");
            Ok(Rc::new(Reference::new(Precision::AsTyped).with_note(note)) as Rc<dyn Engine>)
        }),
    }
}
