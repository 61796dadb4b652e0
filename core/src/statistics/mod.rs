//! What many numbers say together: rank correlations, and how sure they are when the networks behind them are a sample.
//! Plain numbers in, plain numbers out.

mod bootstrap;
mod paired;
mod ranks;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use bootstrap::quantile;
pub use bootstrap::{Bootstrap, Interval};
pub(crate) use paired::{holm, mcnemar};
pub(crate) use ranks::spearman;
pub use ranks::{kendall, ranks};
