//! What a program costs a graphics card, launch by launch, known without one.

use super::device::bytes_of;
use super::expand::expand;
use super::plan::{Traits, plan};
use super::woven::unwoven;
use crate::engine::EngineError;
use crate::graph::Graph;
use crate::rewrite::fold_constants;

/// What every card can do: what base WebGPU warrants, but for the size of tensors.
const CARD: Traits = Traits { bindings: 8, groups: 65_535, largest_tensor: 1 << 31, on_processor: false };

/// One launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The kernel, `family/name variant`.
    pub kernel: String,
    /// Bytes of the tensors that it reads and writes, each counted once.
    pub bytes: u64,
    /// Products and sums, roughly: pairs of a product and a sum of a matrix product or convolution, elements of others.
    pub work: u64,
}

/// The launches of `graph` with `batch` images on a graphics card, in order.
///
/// # Errors
/// As compiling it.
pub fn costs_on_card(graph: &Graph, batch: usize) -> Result<Vec<Cost>, EngineError> {
    let plan = plan(&fold_constants(&expand(&unwoven(graph)?)?)?, batch, CARD)?;
    let cost = |step: &super::plan::Step| {
        let mut tensors: Vec<usize> = step.bindings.iter().map(|(tensor, _)| tensor.0).collect();
        tensors.sort_unstable();
        tensors.dedup();
        Cost {
            kernel: format!("{} {}", step.kernel.name, step.kernel.variant),
            bytes: tensors.iter().map(|tensor| bytes_of(plan.tensors[*tensor].words)).sum(),
            work: step.work,
        }
    };
    Ok(plan.steps.iter().map(cost).collect())
}
