//! Ceil: `y` = the smallest whole number that is not below `x`. <https://onnx.ai/onnx/operators/onnx__Ceil.html>
//!
//! Shapes: `x`, `y` any. Gradient: zero almost everywhere.

use crate::ops::Import;
use crate::ops::family::step::{Step, step_rules};

/// Every element rounded up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceil;

crate::ops::role::part!(Ceil: Activation, InPlace, Broadcast);

/// Reader of `Ceil` nodes.
pub const ONNX: &[Import] = &[("Ceil", |n| Ok(vec![n.apply(Ceil, &[0])?]))];

impl Step for Ceil {
    const NAME: &'static str = "Ceil";

    fn f(x: f64) -> f64 {
        x.ceil()
    }
}

step_rules!(Ceil);
