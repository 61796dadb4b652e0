//! Round: `y` = the nearest whole number; of two as near the even one. <https://onnx.ai/onnx/operators/onnx__Round.html>
//!
//! Shapes: `x`, `y` any. Gradient: zero almost everywhere.

use crate::ops::Import;
use crate::ops::family::step::{Step, step_rules};

/// Every element rounded, halves to even.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Round;

crate::ops::role::part!(Round: Activation, InPlace, Broadcast);

/// Reader of `Round` nodes.
pub const ONNX: &[Import] = &[("Round", |n| Ok(vec![n.apply(Round, &[0])?]))];

impl Step for Round {
    const NAME: &'static str = "Round";

    fn f(x: f64) -> f64 {
        x.round_ties_even()
    }
}

step_rules!(Round);
