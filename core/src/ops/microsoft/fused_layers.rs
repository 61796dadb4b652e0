//! FusedConv, FusedGemm and FusedMatMul of `com.microsoft`: a layer with its activation, or a product with its transposes and a
//! factor, in one node. <https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md>

use crate::graph::ValueId;
use crate::onnx::{AttributeValue, NodeContext, OnnxError};
use crate::ops::clip::Clip;
use crate::ops::hard_sigmoid::HardSigmoid;
use crate::ops::leaky_relu::LeakyRelu;
use crate::ops::matmul::MatMul;
use crate::ops::relu::Relu;
use crate::ops::sigmoid::Sigmoid;
use crate::ops::tanh::Tanh;
use crate::ops::{Import, Op, conv, gemm};

/// Readers of what ONNX Runtime's optimiser writes.
pub const ONNX: &[Import] = &[
    ("com.microsoft.FusedConv", |n| {
        let settings = match n.info.attributes.get("activation_params") {
            Some(AttributeValue::Floats(settings)) => settings.clone(),
            _ => Vec::new(),
        };
        let mut made = inner(n, conv::ONNX)?;
        if let Some(added) = n.maybe(3)? {
            made = n.build(|b| b.add(made, added))?;
        }
        activated(n, made, &settings)
    }),
    ("com.microsoft.FusedGemm", |n| {
        let settings = [n.float("activation_alpha", 0.01)?, n.float("activation_beta", 0.0)?];
        n.float("activation_gamma", 0.0)?;
        let made = inner(n, gemm::ONNX)?;
        activated(n, made, &settings)
    }),
    ("com.microsoft.FusedMatMul", |n| {
        let (mut a, mut w, alpha) = (n.input(0)?, n.input(1)?, n.float("alpha", 1.0)?);
        if n.int("transBatchA", 0)? != 0 || n.int("transBatchB", 0)? != 0 {
            return Err(n.error("batches that are transposed are not supported; give the model as it was before optimising"));
        }
        if n.int("transA", 0)? != 0 {
            a = n.build(|b| b.transpose_last(a))?;
        }
        if n.int("transB", 0)? != 0 {
            w = n.build(|b| b.transpose_last(w))?;
        }
        let w = n.build(|b| b.scale(w, f64::from(alpha)))?;
        n.apply_to(MatMul, &[a, w])
    }),
];

/// The layer without its activation, by its own reader.
fn inner(n: &mut NodeContext<'_>, reader: &[Import]) -> Result<ValueId, OnnxError> {
    let results = match reader {
        [(_, read), ..] => read(n)?,
        [] => Vec::new(),
    };
    results.first().copied().ok_or_else(|| n.error("it gives no result"))
}

/// The activation that the node names, with its settings.
fn activated(n: &mut NodeContext<'_>, x: ValueId, settings: &[f32]) -> Result<Vec<ValueId>, OnnxError> {
    let setting = |index: usize, default: f64| settings.get(index).map_or(default, |s| f64::from(*s));
    let op: Op = match n.text("activation", "")?.as_str() {
        "" => return Ok(vec![x]),
        "Relu" => Relu.into(),
        "Sigmoid" => Sigmoid.into(),
        "Tanh" => Tanh.into(),
        "LeakyRelu" => LeakyRelu { alpha: setting(0, 0.01) }.into(),
        "Clip" => Clip { low: setting(0, f64::NEG_INFINITY), high: setting(1, f64::INFINITY) }.into(),
        "HardSigmoid" => HardSigmoid { alpha: setting(0, 0.2), beta: setting(1, 0.5) }.into(),
        other => return Err(n.error(format!("activation `{other}` is not supported; give the model before optimising"))),
    };
    n.apply_to(op, &[x])
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of ONNX Runtime 1.23; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("com.microsoft.FusedConv").with("activation", "LeakyRelu").with("activation_params", vec![0.25]).on(&[1, 1, 3, 3], &[-0.5, -0.1, 1.0, 0.0, -0.6, 1.3, -0.5, 1.4, 1.1]).on(&[2, 1, 2, 2], &[-0.2, 0.9, -1.9, -0.4, 1.4, 0.3, 0.2, 0.7]).on(&[2], &[0.7, 0.3]).gives(&[1, 2, 2, 2], &[0.95, 2.24, 0.55, -0.2775, -0.2125, 1.25, 1.0, 0.9]);
        Trial::of("com.microsoft.FusedConv").with("activation", "Relu").on(&[1, 1, 2, 2], &[-0.3, -1.3, -0.8, -0.8]).on(&[1, 1, 1, 1], &[-0.3]).on(&[1], &[2.0]).on(&[1, 1, 2, 2], &[-0.6, -0.2, -0.5, 0.3]).gives(&[1, 1, 2, 2], &[1.49, 2.19, 1.74, 2.54]);
        Trial::of("com.microsoft.FusedGemm").with("transB", 1).with("activation", "LeakyRelu").with("activation_alpha", 0.5_f32).on(&[2, 2], &[1.8, 1.6, -0.5, -0.9]).on(&[3, 2], &[1.5, -0.0, 0.7, -1.7, 1.5, -0.7]).on(&[3], &[-0.0, -1.2, -0.3]).gives(&[2, 3], &[2.7, -1.33, 1.28, -0.375, -0.00999999, -0.21]);
        Trial::of("com.microsoft.FusedMatMul").with("transB", 1).with("alpha", 0.5_f32).on(&[2, 2], &[1.3, 1.3, -0.1, 1.1]).on(&[3, 2], &[-0.2, -0.5, 0.2, -1.2, -0.7, 0.8]).gives(&[2, 3], &[-0.455, -0.65, 0.06500001, -0.265, -0.67, 0.475]);
    }
}
