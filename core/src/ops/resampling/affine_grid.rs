//! AffineGrid: for every pixel of a picture, the place that a linear map sends it to, read as a product with constant places.
//! <https://onnx.ai/onnx/operators/onnx__AffineGrid.html>
//!
//! Shapes: maps [images, 2, 3] (or [images, 3, 4]), sizes [images, channels, rows, columns], result
//! [images, rows, columns, 2], across first; one axis more over volumes.

use crate::ops::Import;
use crate::ops::reshape::Reshape;
use crate::tensor::{Dim, Shape};

/// Reader of `AffineGrid` nodes.
pub const ONNX: &[Import] = &[("AffineGrid", |n| {
    let (map, align) = (n.input(0)?, n.int("align_corners", 0)? != 0);
    let size = n.dims_input(1)?;
    let known = |d: &Dim| d.known().filter(|size| (1..=1 << 14).contains(size));
    let image: Option<Vec<usize>> = size.iter().skip(2).map(known).collect();
    let image = image.filter(|sizes| matches!(sizes.len(), 2 | 3));
    let image = image.ok_or_else(|| n.error("sizes must be those of images or volumes, known before the run"))?;
    let axes = image.len();
    let points = points(&image, align);
    let images = n.b.ty(map).shape.first().copied().unwrap_or(Dim::ONE);
    let count: usize = image.iter().product();
    let grid = n.build(|b| {
        let points = b.constant_like(&[count, axes + 1], points, map)?;
        let turned = b.transpose_last(map)?;
        b.matmul(points, turned)
    })?;
    let shape: Shape =
        std::iter::once(images).chain(image.into_iter().chain([axes]).map(Dim::fixed)).collect();
    n.apply_to(Reshape { shape }, &[grid])
})];

/// Every pixel's place in [-1, 1], the last axis first, and a 1: [pixels, axes + 1].
fn points(image: &[usize], align: bool) -> Vec<f64> {
    let mut all = Vec::new();
    for pixel in 0..image.iter().product() {
        let mut rest: usize = pixel;
        for size in image.iter().rev() {
            all.push(place(rest % size, *size, align));
            rest /= size;
        }
        all.push(1.0);
    }
    all
}

/// The centre of pixel `index` of `size`, the outer edges of all (or with `align` the outer centres) at -1 and 1.
#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
fn place(index: usize, size: usize, align: bool) -> f64 {
    match (align, size) {
        (true, 1) => 0.0,
        (true, _) => -1.0 + 2.0 * index as f64 / (size - 1) as f64,
        (false, _) => (2.0 * index as f64 + 1.0) / size as f64 - 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::trial::Trial;
    use crate::tensor::Tensor;

    #[test]
    fn pixels_lie_where_pytorch_has_them() {
        // torch.nn.functional.affine_grid of the identity, size (1, 1, 1, 2)
        assert_eq!(points(&[1, 2], false), [-0.5, 0.0, 1.0, 0.5, 0.0, 1.0]);
        assert_eq!(points(&[1, 2], true), [-1.0, 0.0, 1.0, 1.0, 0.0, 1.0]);
    }

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("AffineGrid").on(&[1, 2, 3], &[-0.7, 1.7, -1.4, 0.1, -1.6, 1.9]).constant(Tensor::i64(&[4], vec![1, 1, 2, 2]).unwrap()).gives(&[1, 2, 2, 2], &[-1.9, 2.65, -2.6, 2.75, -0.2, 1.05, -0.9, 1.15]);
        Trial::of("AffineGrid").with("align_corners", 1).on(&[1, 3, 4], &[0.3, 1.2, -0.9, 1.2, 0.8, 0.6, 1.8, -0.3, -0.3, 0.8, 1.3, -0.7]).constant(Tensor::i64(&[5], vec![1, 1, 2, 2, 2]).unwrap()).gives(&[1, 2, 2, 2, 3], &[0.6, -3.5, -2.5, 1.2, -1.9, -3.1, 3.0, -2.3, -0.8999999, 3.6, -0.6999999, -1.5, -1.2, 0.0999999, 0.09999996, -0.6, 1.7, -0.5000001, 1.2, 1.3, 1.7, 1.8, 2.9, 1.1]);
    }
}
