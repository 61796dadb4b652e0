//! Where two neural networks fit together: the science of Stitchscope, without a window.
//!
//! A *front* and an *end* network (ONNX image classifiers) are cut at a tensor, a *tap*; a linear map, the *stitch*, joins the front's
//! first half to the end's second half; and what the joined network still can do is measured. `examples/` has four programs to begin
//! with: `load_and_cut`, `input_gradient`, `direct_stitch`, `autoattack`.
//!
//! # The way through
//!
//! - [`study::Network::from_file`] reads a file as an image classifier: image batch [N, C, H, W] with pixels in [0, 1] to logits
//!   [N, K]. What it cannot read exactly it refuses, naming the node. [`cut::split`] divides it at one of its taps.
//! - A network, its gradient ([`gradient::loss_and_gradient`]), the step of an attack and the step of a training are all a
//!   [`graph::Graph`]: immutable, typed, sorted. [`graph::Builder`] makes graphs, [`autodiff::gradients`] differentiates inside one,
//!   [`rewrite::simplify`] makes one smaller.
//! - [`engine::open`] gives an [`engine::Engine`], which compiles graphs to programs: [`engine::Choice::Ort`] (ONNX Runtime),
//!   [`engine::Choice::Wgpu`] (Vulkan, Metal, DX12, WebGPU), [`engine::Choice::Processor`], and [`engine::Choice::Reference`], the
//!   oracle in f64 that the others are held against.
//! - [`study::match_pairs`] finds stitches by least squares, [`study::stitched`] joins halves by one, and
//!   [`attack::Preset::stages`] makes a suite of attacks that runs on any graph from images to logits.
//! - [`recipe::Recipe`] and [`study::run`] do all of it, with a journal: a study that was killed goes on where it stood.
//!
//! # Futures, not threads
//!
//! What computes is `async`, because a browser cannot wait: [`engine::Engine::compile`], [`engine::Program::run`] and everything built
//! on them return futures that are not `Send`. On a workstation [`platform::block_on`] drives one to its end; engines use
//! their own threads meanwhile. A future that is dropped stops at its next step, and long work hears of it through the callback that it
//! reports progress to: an answer of "stop" ends it with an error and loses nothing that was finished.
//!
//! # Numbers
//!
//! Tensors are row-major; the batch is the first axis ([`tensor::Dim::BATCH`] in types). Random numbers are functions of a seed, a
//! purpose, an image and a restart ([`random`]): batch size and engine change none. Errors are types with the place and a remedy
//! in their text; no input panics.

#![cfg_attr(not(test), warn(unreachable_pub))]

pub mod archive;
pub mod attack;
pub mod autodiff;
pub mod classifier;
pub mod compare;
pub mod cut;
pub mod data;
pub mod engine;
pub mod foretell;
pub mod gradient;
pub mod graph;
pub mod inspect;
pub mod loss;
pub mod metrics;
pub mod onnx;
pub mod ops;
pub mod platform;
pub mod provenance;
pub mod random;
pub mod recipe;
pub mod report;
pub mod rewrite;
pub mod similarity;
pub mod statistics;
pub mod stitch;
pub mod study;
pub mod sweep;
pub mod tensor;
pub mod words;
