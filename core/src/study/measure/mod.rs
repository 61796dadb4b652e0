//! What is measured of donors and of stitched networks, one file each.

pub(super) mod ood;
pub(super) mod probes;
pub(super) mod ranks;
pub(super) mod signals;
