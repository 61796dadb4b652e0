//! Gemm: `y = alpha * a' @ b' + beta * c`, read as its parts; `'` transposes where asked.
//! <https://onnx.ai/onnx/operators/onnx__Gemm.html>

use crate::ops::Import;
use crate::ops::add::Add;
use crate::ops::matmul::MatMul;

/// Reader of `Gemm` nodes. `alpha` is put on `b`, mostly a weight, so that it folds away.
pub const ONNX: &[Import] = &[("Gemm", |n| {
    // In operator set 6 it asks for the broadcasting that later ones always do.
    n.irrelevant(&["broadcast"]);
    let (mut a, mut w) = (n.input(0)?, n.input(1)?);
    if n.int("transA", 0)? != 0 {
        a = n.b.transpose_last(a).map_err(|e| n.wrap(e))?;
    }
    if n.int("transB", 0)? != 0 {
        w = n.b.transpose_last(w).map_err(|e| n.wrap(e))?;
    }
    let (alpha, beta) = (n.float("alpha", 1.0)?, n.float("beta", 1.0)?);
    if alpha.to_bits() != 1.0_f32.to_bits() {
        w = n.b.scale(w, f64::from(alpha)).map_err(|e| n.wrap(e))?;
    }
    let Some(mut c) = n.maybe(2)? else {
        return n.apply_to(MatMul, &[a, w]);
    };
    if beta.to_bits() != 1.0_f32.to_bits() {
        c = n.b.scale(c, f64::from(beta)).map_err(|e| n.wrap(e))?;
    }
    let product = n.b.matmul(a, w).map_err(|e| n.wrap(e))?;
    n.apply_to(Add, &[product, c])
})];
