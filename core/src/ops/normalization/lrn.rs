//! LRN: `y = x / (bias + alpha / size * sum of x^2 over neighbouring channels)^beta`, read as its parts.
//! <https://onnx.ai/onnx/operators/onnx__LRN.html>
//!
//! Shapes: `x`, `y` [images, channels, positions..]. The sum over `size` channels is a mean under a window that slides over
//! images [images, 1, channels, positions] of zeros at the border, times `size`.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::Import;
use crate::ops::average_pool::AveragePool;
use crate::ops::div::Div;
use crate::ops::family::args;
use crate::tensor::{Dim, TensorType};

/// Settings of the node.
struct Response {
    alpha: f64,
    beta: f64,
    bias: f64,
    size: usize,
}

/// Reader of `LRN` nodes.
pub const ONNX: &[Import] = &[("LRN", |n| {
    let (x, size) = (n.input(0)?, n.int("size", 0)?);
    let size = usize::try_from(size).ok().filter(|s| (1..=1 << 14).contains(s));
    let size = size.ok_or_else(|| n.error("attribute size must be a number of channels from 1 to 16384"))?;
    let real = |name, default| n.float(name, default).map(f64::from);
    let op = Response { alpha: real("alpha", 1e-4)?, beta: real("beta", 0.75)?, bias: real("bias", 1.0)?, size };
    let planes = planes(&n.ty(0)?).map_err(|e| n.refuse(e))?;
    let divisor = n.build(|b| op.divisor(b, x, &planes))?;
    n.apply_to(Div, &[x, divisor])
})];

/// [images, channels, positions..] as [images, 1, channels, positions].
fn planes(ty: &TensorType) -> Result<[Dim; 4], crate::ops::OpError> {
    let [images, channels, rest @ ..] = ty.shape.as_slice() else {
        return Err(crate::ops::OpError::shape(format!("needs images with channels, was given {ty}")));
    };
    let positions = rest.iter().map(|d| args::known(*d, "the image's size")).product::<Result<usize, _>>()?;
    args::known(*channels, "the number of channels")?;
    Ok([*images, Dim::ONE, *channels, Dim::fixed(positions)])
}

impl Response {
    /// What `x` is divided by.
    fn divisor(&self, b: &mut Builder, x: ValueId, planes: &[Dim]) -> Result<ValueId, GraphError> {
        let shape = b.ty(x).shape.clone();
        let squares = b.square(x)?;
        let squares = b.reshape(squares, planes)?;
        let before = (self.size - 1) / 2;
        let pads = [before, 0, self.size - 1 - before, 0];
        let mean = AveragePool {
            kernel: [self.size, 1],
            strides: [1; 2],
            pads,
            ceil_mode: false,
            count_include_pad: true,
        };
        let mean = b.apply1(mean, &[squares])?;
        let mean = b.reshape(mean, &shape)?;
        let grown = b.scale(mean, self.alpha)?;
        let base = b.shift(grown, self.bias)?;
        let beta = b.scalar_like(self.beta, base);
        b.apply1(crate::ops::pow::Pow, &[base, beta])
    }
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("LRN").opset(13).with("size", 3).with("alpha", 0.5_f32).with("beta", 0.7_f32).with("bias", 1.5_f32).on(&[1, 5, 1, 2], &[1.5, 0.0, 1.4, 0.6, 1.0, -1.6, 0.2, 0.0, 1.5, -0.6]).gives(&[1, 5, 1, 2], &[0.8633069, 0.0, 0.7656284, 0.3710768, 0.6155722, -0.989538, 0.1210736, 0.0, 0.9636323, -0.4395052]);
        Trial::of("LRN").opset(13).with("size", 3).with("alpha", 2.0_f32).on(&[1, 4, 1, 1], &[0.4, -1.8, -0.4, -0.7]).gives(&[1, 4, 1, 1], &[0.1646196, -0.7231495, -0.1532628, -0.5343646]);
    }
}
