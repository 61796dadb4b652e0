//! Hands what libFuzzer makes to the target `link` of `src/targets.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| targets::link(bytes));
