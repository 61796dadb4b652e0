//! Do whole networks, their gradients, their cuts and their stitches compute what they should?
//!
//! Two bundled networks and a small one of each family always; the published ones where they lie.

mod cuts;
mod donors;
mod exports;
mod families;
mod gradient;
mod lanes;
mod stitches;
