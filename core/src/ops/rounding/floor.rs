//! Floor: `y` = the largest whole number that is not above `x`. <https://onnx.ai/onnx/operators/onnx__Floor.html>
//!
//! Shapes: `x`, `y` any. Gradient: zero almost everywhere.

use crate::ops::Import;
use crate::ops::family::step::{Step, step_rules};

/// Every element rounded down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floor;

crate::ops::role::part!(Floor: Activation, InPlace, Broadcast);

/// Reader of `Floor` nodes.
pub const ONNX: &[Import] = &[("Floor", |n| Ok(vec![n.apply(Floor, &[0])?]))];

impl Step for Floor {
    const NAME: &'static str = "Floor";

    fn f(x: f64) -> f64 {
        x.floor()
    }
}

step_rules!(Floor);
