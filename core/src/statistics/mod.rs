//! What many numbers say together: rank correlations, and how sure they are when the networks behind them are a sample.
//! Plain numbers in, plain numbers out.

mod bootstrap;
mod paired;
mod ranks;
#[cfg(test)]
mod tests;

pub use bootstrap::{Bootstrap, Interval, quantile};
pub use paired::{holm, mcnemar};
pub use ranks::{kendall, ranks, spearman};
