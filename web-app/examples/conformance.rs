//! The conformance suite as a module for browsers: `cargo xtask test web` runs it in a Worker.
#![cfg(target_arch = "wasm32")]
#![allow(dead_code, missing_docs, reason = "a test; the suite on a workstation uses more of what it shares")]

#[path = "../../tests/conformance/browser.rs"]
mod browser;
