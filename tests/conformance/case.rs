//! One example of one operator as graphs: forward, gradient, with weights given or frozen, with a fixed or a free batch.

use stitchscope_core::autodiff::gradients;
use stitchscope_core::graph::{Builder, Graph, GraphError, ValueId};
use stitchscope_core::ops::{Derivative, Example, Op, Sample};
use stitchscope_core::tensor::{Array, Dim, TensorType};

const SEED: u64 = 7;

/// Which arguments are part of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// Only those that the example fixes.
    Given,
    /// All but the first real one: what a frozen network looks like.
    Frozen,
}

/// A graph with arguments.
pub struct Trial {
    /// What is tried.
    pub graph: Graph,
    /// One per input.
    pub arguments: Vec<Array>,
    /// How many images they hold where the batch is free, else 1.
    pub images: usize,
}

/// An operator with drawn arguments.
pub struct Case {
    /// Operator, label and variant, for messages.
    pub name: String,
    op: Op,
    arguments: Vec<Array>,
    types: Vec<TensorType>,
    constant: Vec<bool>,
}

/// Every example of every operator, with its weights given and, where that is something else, frozen.
pub fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, examples) in Op::all_examples() {
        for example in examples {
            let label = format!("{name} ({})", example.label);
            let given = Case::new(label.clone(), &example, &example.inputs, Weights::Given);
            let frozen = Case::new(format!("{label}, frozen"), &example, &example.inputs, Weights::Frozen);
            let differ = given.constant != frozen.constant;
            cases.push(given);
            cases.extend(differ.then_some(frozen));
        }
    }
    cases
}

/// Examples with a first dimension that is the batch: of the first real argument alone (the others frozen), and of all real
/// arguments if they share it. Each at the drawn size and at one more. Only those whose types the operator accepts.
pub fn with_free_batch() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, examples) in Op::all_examples() {
        for example in &examples {
            for more in 0..2 {
                let label = format!("{name} ({}), free batch, {more} more", example.label);
                cases.extend(first_free(&label, example, more));
                cases.extend(all_free(&label, example, more));
            }
        }
    }
    cases
}

fn first_free(label: &str, example: &Example, more: usize) -> Option<Case> {
    let first = example.inputs.iter().position(varies)?;
    let inputs = grown(&example.inputs, &[first], more)?;
    Case::new(format!("{label}, frozen"), example, &inputs, Weights::Frozen).free(&[first])
}

fn all_free(label: &str, example: &Example, more: usize) -> Option<Case> {
    let real: Vec<usize> = (0..example.inputs.len()).filter(|i| varies(&example.inputs[*i])).collect();
    let leading = |i: &usize| example.inputs[*i].ty().at(1).first().copied();
    let shared = real.iter().all(|i| leading(i).is_some() && leading(i) == leading(&real[0]));
    if real.len() < 2 || !shared {
        return None;
    }
    let inputs = grown(&example.inputs, &real, more)?;
    Case::new(label.to_owned(), example, &inputs, Weights::Given).free(&real)
}

const fn varies(sample: &Sample) -> bool {
    matches!(sample, Sample::Real { .. } | Sample::Distinct { .. })
}

/// The samples with a longer first dimension.
fn grown(samples: &[Sample], which: &[usize], more: usize) -> Option<Vec<Sample>> {
    let mut samples = samples.to_vec();
    for index in which {
        let (Sample::Real { shape, .. } | Sample::Distinct { shape }) = &mut samples[*index] else { return None };
        *shape.first_mut()? += more;
    }
    Some(samples)
}

impl Case {
    fn new(name: String, example: &Example, inputs: &[Sample], weights: Weights) -> Self {
        let first = inputs.iter().position(varies);
        let frozen = |i: usize| weights == Weights::Frozen && Some(i) != first;
        let constant = (0..).zip(inputs).map(|(i, s)| matches!(s, Sample::Fixed(_)) || frozen(i)).collect();
        let arguments = (0..).zip(inputs).map(|(index, sample)| sample.draw(SEED, index)).collect();
        let types = inputs.iter().map(Sample::ty).collect();
        Self { name, op: example.op.clone(), arguments, types, constant }
    }

    /// The same with the batch as first dimension of these arguments, if the operator accepts that.
    fn free(mut self, which: &[usize]) -> Option<Self> {
        for index in which {
            *self.types[*index].shape.first_mut()? = Dim::BATCH;
        }
        self.op.rules().infer(&self.types).ok()?;
        Some(self)
    }

    /// Arguments that are given at each run.
    fn given(&self) -> Vec<Array> {
        self.arguments.iter().zip(&self.constant).filter(|(_, c)| !**c).map(|(a, _)| a.clone()).collect()
    }

    /// Images of a run, where the batch is free.
    fn images(&self) -> usize {
        let lead = |(ty, a): (&TensorType, &Array)| (ty.shape.first() == Some(&Dim::BATCH)).then(|| a.shape()[0]);
        self.types.iter().zip(&self.arguments).find_map(lead).unwrap_or(1)
    }

    /// The operator alone.
    pub fn forward(&self) -> Result<Trial, GraphError> {
        let (mut b, inputs) = self.inputs();
        for (index, value) in b.apply(self.op.clone(), &inputs)?.into_iter().enumerate() {
            b.output(&format!("y{index}"), value);
        }
        Ok(Trial { graph: b.finish(), arguments: self.given(), images: self.images() })
    }

    /// Whether the operator promises a derivative.
    pub fn promises_gradient(&self) -> bool {
        matches!(self.op.rules().derivative(), Derivative::Rule | Derivative::Parts)
    }

    /// Derivatives of a random functional of the real results by every real argument that is given; `None` without any. The
    /// functional's weights are given as well: as constants they would let most of a linear operator's gradient be folded.
    pub fn gradient(&self) -> Result<Option<Trial>, GraphError> {
        if matches!(self.op.rules().derivative(), Derivative::None(_)) {
            return Ok(None);
        }
        let (mut b, inputs) = self.inputs();
        let is_asked = |(i, constant): &(&ValueId, &bool)| !**constant && b.ty(**i).dtype.is_real();
        let by: Vec<ValueId> = inputs.iter().zip(&self.constant).filter(is_asked).map(|(i, _)| *i).collect();
        let mut arguments = self.given();
        let mut derivatives = Vec::new();
        for (index, output) in (100..).zip(b.apply(self.op.clone(), &inputs)?) {
            let ty = b.ty(output).clone();
            if ty.dtype.is_real() {
                arguments.push(Sample::real(&ty.at(self.images())).draw(SEED, index));
                let weights = b.input("upstream", ty);
                let functional = b.mul(output, weights)?;
                derivatives.extend(gradients(&mut b, functional, &by)?.into_iter().flatten());
            }
        }
        for (index, derivative) in derivatives.iter().enumerate() {
            b.output(&format!("d{index}"), *derivative);
        }
        let trial = Trial { graph: b.finish(), arguments, images: self.images() };
        Ok((!derivatives.is_empty()).then_some(trial))
    }

    fn inputs(&self) -> (Builder, Vec<ValueId>) {
        let mut b = Builder::new();
        let arguments = self.arguments.iter().zip(&self.types).zip(&self.constant).enumerate();
        let inputs = arguments
            .map(|(index, ((argument, ty), constant))| match constant {
                true => b.constant(argument.to_tensor(ty.dtype)),
                false => b.input(&format!("x{index}"), ty.clone()),
            })
            .collect();
        (b, inputs)
    }
}
