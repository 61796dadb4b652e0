//! GlobalAveragePool: mean over all positions of each image and channel.
//! <https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html>
//!
//! Shapes: `x` [images, channels, positions..], `y` the same with every position axis at 1. Gradient: `dy` spread evenly.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::{args, reduce};
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, TensorType};

/// The mean of every image's every channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlobalAveragePool;

crate::ops::role::part!(GlobalAveragePool: Passive, ChannelsFirst, First);

/// Reader of `GlobalAveragePool` nodes.
pub const ONNX: &[Import] = &[("GlobalAveragePool", |n| Ok(vec![n.apply(GlobalAveragePool, &[0])?]))];

impl OpRules for GlobalAveragePool {
    fn name(&self) -> &'static str {
        "GlobalAveragePool"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        let x = args::real_type(inputs, 0)?;
        if x.rank() < 3 {
            return Err(OpError::shape(format!("needs images, channels and positions, was given {x}")));
        }
        for dim in &x.shape[2..] {
            if args::known(*dim, "the number of positions")? == 0 {
                return Err(OpError::shape(format!("{x} has no positions")));
            }
        }
        reduce::infer(inputs, &(2..x.rank()).collect::<Vec<_>>(), true)
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let axes: Vec<usize> = (2..args::real(inputs, 0)?.ndim()).collect();
        reduce::eval(inputs, &axes, true, |group| group.iter().sum::<f64>() / group.len() as f64)
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        node.each_wanted(b, |b, _, like, dy| {
            let shape = b.ty(like).shape.clone();
            let count: usize = shape[2..].iter().filter_map(|d| d.known()).product();
            let share = b.scale(dy, 1.0 / count as f64)?;
            b.expand(share, &shape)
        })
    }

    fn export(&self) -> Export {
        Export::plain("GlobalAveragePool", 1)
    }
}

impl OpExamples for GlobalAveragePool {
    fn examples() -> Vec<Example> {
        vec![
            Example::new("images", Self, vec![Sample::real(&[2, 3, 5, 4])]),
            Example::new("one pixel", Self, vec![Sample::real(&[1, 2, 1, 1])]),
            Example::new("signals", Self, vec![Sample::real(&[2, 3, 7])]),
        ]
    }
}
