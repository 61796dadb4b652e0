//! Do whole networks, their gradients, their cuts and their stitches compute what they should?
//!
//! Two bundled networks always; the published ones where they lie.

mod cuts;
mod donors;
mod gradient;
mod stitches;
