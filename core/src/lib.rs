//! Where two neural networks fit together: the science of Stitchscope, without a window.

pub mod attack;
pub mod autodiff;
pub mod classifier;
pub mod cut;
pub mod data;
pub mod engine;
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
pub mod stitch;
pub mod study;
pub mod tensor;
pub mod words;
