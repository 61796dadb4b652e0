//! Shared by the suites: engines, fixtures, running a graph, comparisons.
//!
//! A suite is about one question; what several of them need to ask it is here, so that a question reads as one.

mod compare;
mod engines;
mod fixtures;
mod random;
mod results;
mod run;
pub mod soak;
mod step;

pub use compare::{Failures, assert_close, close, numbers};
pub use engines::{ADAPTERS, adapter, adapter_unless_left_out, double, ort, ort_unless_left_out, reference};
pub use fixtures::{cifar_images, network_file, shared_file, zoo_images, zoo_network};
pub use random::direction;
pub use results::results;
pub use run::{Prepared, image_batch, label_batch, run};
pub use step::attack_step;

/// What a check comes to. Errors of every crate pass through it with their own words.
pub type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;
