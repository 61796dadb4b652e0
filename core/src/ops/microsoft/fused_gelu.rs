//! Gelu, BiasGelu, FastGelu and QuickGelu of `com.microsoft`: gates by the Gaussian's distribution function, exact, by `tanh` or
//! by a sigmoid, after a bias where there is one. <https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md>

use crate::graph::ValueId;
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;
use crate::ops::gelu::Gelu;
use crate::ops::silu::Silu;

/// Readers of what ONNX Runtime's optimiser writes.
pub const ONNX: &[Import] = &[
    ("com.microsoft.Gelu", |n| Ok(vec![n.apply(Gelu { tanh: false }, &[0])?])),
    ("com.microsoft.BiasGelu", |n| gated(n, false)),
    ("com.microsoft.FastGelu", |n| gated(n, true)),
    ("com.microsoft.QuickGelu", |n| {
        let alpha = f64::from(n.float("alpha", 1.702)?);
        Ok(vec![n.apply(Silu { alpha }, &[0])?])
    }),
];

fn gated(n: &mut NodeContext<'_>, tanh: bool) -> Result<Vec<ValueId>, OnnxError> {
    let mut x = n.input(0)?;
    if let Some(bias) = n.maybe(1)? {
        x = n.build(|b| b.add(x, bias))?;
    }
    n.apply_to(Gelu { tanh }, &[x])
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of ONNX Runtime 1.23; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("com.microsoft.Gelu").on(&[2, 3], &[0.8, 0.2, 1.2, -0.1, 0.5, 1.3]).gives(&[2, 3], &[0.6305157, 0.1158519, 1.061916, -0.04601722, 0.3457312, 1.174159]);
        Trial::of("com.microsoft.BiasGelu").on(&[2, 3], &[0.8, 0.2, 1.2, -0.1, 0.5, 1.3]).on(&[3], &[0.7, 0.6, -0.4]).gives(&[2, 3], &[1.399789, 0.6305157, 0.6305158, 0.4354481, 0.9507674, 0.7343459]);
        Trial::of("com.microsoft.FastGelu").on(&[2, 3], &[0.8, 0.2, 1.2, -0.1, 0.5, 1.3]).on(&[3], &[0.2, -0.4, 1.0]).gives(&[2, 3], &[0.841192, -0.08414858, 2.169678, 0.05398275, 0.05398275, 2.275673]);
        Trial::of("com.microsoft.QuickGelu").on(&[2, 3], &[0.8, 0.2, 1.2, -0.1, 0.5, 1.3]).gives(&[2, 3], &[0.6368157, 0.1168575, 1.062213, -0.04575524, 0.3503884, 1.171788]);
    }
}
