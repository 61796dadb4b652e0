//! Do whole studies keep their promises: the same report from the same recipe, whatever interrupts it?
//!
//! All on the bundled zoo with few images. What needs ONNX Runtime fails without it, unless STITCHSCOPE_SKIP_ORT=1.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "helpers of tests fail as tests do")]

mod adapters;
mod attacks;
mod bench;
mod compilations;
mod controls;
mod engines;
mod forms;
mod normed;
mod probes;
mod provenance;
mod recipes;
mod resume;
mod shares;
mod stores;
mod training;
