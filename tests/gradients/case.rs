//! One example of one operator, lifted to f64, and what is asked of it.

use stitchscope_core::autodiff::gradients;
use stitchscope_core::engine::reference::{Precision, evaluate};
use stitchscope_core::graph::{Builder, Graph, GraphError, ValueId};
use stitchscope_core::ops::{Example, Op, Sample};
use stitchscope_core::tensor::{Array, DType, TensorType};

/// An operator with arguments, all of whose real numbers are f64.
pub struct Case {
    /// Operator and label, for messages.
    pub name: String,
    /// The operator with its settings.
    pub op: Op,
    /// Arguments, drawn.
    pub arguments: Vec<Array>,
    types: Vec<TensorType>,
    /// Arguments that are part of the graph instead of given at each run.
    constant: Vec<bool>,
}

/// A loss and its derivatives.
pub struct Derived {
    /// Results: the loss, then the derivative by each input that has one.
    pub graph: Graph,
    /// Which arguments the derivatives belong to.
    pub by: Vec<usize>,
}

/// A seed for everything that is drawn here.
const SEED: u64 = 2024;

/// Draws are numbered: arguments from 0, weights of results and directions from here.
const WEIGHTS: u64 = 100;
const DIRECTIONS: u64 = 200;

/// Every example of every operator.
pub fn all() -> Vec<Case> {
    let named = |(name, examples): (&'static str, Vec<Example>)| {
        examples.into_iter().map(move |example| Case::new(format!("{name} ({})", example.label), example))
    };
    Op::all_examples().into_iter().flat_map(named).collect()
}

impl Case {
    fn new(name: String, example: Example) -> Self {
        let types = example.inputs.iter().map(|s| widened(&s.ty())).collect();
        let constant = example.inputs.iter().map(|s| matches!(s, Sample::Fixed(_))).collect();
        let arguments = (0..).zip(&example.inputs).map(|(index, sample)| sample.draw(SEED, index)).collect();
        Self { name, op: example.op, arguments, types, constant }
    }

    /// Arguments by which there may be a derivative.
    pub fn real(&self) -> Vec<usize> {
        (0..self.types.len()).filter(|i| self.types[*i].dtype.is_real() && !self.constant[*i]).collect()
    }

    /// Types of the results.
    pub fn inferred(&self) -> Result<Vec<TensorType>, String> {
        self.op.rules().infer(&self.types).map_err(|e| e.to_string())
    }

    /// Results by the operator's own evaluation.
    pub fn evaluated(&self, arguments: &[Array]) -> Result<Vec<Array>, String> {
        self.op.rules().eval(arguments, 1).map_err(|e| e.to_string())
    }

    /// Results by the operator's parts, if it has any.
    pub fn by_parts(&self) -> Result<Option<Vec<Array>>, String> {
        let (mut b, inputs) = self.inputs();
        let Some(parts) = self.op.rules().parts(&mut b, &inputs).map_err(|e| e.to_string())? else {
            return Ok(None);
        };
        for value in parts {
            b.output("part", value);
        }
        self.run(&b.finish(), &self.arguments).map(Some)
    }

    /// A fixed random weight for every element of every result.
    pub fn weights(&self) -> Result<Vec<Vec<f64>>, String> {
        let draw = |(index, ty): (u64, &TensorType)| numbers(&drawn(ty, WEIGHTS + index));
        Ok((0..).zip(&self.inferred()?).map(draw).collect())
    }

    /// The loss, the weighted sum of all real results, with its derivatives.
    pub fn first_order(&self) -> Result<Derived, GraphError> {
        let (mut b, inputs) = self.inputs();
        let outputs = b.apply(self.op.clone(), &inputs)?;
        let real: Vec<(u64, ValueId)> = (0..).zip(outputs).filter(|(_, o)| b.ty(*o).dtype.is_real()).collect();
        let mut losses = Vec::new();
        for (index, output) in real {
            losses.push(weighted(&mut b, output, WEIGHTS + index)?);
        }
        let loss = sum(&mut b, &losses)?;
        self.derive(b, &inputs, loss)
    }

    /// The weighted sum of the first derivatives as a loss, with its own derivatives; `None` where nothing is left to
    /// differentiate.
    pub fn second_order(&self) -> Result<Option<Derived>, GraphError> {
        let first = self.first_order()?;
        let (mut b, inputs) = self.inputs();
        let given: Vec<ValueId> =
            inputs.iter().zip(&self.constant).filter(|(_, constant)| !**constant).map(|(input, _)| *input).collect();
        let results = stitchscope_core::graph::inline(&mut b, &first.graph, &given)?;
        let mut losses = Vec::new();
        for (index, derivative) in (0..).zip(&results[1..]) {
            losses.push(weighted(&mut b, *derivative, DIRECTIONS + index)?);
        }
        if losses.is_empty() {
            return Ok(None);
        }
        let loss = sum(&mut b, &losses)?;
        self.derive(b, &inputs, loss).map(Some)
    }

    /// Results of a graph whose inputs are the arguments that are not constant.
    pub fn run(&self, graph: &Graph, arguments: &[Array]) -> Result<Vec<Array>, String> {
        let given: Vec<Array> =
            arguments.iter().zip(&self.constant).filter(|(_, c)| !**c).map(|(a, _)| a.clone()).collect();
        evaluate(graph, &given, 1, Precision::Double).map_err(|e| e.to_string())
    }

    /// A builder with the arguments.
    fn inputs(&self) -> (Builder, Vec<ValueId>) {
        let mut b = Builder::new();
        let arguments = self.arguments.iter().zip(&self.types).zip(&self.constant);
        let inputs = arguments
            .map(|((argument, ty), constant)| match constant {
                true => b.constant(argument.to_tensor(ty.dtype)),
                false => b.input("x", ty.clone()),
            })
            .collect();
        (b, inputs)
    }

    fn derive(&self, mut b: Builder, inputs: &[ValueId], loss: ValueId) -> Result<Derived, GraphError> {
        let real = self.real();
        let wanted: Vec<ValueId> = real.iter().map(|i| inputs[*i]).collect();
        let derivatives = gradients(&mut b, loss, &wanted)?;
        b.output("loss", loss);
        let mut by = Vec::new();
        for (index, derivative) in real.into_iter().zip(derivatives) {
            if let Some(derivative) = derivative {
                b.output("derivative", derivative);
                by.push(index);
            }
        }
        Ok(Derived { graph: b.finish(), by })
    }
}

/// All elements as numbers, row by row; truth values as 0 and 1.
pub fn numbers(array: &Array) -> Vec<f64> {
    array.to_tensor(DType::F64).to_f64()
}

fn widened(ty: &TensorType) -> TensorType {
    if ty.dtype.is_real() { ty.with_dtype(DType::F64) } else { ty.clone() }
}

/// Random numbers in the shape of a type.
fn drawn(ty: &TensorType, index: u64) -> Array {
    Sample::real(&ty.at(1)).draw(SEED, index)
}

/// The sum of a value's elements, each with a fixed random weight, as one f64.
fn weighted(b: &mut Builder, value: ValueId, index: u64) -> Result<ValueId, GraphError> {
    let ty = widened(b.ty(value));
    let weights = b.constant(drawn(&ty, index).to_tensor(DType::F64));
    let wide = b.cast(value, DType::F64)?;
    let product = b.mul(wide, weights)?;
    let axes: Vec<usize> = (0..ty.rank()).collect();
    b.reduce_sum(product, &axes, false)
}

fn sum(b: &mut Builder, terms: &[ValueId]) -> Result<ValueId, GraphError> {
    let mut total = b.constant(Array::Real(ndarray::arr0(0.0).into_dyn()).to_tensor(DType::F64));
    for term in terms {
        total = b.add(total, *term)?;
    }
    Ok(total)
}
