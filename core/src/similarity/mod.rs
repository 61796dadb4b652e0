//! How alike two signals are: sums streamed over the data, and what is computed from them; and measures that compare a batch of
//! examples with each other.

mod cka;
mod examples;
mod gaussian;
mod gram;
mod gram_graph;
mod linear;
mod linear_probe;
mod measures;
mod shifted;
mod taps;
#[cfg(test)]
mod tests;

pub use cka::{Cka, cka};
pub use examples::{Comparison, Examples, Hsic, Kernel, neighbour_overlap, rsa};
pub use gaussian::Gaussian;
pub use gram::{CrossSums, Moments, Order, PairSums, SelfSums, summed};
pub use gram_graph::{Exactness, gram_graph};
pub(crate) use gram_graph::{blocked, gram_sums};
pub use linear::{Likeness, LikenessError, likeness};
pub use linear_probe::LinearProbe;
pub(crate) use linear_probe::linear_probes;
pub use measures::{Alike, Closer, Grounds, MEASURES, Measure, Place, compared};
pub use taps::TapSums;
pub(crate) use taps::pooled;
pub(crate) use taps::{SUMS_PER_TAP, tap_graph};
