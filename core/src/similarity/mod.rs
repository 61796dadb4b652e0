//! How alike two signals are: sums streamed over the data, and what is computed from them.

mod cka;
mod gram;

pub use cka::{Cka, cka};
pub use gram::{CrossSums, Moments, PairSums, SelfSums, gram_graph};
