//! Stitch: `y[.., o, ..] = sum_i w[o, i] x[.., i, ..] + bias[o]`, the linear map over channels that joins two networks.
//!
//! Shapes: `x` [N, I, H, W] (a 1x1 convolution), [N, T, I] (linear per token) or [N, I] (linear); `w` [O, I], `bias` `[O]`;
//! `y` like `x` with O channels. Gradient: `dx = Stitch(dy, w^T, 0)`, and [`StitchGrad`] for
//! `w` and `bias` in one pass. Not an ONNX operator: written as Conv or MatMul.

use ndarray::{ArrayD, Axis, Ix1, Ix2};

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::conv::Conv;
use crate::ops::family::args;
use crate::ops::stitch_grad::StitchGrad;
use crate::ops::{Applied, Derivative, Example, Export, Import, OpError, OpExamples, OpRules, Sample};
use crate::tensor::{Array, Data, Dim, Tensor, TensorType};

/// A linear map over the channel axis, the same at every position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stitch;

crate::ops::role::part!(Stitch: Layer, Other, Own);

/// ONNX has no such operator.
pub const ONNX: &[Import] = &[];

/// The channel axis of an activation: 1 for images [N, C, H, W], the last one for tokens and features.
#[must_use]
pub const fn channel_axis(rank: usize) -> usize {
    if rank == 4 { 1 } else { rank.saturating_sub(1) }
}

impl OpRules for Stitch {
    fn name(&self) -> &'static str {
        "Stitch"
    }

    fn infer(&self, inputs: &[TensorType]) -> Result<Vec<TensorType>, OpError> {
        args::arity(inputs, 3)?;
        let (x, w, bias) = (args::real_type(inputs, 0)?, args::real_type(inputs, 1)?, args::real_type(inputs, 2)?);
        if !(2..=4).contains(&x.rank()) {
            return Err(OpError::shape(format!("a stitch needs [N, C, H, W], [N, T, C] or [N, C], was given {x}")));
        }
        let axis = channel_axis(x.rank());
        match (w.shape.as_slice(), bias.shape.as_slice()) {
            ([o, i], [b]) if *i == x.shape[axis] && o == b => {
                let mut shape = x.shape.clone();
                shape[axis] = *o;
                Ok(vec![TensorType { dtype: x.dtype, shape }])
            }
            _ => Err(OpError::shape(format!("weight {w} and bias {bias} do not map the channels of {x}"))),
        }
    }

    fn eval(&self, inputs: &[Array], _batch: usize) -> Result<Vec<Array>, OpError> {
        let refuse = |e: ndarray::ShapeError| OpError::shape(e.to_string());
        let x = args::real(inputs, 0)?;
        let w = args::real(inputs, 1)?.view().into_dimensionality::<Ix2>().map_err(refuse)?;
        let bias = args::real(inputs, 2)?.view().into_dimensionality::<Ix1>().map_err(refuse)?;
        let axis = channel_axis(x.ndim());
        let mut shape = x.shape().to_vec();
        shape[axis] = w.nrows();
        let mut y = ArrayD::zeros(shape);
        for (mut lane, source) in y.lanes_mut(Axis(axis)).into_iter().zip(x.lanes(Axis(axis))) {
            lane.assign(&(w.dot(&source) + bias));
        }
        Ok(vec![Array::Real(y)])
    }

    fn derivative(&self) -> Derivative {
        Derivative::Rule
    }

    fn backward(&self, b: &mut Builder, node: &Applied<'_>) -> Result<Vec<Option<ValueId>>, GraphError> {
        let Some(dy) = node.upstream[0] else { return Ok(vec![None; 3]) };
        let (x, w) = (node.inputs[0], node.inputs[1]);
        let mut gradients = vec![None; 3];
        if node.wanted[0] {
            let transposed = b.transpose_last(w)?;
            let none = zero_bias(b, transposed)?;
            gradients[0] = Some(b.apply1(Self, &[dy, transposed, none])?);
        }
        if node.wanted[1] || node.wanted[2] {
            let both = b.apply(StitchGrad, &[dy, x])?;
            gradients[1] = Some(both[0]);
            gradients[2] = Some(both[1]);
        }
        Ok(gradients)
    }

    fn parts(&self, b: &mut Builder, inputs: &[ValueId]) -> Result<Option<Vec<ValueId>>, GraphError> {
        let [x, w, bias] = inputs else { return Ok(None) };
        if b.ty(*x).rank() == 4 {
            let mut shape = b.ty(*w).shape.clone();
            shape.extend([Dim::ONE, Dim::ONE]);
            let kernel = b.reshape(*w, &shape)?;
            let conv = Conv { strides: [1, 1], dilations: [1, 1], pads: [0; 4], groups: 1 };
            return Ok(Some(b.apply(conv, &[*x, kernel, *bias])?));
        }
        let transposed = b.transpose_last(*w)?;
        let product = b.matmul(*x, transposed)?;
        Ok(Some(vec![b.add(product, *bias)?]))
    }

    fn export(&self) -> Export {
        Export::Parts
    }
}

/// A bias of zeros for the map `w` [O, I].
fn zero_bias(b: &mut Builder, w: ValueId) -> Result<ValueId, GraphError> {
    let ty = b.ty(w).clone();
    let count = ty.shape[0].known().unwrap_or(1);
    let zeros = match ty.dtype {
        crate::tensor::DType::F64 => Data::F64(vec![0.0; count].into()),
        _ => Data::F32(vec![0.0; count].into()),
    };
    let tensor = Tensor::new(&[count], zeros).map_err(|e| GraphError::Mismatch {
        what: "bias of zeros".to_owned(),
        expected: ty.to_string(),
        found: e.to_string(),
    })?;
    Ok(b.constant(tensor))
}

impl OpExamples for Stitch {
    fn examples() -> Vec<Example> {
        let case = |label, x: &[usize], o: usize, i: usize| {
            Example::new(label, Self, vec![Sample::real(x), Sample::real(&[o, i]), Sample::real(&[o])])
        };
        vec![case("images", &[2, 3, 4, 5], 7, 3), case("tokens", &[2, 5, 3], 4, 3), case("features", &[3, 4], 1, 4)]
    }
}
