//! How alike two signals are: sums streamed over the data, and what is computed from them; and measures that compare a batch of
//! examples with each other.

mod cka;
mod examples;
mod gram;
mod linear;
#[cfg(test)]
mod tests;

pub use cka::{Cka, cka};
pub use examples::{Comparison, Examples, Hsic, Kernel, neighbour_overlap, rsa};
pub use gram::{CrossSums, Moments, PairSums, SelfSums, gram_graph};
pub use linear::{Likeness, LikenessError, likeness};
