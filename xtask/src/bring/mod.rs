//! What tests, the demo and the peers of the benchmark run on: found where it is, fetched or installed where it can be, else named
//! with the remedy.

pub mod adapters;
pub(crate) mod browser;
pub mod clusters;
pub(crate) mod install;
pub(crate) mod node;
pub mod onnx_cases;
pub mod python;
pub mod runtime;
