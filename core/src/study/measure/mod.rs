//! What is measured of stitched networks and of donors, one file each.
//!
//! A measurement of a cell has one signature: what is at hand ([`CellWork`]), what is measured ([`Subject`]), and who hears of progress.

mod ood;
mod other_images;
mod probes;
mod ranks;
mod shift;

use crate::stitch::{Adapted, Weights};
use crate::study::Pair;
use crate::study::matching::PairFit;
#[cfg(doc)]
use crate::study::work::CellWork;
use crate::study::work::StitchedNetwork;

pub(super) use ood::{BOUND, FLAG, ood};
pub(super) use other_images::{of_donor, on_others};
pub(super) use probes::probes;
pub(super) use ranks::ranks;
pub(super) use shift::shift;

/// A stitch that is measured.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Where it joins the donors.
    pub pair: Pair,
    /// Its numbers.
    pub weights: &'a Weights,
    /// The donors' statistics, where they adapted.
    pub adapted: &'a Adapted,
    /// What direct matching found for the pair.
    pub fit: &'a PairFit,
    /// The network that it makes, where one is compiled.
    pub network: Option<&'a StitchedNetwork>,
}
