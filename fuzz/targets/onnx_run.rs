//! Hands what libFuzzer makes to the target `onnx_run` of `src/targets.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::onnx_run(bytes));
