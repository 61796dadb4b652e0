//! LpPool and GlobalLpPool: `y = (sum of |x|^p under a window)^(1/p)`, read as powers and sums.
//! <https://onnx.ai/onnx/operators/onnx__LpPool.html>, <https://onnx.ai/onnx/operators/onnx__GlobalLpPool.html>

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::Import;
use crate::ops::family::{pool, sliding};
use crate::ops::pow::Pow;
use crate::ops::reshape::Reshape;

/// Readers of both.
pub const ONNX: &[Import] = &[
    ("LpPool", |n| {
        let (x, norm) = (n.input(0)?, norm(n)?);
        let powers = n.build(|b| raised(b, x, norm))?;
        let sums = pool::every_plane(n, powers, &mut |b, x, plane| sliding::sums(b, x, plane.window, plane.count))?;
        finished(n, sums, norm)
    }),
    ("GlobalLpPool", |n| {
        let (x, norm, rank) = (n.input(0)?, norm(n)?, n.ty(0)?.rank());
        let axes: Vec<usize> = (2..rank).collect();
        let sums = n.build(|b| {
            let powers = raised(b, x, norm)?;
            b.reduce_sum(powers, &axes, true)
        })?;
        finished(n, sums, norm)
    }),
];

fn norm(n: &NodeContext<'_>) -> Result<i64, OnnxError> {
    let p = n.int("p", 2)?;
    if (1..=64).contains(&p) { Ok(p) } else { Err(n.error(format!("attribute p must be 1 to 64, is {p}"))) }
}

/// `|x|^p`.
#[expect(clippy::cast_precision_loss, reason = "at most 64")]
fn raised(b: &mut Builder, x: ValueId, norm: i64) -> Result<ValueId, GraphError> {
    match norm {
        1 => b.abs(x),
        2 => b.square(x),
        _ => {
            let size = b.abs(x)?;
            let exponent = b.scalar_like(norm as f64, x);
            b.apply1(Pow, &[size, exponent])
        }
    }
}

/// The root, under the node's name; 0 of 0, where no derivative flows.
#[expect(clippy::cast_precision_loss, reason = "at most 64")]
fn finished(n: &mut NodeContext<'_>, sums: ValueId, norm: i64) -> Result<Vec<ValueId>, OnnxError> {
    let root = n.build(|b| {
        if norm == 1 {
            return Ok(sums);
        }
        let (one, zero) = (b.scalar_like(1.0, sums), b.scalar_like(0.0, sums));
        let some = b.greater(sums, zero)?;
        // The root of 0 is infinitely steep: 1 takes its place first.
        let sound = b.select(some, sums, one)?;
        let exponent = b.scalar_like(1.0 / norm as f64, sums);
        let root = if norm == 2 { b.sqrt(sound)? } else { b.apply1(Pow, &[sound, exponent])? };
        b.select(some, root, zero)
    })?;
    let shape = n.b.ty(root).shape.clone();
    n.apply_to(Reshape { shape }, &[root])
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("LpPool").with("kernel_shape", vec![2, 2]).with("strides", vec![2, 1]).with("pads", vec![1, 0, 0, 0]).with("p", 3).on(&[1, 2, 3, 3], &[0.1, 1.0, -1.2, -0.9, 0.1, 1.0, 1.6, -1.5, -1.3, 1.2, 0.6, 0.9, 2.0, 1.8, 1.4, 1.1, -0.4, 0.6]).gives(&[1, 2, 2, 2], &[1.000333, 1.397274, 2.016612, 1.873216, 1.24805, 0.9813198, 2.47859, 2.06893]);
        Trial::of("LpPool").with("kernel_shape", vec![2]).with("dilations", vec![2]).on(&[1, 1, 5], &[-1.3, 1.0, 1.0, 0.9, -0.2]).gives(&[1, 1, 3], &[1.640122, 1.345362, 1.019804]);
        Trial::of("GlobalLpPool").opset(17).with("p", 2).on(&[1, 2, 2, 2], &[-0.5, -0.3, -1.9, 1.4, 0.2, -0.4, 0.2, 0.9]).gives(&[1, 2, 1, 1], &[2.431049, 1.024695]);
    }
}
