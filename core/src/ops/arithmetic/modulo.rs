//! Mod: what is left of a division, read as quotients, products and differences.
//! <https://onnx.ai/onnx/operators/onnx__Mod.html>
//!
//! With `fmod` the result has the sign of `a`, as in C; without, that of `b`, as in Python, and both are integers.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::Import;
use crate::ops::floor::Floor;
use crate::ops::reshape::Reshape;

/// Reader of `Mod` nodes.
pub const ONNX: &[Import] = &[("Mod", |n| {
    let (a, b, like_c) = (n.input(0)?, n.input(1)?, n.int("fmod", 0)? != 0);
    let real = n.ty(0)?.dtype.is_real();
    if real && !like_c {
        return Err(n.error("real numbers need fmod=1, as the standard says; export again with torch.fmod"));
    }
    let rest = n.build(|g| {
        if real {
            return real_rest(g, a, b);
        }
        let rest = whole_rest(g, a, b)?;
        if like_c {
            return Ok(rest);
        }
        let raised = g.add(rest, b)?;
        whole_rest(g, raised, b)
    })?;
    let shape = n.b.ty(rest).shape.clone();
    n.apply_to(Reshape { shape }, &[rest])
})];

/// `a - (a / b) * b` of integers, whose quotient is cut off.
fn whole_rest(g: &mut Builder, a: ValueId, b: ValueId) -> Result<ValueId, GraphError> {
    let quotient = g.div(a, b)?;
    let whole = g.mul(quotient, b)?;
    g.sub(a, whole)
}

/// The same of real numbers. A quotient that was rounded up to a whole number is taken back.
fn real_rest(g: &mut Builder, a: ValueId, b: ValueId) -> Result<ValueId, GraphError> {
    let (side, width) = (g.sign(a)?, g.abs(b)?);
    let size = g.abs(a)?;
    let quotient = g.div(size, width)?;
    let turns = g.apply1(Floor, &[quotient])?;
    let whole = g.mul(turns, width)?;
    let rest = g.sub(size, whole)?;
    let zero = g.scalar_like(0.0, rest);
    let (low, raised) = (g.less(rest, zero)?, g.add(rest, width)?);
    let rest = g.select(low, raised, rest)?;
    g.mul(side, rest)
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;
    use crate::tensor::Tensor;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Mod").with("fmod", 1).on(&[3], &[5.5, -5.5, 7.25]).on(&[3], &[2.0, 2.0, -2.5]).gives(&[3], &[1.5, -1.5, 2.25]);
        Trial::of("Mod").constant(Tensor::i64(&[3], vec![-7, 7, -4]).unwrap()).constant(Tensor::i64(&[3], vec![3, -3, 2]).unwrap()).gives(&[3], &[2.0, -2.0, 0.0]);
        Trial::of("Mod").with("fmod", 1).constant(Tensor::i64(&[3], vec![-7, 7, -4]).unwrap()).constant(Tensor::i64(&[3], vec![3, -3, 2]).unwrap()).gives(&[3], &[-1.0, 1.0, 0.0]);
    }
}
