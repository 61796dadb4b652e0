//! Stitchscope in a browser. One module with two starts: `page()` paints the window on a canvas, `worker()` computes in a
//! Worker with a WebGPU device of its own. They tell each other plain data (`wire`); the page never computes, the Worker never
//! paints. With `?worker=0` both run in the page.
#![cfg(target_arch = "wasm32")]

mod browser;
mod office;
mod page;
mod wire;

pub use office::{take, worker};
pub use page::{Handle, page};
