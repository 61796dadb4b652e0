//! Resize: images at another size, by the nearest pixel or linearly between neighbours.
//! <https://onnx.ai/onnx/operators/onnx__Resize.html>
//!
//! Shapes: `x` [images, channels, rows, columns], `y` [images, channels, `size[0]`, `size[1]`]. Both axes are independent, so
//! `y = D @ x @ A^T` with a constant matrix for each (`D` down, `A` across). Gradient: that of the two products.

mod filter;
pub(in crate::ops) mod reader;

use ndarray::Array4;

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::family::interpolation::{self, Coordinates, Rounding};
use crate::ops::family::window::{image_shape, image_size, sizes4};
use crate::ops::{
    Attribute, Derivative, Example, Export, ExportInput, Import, OpError, OpExamples, OpRules, Sample, export,
};
use crate::tensor::{Array, Tensor, TensorType};

/// How a pixel of the result is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResizeMode {
    /// The nearest pixel, ties broken so.
    Nearest(Rounding),
    /// Between the two neighbours along each axis.
    Linear,
}

/// Change of size over the last two of four axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Resize {
    /// Rows and columns of the result.
    pub size: [usize; 2],
    /// Result pixels per pixel, where a file gives them; else the quotient of the sizes.
    pub scales: Option<[f32; 2]>,
    /// How a pixel of the result is made.
    pub mode: ResizeMode,
    /// Where pixels of the result lie in the image.
    pub coordinates: Coordinates,
}

crate::ops::role::part!(Resize: Passive, ChannelsFirst, First);

/// Reader of `Resize` nodes.
pub const ONNX: &[Import] = &[("Resize", reader::resize)];

impl Resize {
    /// Between the four neighbours, centres of pixels matching: PyTorch's `bilinear` with `align_corners` false.
    #[must_use]
    pub const fn bilinear(size: [usize; 2]) -> Self {
        Self { size, scales: None, mode: ResizeMode::Linear, coordinates: Coordinates::HalfPixel }
    }

    /// The pixel before: PyTorch's `nearest`.
    #[must_use]
    pub const fn nearest(size: [usize; 2]) -> Self {
        let mode = ResizeMode::Nearest(Rounding::Floor);
        Self { size, scales: None, mode, coordinates: Coordinates::Asymmetric }
    }

    /// For every row (axis 0) or column (axis 1) of the result, the image rows or columns it is made of and their shares.
    #[must_use]
    pub fn taps(&self, axis: usize, image: usize) -> Vec<Vec<(usize, f64)>> {
        let scale = self.scales.map(|s| f64::from(s[axis]));
        let places = interpolation::places(self.coordinates, image, self.size[axis], scale);
        let tap = |place: f64| match self.mode {
            ResizeMode::Nearest(rounding) => vec![(interpolation::nearest(place, rounding, image), 1.0)],
            ResizeMode::Linear => interpolation::linear(place, image),
        };
        places.into_iter().map(tap).collect()
    }

    /// The matrix [result, image] of an axis, row-major.
    fn matrix(&self, axis: usize, image: usize) -> Vec<f64> {
        let mut all = vec![0.0; self.size[axis] * image];
        for (row, taps) in all.chunks_mut(image.max(1)).zip(self.taps(axis, image)) {
            taps.into_iter().for_each(|(i, share)| row[i] += share);
        }
        all
    }
}

impl OpRules for Resize {
    fn name(&self) -> &'static str {
        "Resize"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::real_type(inputs, 0)?;
        if image_size(x)?.contains(&0) || self.size.contains(&0) {
            return Err(OpError::shape(format!("{x} to {:?}: an image without pixels", self.size)));
        }
        Ok(vec![TensorType { dtype: x.dtype, shape: image_shape(x.shape[0], x.shape[1], self.size) }])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let x = args::real(inputs, 0)?;
        let [images, channels, rows, columns] = sizes4(x.shape())?;
        if rows == 0 || columns == 0 {
            return Err(OpError::shape("an image without pixels"));
        }
        let (down, across) = (self.taps(0, rows), self.taps(1, columns));
        let y = Array4::from_shape_fn((images, channels, self.size[0], self.size[1]), |(n, c, row, column)| {
            let pairs = down[row].iter().flat_map(|r| across[column].iter().map(move |c| (r, c)));
            pairs.map(|((i, a), (j, b))| x[[n, c, *i, *j]] * a * b).sum()
        });
        Ok(vec![Array::Real(y.into_dyn())])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Parts
    }

    fn parts(&self, b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
        let refuse = |source| crate::ops::family::kernel_gradient::at("Resize", source);
        let [rows, columns] = image_size(b.ty(inputs[0])).map_err(refuse)?;
        let down = b.constant_like(&[self.size[0], rows], self.matrix(0, rows), inputs[0])?;
        let across = b.constant_like(&[self.size[1], columns], self.matrix(1, columns), inputs[0])?;
        let across = b.transpose_last(across)?;
        let tall = b.matmul(down, inputs[0])?;
        Ok(Some(vec![b.matmul(tall, across)?]))
    }

    fn export(&self) -> Export {
        let text = |name: &str| Attribute::Text(name.to_owned());
        let mut attributes = vec![
            ("axes", Attribute::Ints(vec![2, 3])),
            ("coordinate_transformation_mode", text(self.coordinates.onnx())),
        ];
        match self.mode {
            ResizeMode::Nearest(rounding) => {
                attributes.extend([("mode", text("nearest")), ("nearest_mode", text(rounding.onnx()))]);
            }
            ResizeMode::Linear => attributes.push(("mode", text("linear"))),
        }
        let node = Export::with("Resize", 1, attributes).and_input(ExportInput::Absent);
        match self.scales.map(|s| Tensor::f32(&[2], s.to_vec())) {
            Some(Ok(scales)) => node.and_input(ExportInput::Constant(scales)),
            _ => {
                let sizes = Tensor::indices(&export::ints(&self.size));
                node.and_input(ExportInput::Absent).and_input(ExportInput::Constant(sizes))
            }
        }
    }
}

impl OpExamples for Resize {
    fn examples() -> Vec<Example> {
        let nearest = |rounding, coordinates, scales| Self {
            size: [6, 5],
            scales,
            mode: ResizeMode::Nearest(rounding),
            coordinates,
        };
        let linear = |size, coordinates| Self { size, scales: None, mode: ResizeMode::Linear, coordinates };
        let x = || vec![Sample::real(&[2, 2, 3, 4])];
        vec![
            Example::new(
                "nearest, as PyTorch",
                nearest(Rounding::Floor, Coordinates::Asymmetric, Some([2.0, 1.25])),
                x(),
            ),
            Example::new("nearest, as ONNX", nearest(Rounding::PreferFloor, Coordinates::HalfPixel, None), x()),
            Example::new("nearest, up", nearest(Rounding::PreferCeil, Coordinates::AlignCorners, None), x()),
            Example::new("nearest, next", nearest(Rounding::Ceil, Coordinates::Asymmetric, None), x()),
            Example::new("linear", linear([6, 7], Coordinates::HalfPixel), x()),
            Example::new("linear, corners", linear([5, 2], Coordinates::AlignCorners), x()),
            Example::new("linear, one row", linear([1, 3], Coordinates::PyTorchHalfPixel), x()),
        ]
    }
}
