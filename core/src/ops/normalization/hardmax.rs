//! Hardmax: 1 at the first largest element along an axis, 0 elsewhere, read as an ArgMax and a OneHot.
//! <https://onnx.ai/onnx/operators/onnx__Hardmax.html>

use crate::ops::Import;
use crate::ops::arg_max::ArgMax;
use crate::ops::family::args;
use crate::ops::one_hot::OneHot;
use crate::ops::reshape::Reshape;
use crate::tensor::Dim;

/// Reader of `Hardmax` nodes; before opset 13 all axes from `axis` on count as one, as in Softmax.
pub const ONNX: &[Import] = &[("Hardmax", |n| {
    let (x, ty, old) = (n.input(0)?, n.ty(0)?, n.info.opset < 13);
    let first = n.axis(n.int("axis", if old { 1 } else { -1 })?, ty.rank())?;
    let product = |dims: &[Dim]| dims.iter().try_fold(Dim::ONE, |all, d| all.times(*d));
    let (shape, axis) = if old {
        let sides = product(&ty.shape[..first]).zip(product(&ty.shape[first..]));
        let (rows, columns) = sides.ok_or_else(|| n.error(format!("{ty} has the batch twice")))?;
        (vec![rows, columns], 1)
    } else {
        (ty.shape.clone(), first)
    };
    let depth = args::known(shape[axis], "the axis").map_err(|e| n.refuse(e))?;
    let hot = n.build(|b| {
        let rows = b.reshape(x, &shape)?;
        let top = b.apply1(ArgMax { axis, keep_dims: false }, &[rows])?;
        b.apply1(OneHot { depth, axis, on: 1.0, off: 0.0, dtype: ty.dtype }, &[top])
    })?;
    n.apply_to(Reshape { shape: ty.shape }, &[hot])
})];

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Hardmax").on(&[2, 3], &[1.0, 3.0, 2.0, 0.5, -1.0, 0.25]).gives(&[2, 3], &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
        Trial::of("Hardmax").opset(11).with("axis", 1).on(&[2, 2, 2], &[1.0, 2.0, 3.0, 0.0, -1.0, -2.0, -3.0, -0.5]).gives(&[2, 2, 2], &[0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        Trial::of("Hardmax").with("axis", 0).on(&[2, 3], &[1.0, 0.0, -2.0, 0.0, 1.0, 2.5]).gives(&[2, 3], &[1.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
    }
}
