//! StitchGrad: the stitch's own gradient in one pass over upstream and activation.
//!
//! `dw[o, i] = sum dy[.., o, ..] x[.., i, ..]` and `dbias[o] = sum dy[.., o, ..]` over images and positions.
//! Shapes: `dy` [N, O, H, W], [N, T, O] or [N, O]; `x` the same with I channels; `dw` [O, I], `dbias` `[O]`.
//! A matrix product and row sums on ONNX Runtime, a loop here. Derivative: that of the product.

use ndarray::{Array1, Array2, Axis};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::family::args;
use crate::ops::stitch::channel_axis;
use crate::ops::{Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, TensorType};

/// Weight and bias gradient of a [`Stitch`](crate::ops::stitch::Stitch).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StitchGrad;

crate::ops::role::part!(StitchGrad: Layer, Other, Own);

/// ONNX has no such operator.
pub const ONNX: &[Import] = &[];

impl OpRules for StitchGrad {
    fn name(&self) -> &'static str {
        "StitchGrad"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 2)?;
        let (dy, x) = (args::real_type(inputs, 0)?, args::real_type(inputs, 1)?);
        let axis = channel_axis(x.rank());
        let same = dy.rank() == x.rank() && (0..x.rank()).all(|i| i == axis || dy.shape[i] == x.shape[i]);
        if !same || !(2..=4).contains(&x.rank()) {
            return Err(OpError::shape(format!("{dy} and {x} must agree in all but the channels")));
        }
        let dw = TensorType { dtype: x.dtype, shape: vec![dy.shape[axis], x.shape[axis]] };
        let bias = TensorType { dtype: x.dtype, shape: vec![dy.shape[axis]] };
        Ok(vec![dw, bias])
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let (dy, x) = (args::real(inputs, 0)?, args::real(inputs, 1)?);
        let axis = Axis(channel_axis(x.ndim()));
        let mut dw = Array2::<f64>::zeros((dy.len_of(axis), x.len_of(axis)));
        let mut bias = Array1::<f64>::zeros(dy.len_of(axis));
        for (up, act) in dy.lanes(axis).into_iter().zip(x.lanes(axis)) {
            for (o, u) in up.iter().enumerate() {
                dw.row_mut(o).scaled_add(*u, &act);
            }
            bias += &up;
        }
        Ok(vec![Array::Real(dw.into_dyn()), Array::Real(bias.into_dyn())])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Parts
    }

    fn parts(&self, b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
        let [dy, x] = inputs else { return Ok(None) };
        let shape = b.ty(*x).shape.clone();
        let outputs = if shape.len() == 4 {
            // One product per image and a sum over images: no copy of the activation in another order.
            let flat = |b: &mut Builder, v: ValueId| -> Result<ValueId, GraphError> {
                let s = b.ty(v).shape.clone();
                let positions = s[2].times(s[3]).unwrap_or(s[2]);
                b.reshape(v, &[s[0], s[1], positions])
            };
            let (up, act) = (flat(b, *dy)?, flat(b, *x)?);
            let turned = b.transpose_last(act)?;
            let products = b.matmul(up, turned)?;
            vec![b.reduce_sum(products, &[0], false)?, b.reduce_sum(up, &[0, 2], false)?]
        } else {
            let rows = |b: &mut Builder, v: ValueId| -> Result<ValueId, GraphError> {
                let s = b.ty(v).shape.clone();
                let (channels, lead) = (s[s.len() - 1], &s[..s.len() - 1]);
                let count = lead.iter().try_fold(crate::tensor::Dim::ONE, |all, d| all.times(*d)).unwrap_or(s[0]);
                b.reshape(v, &[count, channels])
            };
            let (up, act) = (rows(b, *dy)?, rows(b, *x)?);
            let turned = b.transpose_last(up)?;
            vec![b.matmul(turned, act)?, b.reduce_sum(up, &[0], false)?]
        };
        Ok(Some(outputs))
    }

    fn export(&self) -> Export {
        Export::Parts
    }
}

impl OpExamples for StitchGrad {
    fn examples() -> Vec<Example> {
        let case =
            |label, dy: &[usize], x: &[usize]| Example::new(label, Self, vec![Sample::real(dy), Sample::real(x)]);
        vec![
            case("images", &[2, 7, 4, 5], &[2, 3, 4, 5]),
            case("tokens", &[2, 5, 3], &[2, 5, 4]),
            case("features", &[3, 1], &[3, 4]),
        ]
    }
}
