//! Models of one node, for tests of readers: results by the oracle, derivatives against central differences.

use prost::Message;

use super::proto::{
    AttributeProto, Dimension, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto, attribute as kind,
};
use super::tensor::{code_of, encode};
use super::{AttributeValue, OnnxError, read_step};
use crate::autodiff::gradients;
use crate::engine::reference::{Precision, evaluate};
use crate::graph::{Builder, Graph, inline};
use crate::tensor::{Array, Tensor};

/// A model of one node in the making.
pub struct Trial {
    node: NodeProto,
    given: Vec<(String, Tensor)>,
    weights: Vec<(String, Tensor)>,
    opset: i64,
}

impl Trial {
    /// A node without inputs and attributes, in operator set 25; `com.microsoft.Gelu` is of another domain.
    pub fn of(op_type: &str) -> Self {
        let (domain, op_type) = op_type.rsplit_once('.').unwrap_or(("", op_type));
        let node = NodeProto {
            op_type: op_type.to_owned(),
            domain: domain.to_owned(),
            output: vec!["y".to_owned()],
            name: "node".to_owned(),
            ..NodeProto::default()
        };
        Self { node, given: Vec::new(), weights: Vec::new(), opset: 25 }
    }

    /// In this operator set.
    pub(crate) const fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    /// With an attribute.
    pub fn with(mut self, name: &str, value: impl Into<AttributeValue>) -> Self {
        let mut attribute = AttributeProto { name: name.to_owned(), ..AttributeProto::default() };
        match value.into() {
            AttributeValue::Int(i) => (attribute.i, attribute.r#type) = (Some(i), kind::INT),
            AttributeValue::Float(f) => (attribute.f, attribute.r#type) = (Some(f), kind::FLOAT),
            AttributeValue::Ints(ints) => (attribute.ints, attribute.r#type) = (ints, kind::INTS),
            AttributeValue::Floats(floats) => (attribute.floats, attribute.r#type) = (floats, kind::FLOATS),
            AttributeValue::Text(s) => (attribute.s, attribute.r#type) = (Some(s.into()), kind::STRING),
            other => panic!("{other:?} has no spelling here"),
        }
        self.node.attribute.push(attribute);
        self
    }

    /// With an input that is given at each run.
    pub fn on(mut self, shape: &[usize], values: &[f32]) -> Self {
        let name = format!("x{}", self.node.input.len());
        self.node.input.push(name.clone());
        self.given.push((name, Tensor::f32(shape, values.to_vec()).unwrap()));
        self
    }

    /// With an input that is part of the file.
    pub fn constant(mut self, tensor: Tensor) -> Self {
        let name = format!("w{}", self.node.input.len());
        self.node.input.push(name.clone());
        self.weights.push((name, tensor));
        self
    }

    /// With an input left out.
    pub fn absent(mut self) -> Self {
        self.node.input.push(String::new());
        self
    }

    /// The graph as it is read.
    pub fn graph(&self) -> Result<Graph, OnnxError> {
        let port = |name: &str, tensor: &Tensor| {
            let size = |d: &usize| DimensionProto { value: Some(Dimension::Value(i64::try_from(*d).unwrap())) };
            let shape = TensorShapeProto { dim: tensor.shape().iter().map(size).collect() };
            let tensor = TensorTypeProto { elem_type: code_of(tensor.dtype()), shape: Some(shape) };
            ValueInfoProto {
                name: name.to_owned(),
                r#type: Some(TypeProto { tensor_type: Some(tensor), ..TypeProto::default() }),
            }
        };
        let result = |name: &String| ValueInfoProto { name: name.clone(), r#type: None };
        let graph = GraphProto {
            node: vec![self.node.clone()],
            initializer: self.weights.iter().map(|(name, tensor)| encode(name, tensor)).collect(),
            input: self.given.iter().map(|(name, tensor)| port(name, tensor)).collect(),
            output: self.node.output.iter().filter(|o| !o.is_empty()).map(result).collect(),
            ..GraphProto::default()
        };
        let set = |domain: &str, version| OperatorSetIdProto { domain: domain.to_owned(), version };
        let opset_import = vec![set("", self.opset), set("com.microsoft", 1)];
        let model = ModelProto { ir_version: 10, graph: Some(graph), opset_import, ..ModelProto::default() };
        read_step(model.encode_to_vec().into(), "trial")
    }

    /// All results.
    pub fn results(&self) -> Result<Vec<Array>, OnnxError> {
        let graph = self.graph()?;
        Ok(evaluate(&graph, &self.arguments(), 1, Precision::Double).unwrap())
    }

    /// Asserts the first result, within 1e-5.
    pub fn gives(&self, shape: &[usize], values: &[f64]) {
        let found = self.results().unwrap_or_else(|e| panic!("{e}")).remove(0);
        assert_eq!(found.shape(), shape);
        close("result", &flat(&found), values, 1e-5);
        self.differentiates();
    }

    /// Why it is refused.
    pub fn refusal(&self) -> String {
        self.results().expect_err("a refusal").to_string()
    }

    /// Asserts that the derivative of a weighted sum of the first result by every input is that of central differences.
    pub fn differentiates(&self) {
        let graph = self.graph().unwrap();
        let mut b = Builder::new();
        let inputs: Vec<_> = self.given.iter().map(|(name, t)| b.input(name, t.tensor_type())).collect();
        let y = inline(&mut b, &graph, &inputs).unwrap()[0];
        if !b.ty(y).dtype.is_real() {
            return;
        }
        let shape: Vec<usize> = b.ty(y).shape.iter().map(|d| d.at(1)).collect();
        let weights = (0..shape.iter().product::<usize>()).map(|i| (i as f64 * 0.7 + 0.3).sin()).collect();
        let weights = b.constant_like(&shape, weights, y).unwrap();
        let weighted = b.mul(y, weights).unwrap();
        let axes: Vec<usize> = (0..shape.len()).collect();
        let loss = b.reduce_sum(weighted, &axes, false).unwrap();
        let slopes = gradients(&mut b, loss, &inputs).unwrap();
        b.output("loss", loss);
        for slope in &slopes {
            let slope = slope.unwrap_or(loss);
            b.output("slope", slope);
        }
        let graph = b.finish();
        let arguments = self.arguments();
        let run = |arguments: &[Array]| evaluate(&graph, arguments, 1, Precision::Double).unwrap();
        let found = run(&arguments);
        for (index, slope) in slopes.iter().enumerate() {
            let moved = |place: usize, by: f64| {
                let mut arguments = arguments.clone();
                if let Array::Real(a) = &mut arguments[index] {
                    *a.iter_mut().nth(place).unwrap() += by;
                }
                flat(&run(&arguments)[0])[0]
            };
            let count = arguments[index].shape().iter().product();
            let expected: Vec<f64> = (0..count).map(|p| (moved(p, 1e-5) - moved(p, -1e-5)) / 2e-5).collect();
            let own = if slope.is_some() { flat(&found[index + 1]) } else { vec![0.0; count] };
            close(&format!("derivative by input {index}"), &own, &expected, 1e-5);
        }
    }

    fn arguments(&self) -> Vec<Array> {
        self.given.iter().map(|(_, tensor)| tensor.to_array()).collect()
    }
}

fn flat(array: &Array) -> Vec<f64> {
    match array {
        Array::Real(a) => a.iter().copied().collect(),
        Array::Int(a) => a.iter().map(|x| *x as f64).collect(),
        Array::Bool(a) => a.iter().map(|x| f64::from(u8::from(*x))).collect(),
    }
}

fn close(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    let near =
        |(a, b): (&f64, &f64)| a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= tolerance * b.abs().max(1.0);
    let same = found.len() == expected.len() && found.iter().zip(expected).all(near);
    assert!(same, "{what}: {found:?}, not {expected:?}");
}

macro_rules! values {
    ($($ty:ty => $variant:ident),*) => {
        $(impl From<$ty> for AttributeValue {
            fn from(value: $ty) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}
values!(i64 => Int, f32 => Float, &str => Text, Vec<i64> => Ints, Vec<f32> => Floats);
