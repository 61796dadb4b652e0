//! MaxPool: largest element under a sliding window, and where it is. <https://onnx.ai/onnx/operators/onnx__MaxPool.html>
//!
//! Shapes: `x` [images, channels, rows, columns], `y` and `indices` [images, channels, rows', columns']. An index counts the
//! elements of the whole of `x` in row-major order; of equal elements the first wins; the border never does.
//! Gradient: `dy` added to the elements that the indices name.

use ndarray::{ArrayD, IxDyn};

use crate::graph::{Builder, GraphError, ValueId};
use crate::onnx::{NodeContext, OnnxError};
use crate::ops::family::args;
use crate::ops::family::kernel_gradient::at;
use crate::ops::family::window::{Window, image_shape, image_size, sizes4};
use crate::ops::family::{pool, sliding};
use crate::ops::reshape::Reshape;
use crate::ops::{
    Applied, Attribute, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample, export,
};
use crate::tensor::{Array, DType, TensorType};

/// Maximum over windows; results are the maxima and their indices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// Cells of the window down and across.
    pub kernel: [usize; 2],
    /// Steps of the window down and across.
    pub strides: [usize; 2],
    /// Border at top, left, bottom, right.
    pub pads: [usize; 4],
    /// Distance between neighbouring cells down and across.
    pub dilations: [usize; 2],
    /// Whether a last window that ends outside counts.
    pub ceil_mode: bool,
}

crate::ops::role::part!(MaxPool: Passive, ChannelsFirst, Own);

/// Reader of `MaxPool` nodes; over one axis of positions as images of one row, over three in two steps.
pub const ONNX: &[Import] = &[("MaxPool", |n| {
    let (x, rank) = (n.input(0)?, n.ty(0)?.rank());
    let places_wanted = n.info.wants(1);
    if n.int("storage_order", 0)? != 0 && places_wanted {
        return Err(n.error("indices in column-major order are not supported; export with storage_order 0"));
    }
    if rank == 4 {
        let (Window { kernel, strides, dilations, pads }, ceil_mode) = pool_window(n)?;
        return n.apply_to(MaxPool { kernel, strides, pads, dilations, ceil_mode }, &[x]);
    }
    if rank == 5 && places_wanted {
        return Err(n.error("indices over three axes are not supported; export without them"));
    }
    let mut places = None;
    let largest = pool::every_plane(n, x, &mut |b, x, plane| {
        let Window { kernel, strides, dilations, pads } = plane.window;
        let results = b.apply(MaxPool { kernel, strides, pads, dilations, ceil_mode: plane.ceil }, &[x])?;
        places = Some(results[1]);
        Ok(results[0])
    })?;
    let shape = n.b.ty(largest).shape.clone();
    let mut results = n.apply_to(Reshape { shape: shape.clone() }, &[largest])?;
    if let Some(places) = places.filter(|_| places_wanted) {
        results.push(n.build(|b| b.reshape(places, &shape))?);
    }
    Ok(results)
})];

/// The window of a pool over images and whether its count is rounded up.
pub(super) fn pool_window(n: &mut NodeContext<'_>) -> Result<(Window, bool), OnnxError> {
    let ty = n.ty(0)?;
    let image = image_size(&ty).map_err(|e| n.refuse(e))?;
    let kernel = sliding::kernel_shape(n, 2)?;
    match *sliding::read(n, &kernel, &image)?.as_slice() {
        [down, across] => Ok((sliding::window(down, across), sliding::rounds_up(n)?)),
        _ => Err(n.error("slides over rows and columns")),
    }
}

impl MaxPool {
    const fn window(&self) -> Window {
        Window { kernel: self.kernel, strides: self.strides, dilations: self.dilations, pads: self.pads }
    }
}

impl OpRules for MaxPool {
    fn name(&self) -> &'static str {
        "MaxPool"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 1)?;
        let x = args::real_type(inputs, 0)?;
        let image = image_size(x)?;
        let count = self.window().positions(image, self.ceil_mode)?;
        self.window().sees_image(image, count)?;
        let y = TensorType { dtype: x.dtype, shape: image_shape(x.shape[0], x.shape[1], count) };
        Ok(vec![y.clone(), y.with_dtype(DType::I64)])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let x = args::real(inputs, 0)?.as_standard_layout();
        let [images, channels, rows, columns] = sizes4(x.shape())?;
        let count = self.window().positions([rows, columns], self.ceil_mode)?;
        let sizes = [images, channels, count[0], count[1]];
        let (mut values, mut indices) = (Vec::new(), Vec::new());
        for (plane, pixels) in x.as_slice().unwrap_or_default().chunks_exact((rows * columns).max(1)).enumerate() {
            for place in 0..count[0] * count[1] {
                let (value, index) = self.largest(pixels, [rows, columns], [place / count[1], place % count[1]])?;
                values.push(value);
                let flat = i64::try_from(plane * rows * columns + index);
                indices.push(flat.map_err(|_| OpError::shape("too many elements to index"))?);
            }
        }
        let refuse = |e: ndarray::ShapeError| OpError::shape(e.to_string());
        Ok(vec![
            Array::Real(ArrayD::from_shape_vec(IxDyn(&sizes), values).map_err(refuse)?),
            Array::Int(ArrayD::from_shape_vec(IxDyn(&sizes), indices).map_err(refuse)?),
        ])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let flat = |b: &mut Builder, v: ValueId| {
            let count = b.ty(v).elements();
            let count = count.ok_or_else(|| at("MaxPool", OpError::shape("the elements have no count")))?;
            b.reshape(v, &[count])
        };
        node.each_wanted(b, |b, _, x, dy| {
            let (updates, positions) = (flat(b, dy)?, flat(b, node.outputs[1])?);
            let zeros = b.zeros_like(x)?;
            let zeros = flat(b, zeros)?;
            let sum = b.scatter_elements(zeros, positions, updates, 0, true)?;
            let shape = b.ty(x).shape.clone();
            b.reshape(sum, &shape)
        })
    }

    fn export(&self) -> Export {
        let mut attributes = self.window().attributes();
        attributes.push(("kernel_shape", Attribute::Ints(export::ints(&self.kernel))));
        attributes.push(("ceil_mode", Attribute::Int(i64::from(self.ceil_mode))));
        Export::with("MaxPool", 1, attributes)
    }
}

impl MaxPool {
    /// The first largest pixel under the window at `place`, with its index in the plane; NaN is larger than anything.
    fn largest(&self, pixels: &[f64], image: [usize; 2], place: [usize; 2]) -> Result<(f64, usize), OpError> {
        let mut best: Option<(f64, usize)> = None;
        for cell in 0..self.kernel[0] * self.kernel[1] {
            let row = self.window().source(0, place[0], cell / self.kernel[1], image[0]);
            let column = self.window().source(1, place[1], cell % self.kernel[1], image[1]);
            let (Some(row), Some(column)) = (row, column) else { continue };
            let index = row * image[1] + column;
            let (new, old) = (pixels[index], best.map(|b| b.0));
            if old.is_none_or(|old| new > old || (new.is_nan() && !old.is_nan())) {
                best = Some((new, index));
            }
        }
        best.ok_or_else(|| OpError::shape(format!("the window at {place:?} sees only border")))
    }
}

impl OpExamples for MaxPool {
    fn examples() -> Vec<Example> {
        let pool = |kernel, strides, pads, dilations, ceil_mode| Self { kernel, strides, pads, dilations, ceil_mode };
        let draw = Sample::distinct;
        vec![
            Example::new("halving", pool([2, 2], [2, 2], [0; 4], [1, 1], false), vec![draw(&[2, 3, 4, 6])]),
            Example::new(
                "overlapping, with border",
                pool([3, 3], [2, 2], [1; 4], [1, 1], false),
                vec![draw(&[2, 2, 6, 5])],
            ),
            Example::new("rounded up", pool([3, 2], [2, 2], [0, 0, 0, 1], [1, 1], true), vec![draw(&[1, 2, 6, 4])]),
            Example::new("dilated", pool([2, 2], [1, 2], [0, 1, 1, 0], [2, 3], false), vec![draw(&[1, 2, 5, 7])]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::trial::Trial;

    #[test]
    fn the_first_of_equals_wins_and_indices_count_the_whole_tensor() {
        let op = MaxPool { kernel: [2; 2], strides: [2; 2], pads: [0; 4], dilations: [1; 2], ceil_mode: false };
        let x = ArrayD::from_shape_vec(IxDyn(&[2, 1, 2, 2]), vec![1.0, 5.0, 5.0, 2.0, -3.0, -1.0, -2.0, -1.0]).unwrap();
        let results = op.eval(&[Array::Real(x)], 2).unwrap();
        let shape = IxDyn(&[2, 1, 1, 1]);
        assert_eq!(results[0], Array::Real(ArrayD::from_shape_vec(shape.clone(), vec![5.0, -1.0]).unwrap()));
        assert_eq!(results[1], Array::Int(ArrayD::from_shape_vec(shape, vec![1, 5]).unwrap()));
    }

    #[test]
    fn windows_that_see_only_border_are_refused() {
        let op = MaxPool { kernel: [1; 2], strides: [1; 2], pads: [1; 4], dilations: [1; 2], ceil_mode: false };
        assert!(op.infer(&[TensorType::f32(&[1, 1, 3, 3])]).is_err());
    }

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("MaxPool").with("kernel_shape", vec![2]).with("strides", vec![2]).on(&[1, 2, 4], &[1.6, 1.7, -1.0, -0.4, -1.1, -1.5, -1.9, 0.0]).gives(&[1, 2, 2], &[1.7, -0.4, -1.1, 0.0]);
        Trial::of("MaxPool").opset(17).with("kernel_shape", vec![2, 2, 2]).with("pads", vec![0, 0, 1, 0, 0, 0]).on(&[1, 1, 3, 2, 2], &[-1.5, -1.3, 1.4, -0.1, -1.3, 0.7, -0.9, 0.1, -0.9, 0.1, 0.5, 0.1]).gives(&[1, 1, 2, 1, 2], &[1.4, 1.4, 0.5, 0.7]);
    }
}
