//! From a graph at one batch size to launches: which kernels run in which order on which tensors.
//!
//! `analysis` decides what is computed together (`groups`), what is only looked at differently (`view`, `operand`); the kernels'
//! choosers in `kernels/` turn every group into launches; `emit` writes the code that is fused into them; `memory` lets tensors
//! that do not live at the same time share a buffer. Nothing here touches a device, so plans are tested without one.

mod analysis;
mod emit;
mod groups;
mod memory;
mod operand;
mod site;
mod view;

use std::collections::HashMap;
use std::rc::Rc;

use stitchscope_shaders::Kernel;

pub(super) use memory::Slots;
pub(super) use operand::Operand;
pub(super) use site::{Site, Spread};
pub(super) use view::View;

use crate::engine::EngineError;
use crate::graph::Graph;
use crate::tensor::Tensor;
use operand::{Origin, RootId};

use super::kernels;

/// A tensor of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct TensorId(pub usize);

/// From a tensor to the words that a kernel reads.
pub(super) type Rearrange = dyn Fn(&Tensor) -> Result<Vec<u32>, EngineError>;

/// A constant on its way to the device.
#[derive(Clone)]
pub(super) struct Weights {
    /// Where it comes from; equal sources with equal `form` are the same words.
    pub source: Tensor,
    /// How it is rearranged for its kernel; empty for not at all.
    pub form: String,
    /// The words.
    pub words: Rc<Rearrange>,
}

/// Where a tensor's contents come from.
#[derive(Clone)]
pub(super) enum Home {
    /// Argument of the run.
    Input(usize),
    /// Uploaded once.
    Constant(Weights),
    /// Written by steps.
    Made,
}

/// A tensor's contents and size.
#[derive(Clone)]
pub(super) struct Planned {
    /// Where the contents come from.
    pub home: Home,
    /// Number of words.
    pub words: usize,
}

/// One launch.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// What runs.
    pub kernel: &'static Kernel,
    /// Generated code in place of the kernel's own emit block.
    pub emit: Option<String>,
    /// Values of the kernel's `override` constants.
    pub constants: Vec<(&'static str, f64)>,
    /// Words of the uniform block.
    pub params: Vec<u32>,
    /// Storage buffers from binding 1 on, and whether each is written.
    pub bindings: Vec<(TensorId, bool)>,
    /// Workgroups along x, y and z.
    pub groups: [u32; 3],
    /// Products and sums, roughly: how long it will take compared with others.
    pub work: u64,
}

/// All launches of a program at one batch size.
pub(super) struct Plan {
    /// Tensors.
    pub tensors: Vec<Planned>,
    /// Launches in order.
    pub steps: Vec<Step>,
    /// The tensor of each result of the graph.
    pub results: Vec<TensorId>,
    /// Buffers that steps share.
    pub slots: Slots,
}

/// What a plan must know of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Traits {
    /// Storage buffers that a launch may bind.
    pub bindings: usize,
    /// Workgroups along one axis of a launch.
    pub groups: u32,
    /// Bytes that a kernel can see of one tensor.
    pub largest_tensor: u64,
    /// Whether the device is a processor in disguise.
    pub on_processor: bool,
}

/// The plan of a graph that `expand` has prepared.
///
/// # Errors
/// [`EngineError::Lacking`] for an operator without a kernel, [`EngineError::TooLarge`] for a tensor beyond the device.
pub(super) fn plan(graph: &Graph, batch: usize, traits: Traits) -> Result<Plan, EngineError> {
    let analysed = analysis::analyse(graph, batch, traits.bindings)?;
    let mut draft = Draft { traits, tensors: Vec::new(), steps: Vec::new(), of_root: HashMap::new() };
    let kept = analysed.groups.kept(&analysed.results);
    for index in analysed.groups.in_order() {
        let group = &analysed.groups.all[index];
        let mut site = Site::new(&mut draft, graph, batch, &analysed.groups, group, &kept);
        kernels::lower(&mut site)?;
    }
    let results: Vec<TensorId> = analysed.results.iter().map(|r| draft.tensor_of(&analysed.groups, *r)).collect();
    draft.check_sizes()?;
    let slots = memory::share(&draft.tensors, &draft.steps, &results);
    Ok(Plan { tensors: draft.tensors, steps: draft.steps, results, slots })
}

/// A plan in the making.
pub(super) struct Draft {
    traits: Traits,
    tensors: Vec<Planned>,
    steps: Vec<Step>,
    of_root: HashMap<RootId, TensorId>,
}

impl Draft {
    fn add(&mut self, home: Home, words: usize) -> TensorId {
        self.tensors.push(Planned { home, words });
        TensorId(self.tensors.len() - 1)
    }

    fn tensor_of(&mut self, groups: &groups::Groups, root: RootId) -> TensorId {
        if let Some(known) = self.of_root.get(&root) {
            return *known;
        }
        let root_info = groups.of(root);
        let home = match &root_info.origin {
            Origin::Input(index) => Home::Input(*index),
            Origin::Constant(tensor) => {
                let words = Rc::new(super::words::to_words);
                Home::Constant(Weights { source: tensor.clone(), form: String::new(), words })
            }
            Origin::Group(_) => Home::Made,
        };
        let tensor = self.add(home, root_info.count);
        self.of_root.insert(root, tensor);
        tensor
    }

    fn check_sizes(&self) -> Result<(), EngineError> {
        let largest = self.tensors.iter().map(|t| super::device::bytes_of(t.words)).max().unwrap_or(0);
        let most = self.traits.largest_tensor;
        if largest > most { Err(EngineError::TooLarge { bytes: largest, most }) } else { Ok(()) }
    }
}

impl Plan {
    /// Bytes of all tensors that steps make, as if none shared a buffer.
    #[cfg(any(test, feature = "trial"))]
    pub(super) fn unshared_bytes(&self) -> u64 {
        let made = self.tensors.iter().filter(|t| matches!(t.home, Home::Made));
        made.map(|t| super::device::bytes_of(t.words)).sum()
    }
}
