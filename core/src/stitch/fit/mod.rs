//! Stitches in closed form, from sums over images: direct matching and its kin.

mod assignment;
mod constrained;
mod direct;
mod spectrum;
mod truncated;

pub use assignment::{Correlations, assign};
pub use constrained::{Constraint, fit_within};
pub use direct::{DirectError, DirectFit, fit, fit_dense};
pub use truncated::truncated;
