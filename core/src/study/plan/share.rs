//! A part of a study, so that several processes can make one.
//!
//! Engines add up in an order that depends on all that a pass over the images computes. So a share takes the passes of the whole study, from
//! the pool of its study or made by itself, and then computes only its own cells: it is the study that goes on where everything else is
//! finished, and gives its bits.

use std::ops::Range;

use super::Plan;

/// What of a study is to be computed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// All of it.
    #[default]
    Whole,
    /// What the others have in common, for the pool: passes over the images, donors with their attacked images. Nothing of the report.
    Shared,
    /// Donors, controls and probes, and no cell.
    Rest,
    /// These cells, by their places in the report, and nothing else.
    Cells(Range<usize>),
}

impl Share {
    /// Whether donors, controls and probes belong to it.
    #[must_use]
    pub(crate) const fn has_rest(&self) -> bool {
        matches!(self, Self::Whole | Self::Rest)
    }

    /// Whether the cell at this place in the report belongs to it.
    #[must_use]
    pub(crate) fn has_cell(&self, index: usize) -> bool {
        match self {
            Self::Whole => true,
            Self::Shared | Self::Rest => false,
            Self::Cells(range) => range.contains(&index),
        }
    }

    /// How many of the plan's cells belong to it.
    #[must_use]
    pub fn cells(&self, plan: &Plan) -> usize {
        (0..plan.cells()).filter(|index| self.has_cell(*index)).count()
    }
}
