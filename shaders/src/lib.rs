//! The WGSL kernels of Stitchscope, one per file under `wgsl/`, and a typed handle for each.
//!
//! This crate knows no GPU library. While building it validates every kernel and writes for each a module
//! `<family>::<name>` with `Variant`, `Constants`, `Params`, `Bindings` and `launch`: who launches a kernel with a wrong
//! parameter does not get past the compiler. `core`'s engine turns a [`Launch`] into a dispatch.
//!
//! A kernel file begins with `//!` lines; `//# import NAME` brings in `wgsl/shared/NAME.wgsl`; `const X: u32 = 1u; //# variant` is
//! set by rows of `variants.txt`; `//# emit` .. `//# end` encloses what stores one result, which an engine may replace by a
//! chain of pointwise operators, see [`Kernel::source`].

mod kernel;

pub use kernel::{Binding, Function, Kernel, Launch};

include!(concat!(env!("OUT_DIR"), "/kernels.rs"));
