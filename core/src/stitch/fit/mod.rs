//! Stitches in closed form, from sums over images: direct matching and its kin.

mod assignment;
mod constrained;
mod direct;
mod spectrum;
mod truncated;

pub use assignment::Correlations;
pub use constrained::Constraint;
pub(crate) use constrained::fit_within;
pub(crate) use direct::fit_dense;
pub use direct::{DirectError, DirectFit, fit};
pub use truncated::truncated;
