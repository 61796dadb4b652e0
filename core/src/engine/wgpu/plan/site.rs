//! One group on its way to launches: what a kernel's chooser may ask and do.

use std::collections::HashSet;
use std::rc::Rc;

use stitchscope_shaders::Launch;

use super::emit::{Emit, emit};
use super::groups::{Group, Groups};
use super::operand::{Origin, RootId};
use super::{Draft, Home, Operand, Step, TensorId, Traits, Weights};
use crate::engine::EngineError;
use crate::engine::wgpu::words::to_words;
use crate::graph::{Graph, Node, ValueId};
use crate::tensor::{DType, Tensor};

/// How a launch is spread over workgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// So many workgroups in a row; the kernel reads `flat_group`.
    Flat(usize),
    /// One invocation per element, in workgroups of the kernel's size.
    Elements(usize),
}

/// A group with everything around it.
pub(crate) struct Site<'a, 'g> {
    draft: &'a mut Draft,
    graph: &'g Graph,
    batch: usize,
    groups: &'a Groups,
    group: &'a Group,
    kept: &'a HashSet<RootId>,
}

impl<'a, 'g> Site<'a, 'g> {
    pub(super) const fn new(
        draft: &'a mut Draft,
        graph: &'g Graph,
        batch: usize,
        groups: &'a Groups,
        group: &'a Group,
        kept: &'a HashSet<RootId>,
    ) -> Self {
        Self { draft, graph, batch, groups, group, kept }
    }

    /// The anchor's node; `None` for a chain of pointwise nodes.
    pub(crate) fn node(&self) -> Option<&'g Node> {
        self.group.anchor.as_ref().map(|(id, _)| &self.graph.nodes()[id.index()])
    }

    /// What the device is like.
    pub(crate) const fn traits(&self) -> Traits {
        self.draft.traits
    }

    /// The number of images.
    pub(crate) const fn batch(&self) -> usize {
        self.batch
    }

    /// Sizes of any value of the graph.
    pub(crate) fn sizes(&self, value: ValueId) -> Vec<usize> {
        self.graph.ty(value).at(self.batch)
    }

    /// Element type of the anchor's argument `index`.
    pub(crate) fn dtype(&self, index: usize) -> Option<DType> {
        self.node().and_then(|n| n.inputs.get(index)).map(|v| self.graph.ty(*v).dtype)
    }

    /// Number of elements of a group without an anchor.
    pub(crate) fn count(&self) -> usize {
        self.group.domain.unwrap_or_default()
    }

    /// Sizes of the anchor's argument `index`.
    pub(crate) fn shape(&self, index: usize) -> Vec<usize> {
        self.node().and_then(|n| n.inputs.get(index)).map_or_else(Vec::new, |v| self.graph.ty(*v).at(self.batch))
    }

    /// Sizes of the anchor's result `index`.
    pub(crate) fn result_shape(&self, index: usize) -> Vec<usize> {
        self.node().and_then(|n| n.outputs.get(index)).map_or_else(Vec::new, |v| self.graph.ty(*v).at(self.batch))
    }

    /// Number of arguments of the anchor.
    pub(crate) fn arity(&self) -> usize {
        self.group.anchor.as_ref().map_or(0, |(_, inputs)| inputs.len())
    }

    /// Argument `index` as it is seen.
    pub(crate) fn operand(&self, index: usize) -> Option<&Operand> {
        self.group.anchor.as_ref().and_then(|(_, inputs)| inputs.get(index))
    }

    /// The stored tensor of argument `index`.
    ///
    /// # Errors
    /// [`EngineError::Device`] when there is no such argument: our bug.
    pub(crate) fn input(&mut self, index: usize) -> Result<TensorId, EngineError> {
        let root = self.operand(index).map(|o| o.root).ok_or_else(|| self.broken("an argument is missing"))?;
        Ok(self.draft.tensor_of(self.groups, root))
    }

    /// The constant behind argument `index`, if it is one.
    pub(crate) fn constant(&self, index: usize) -> Option<&'g Tensor> {
        self.node().and_then(|n| n.inputs.get(index)).and_then(|v| self.graph.constant(*v))
    }

    /// The one word that argument `index` repeats, where that is a constant.
    ///
    /// # Errors
    /// [`EngineError::Range`] for an integer beyond 32 bits.
    pub(crate) fn repeated(&self, index: usize) -> Result<Option<u32>, EngineError> {
        let Some(operand) = self.operand(index).filter(|o| o.view.repeats_one()) else { return Ok(None) };
        match &self.groups.of(operand.root).origin {
            Origin::Constant(tensor) => Ok(to_words(tensor)?.first().copied()),
            Origin::Input(_) | Origin::Group(_) => Ok(None),
        }
    }

    /// The node that makes argument `index`.
    pub(crate) fn producer(&self, index: usize) -> Option<&'g Node> {
        self.node().and_then(|n| n.inputs.get(index)).and_then(|v| self.graph.producer(*v))
    }

    /// The graph around it.
    pub(crate) const fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// The tensor of the anchor's result `index`.
    ///
    /// # Errors
    /// As [`Site::input`].
    pub(crate) fn output(&mut self, index: usize) -> Result<TensorId, EngineError> {
        let root = self.group.body.get(index).map(|s| s.result).ok_or_else(|| self.broken("a result is missing"))?;
        Ok(self.draft.tensor_of(self.groups, root))
    }

    /// Room for `words` words that only this group's launches see.
    pub(crate) fn scratch(&mut self, words: usize) -> TensorId {
        self.draft.add(Home::Made, words)
    }

    /// A constant f32 table.
    pub(crate) fn numbers(&mut self, values: &[f32]) -> TensorId {
        let tensor = Tensor::f32(&[values.len()], values.to_vec()).unwrap_or_else(|_| Tensor::scalar(0.0));
        let weights = Weights { source: tensor, form: String::new(), words: Rc::new(to_words) };
        self.draft.add(Home::Constant(weights), values.len())
    }

    /// A constant argument, rearranged by the host into `words` words; `form` names the rearrangement with all its settings.
    pub(crate) fn rearranged(
        &mut self,
        source: &Tensor,
        form: &str,
        words: usize,
        rearrange: impl Fn(&[f32]) -> Vec<f32> + 'static,
    ) -> TensorId {
        let make = move |tensor: &Tensor| {
            let values = to_words(tensor)?.into_iter().map(f32::from_bits).collect::<Vec<_>>();
            Ok(rearrange(&values).into_iter().map(f32::to_bits).collect())
        };
        let weights = Weights { source: source.clone(), form: form.to_owned(), words: Rc::new(make) };
        self.draft.add(Home::Constant(weights), words)
    }

    /// A launch of a kernel that writes its own results.
    ///
    /// # Errors
    /// [`EngineError::Device`] when it needs more workgroups than the device has.
    pub(crate) fn launch(&mut self, launch: Launch<TensorId>, spread: Spread, work: u64) -> Result<(), EngineError> {
        self.push(launch, spread, work, None)
    }

    /// The launch that emits the anchor's result, with the group's statements fused into it.
    ///
    /// # Errors
    /// As [`Site::launch`].
    pub(crate) fn finish(&mut self, launch: Launch<TensorId>, spread: Spread, work: u64) -> Result<(), EngineError> {
        let fused = emit(self.groups, self.group, self.kept, launch.kernel.emit_binding);
        self.push(launch, spread, work, Some(fused))
    }

    /// A launch of a kernel that emits, into `target` as it is.
    ///
    /// # Errors
    /// As [`Site::launch`].
    pub(crate) fn store(
        &mut self,
        launch: Launch<TensorId>,
        target: TensorId,
        spread: Spread,
        work: u64,
    ) -> Result<(), EngineError> {
        self.push(launch, spread, work, None)?;
        if let Some(step) = self.draft.steps.last_mut() {
            step.bindings.push((target, true));
        }
        Ok(())
    }

    fn push(
        &mut self,
        launch: Launch<TensorId>,
        spread: Spread,
        work: u64,
        fused: Option<Emit>,
    ) -> Result<(), EngineError> {
        let Launch { kernel, constants, params, buffers } = launch;
        let mut bindings: Vec<(TensorId, bool)> =
            buffers.into_iter().zip(kernel.bindings).map(|(tensor, binding)| (tensor, binding.writes)).collect();
        let mut emit = None;
        if let Some(fused) = fused {
            for (root, writes) in fused.bindings {
                bindings.push((self.draft.tensor_of(self.groups, root), writes));
            }
            emit = Some(fused.text);
        }
        let groups = self.spread(spread, kernel.workgroup)?;
        if groups.contains(&0) {
            return Ok(());
        }
        self.draft.steps.push(Step { kernel, emit, constants, params, bindings, groups, work });
        Ok(())
    }

    fn spread(&self, spread: Spread, workgroup: [u32; 3]) -> Result<[u32; 3], EngineError> {
        let most = self.draft.traits.groups as usize;
        let per_group = workgroup.iter().product::<u32>().max(1) as usize;
        let [x, y] = match spread {
            Spread::Flat(groups) => folded(groups, most),
            Spread::Elements(count) => folded(count.div_ceil(per_group), most),
        };
        let number = |n: usize| u32::try_from(n).ok().filter(|n| *n as usize <= most);
        match (number(x), number(y)) {
            (Some(x), Some(y)) => Ok([x, y, 1]),
            _ => Err(self.broken(&format!("{x} x {y} workgroups are more than the device's {most}"))),
        }
    }

    /// An error that names the node.
    pub(crate) fn broken(&self, why: &str) -> EngineError {
        let node = self.node().map_or("pointwise operators", |n| n.name.as_str());
        EngineError::Device { engine: super::super::ENGINE, doing: format!("planning `{node}`"), why: why.to_owned() }
    }
}

/// A row of workgroups, folded where it is longer than `most`.
fn folded(groups: usize, most: usize) -> [usize; 2] {
    let rows = groups.div_ceil(most.max(1)).max(1);
    [groups.div_ceil(rows), rows]
}
