//! From a graph at one batch size to groups: what is computed together, what is only looked at differently, what is stored.

use std::collections::HashSet;

use super::groups::{Groups, Made};
use super::operand::{Function, Operand, Origin, Root, RootId, Term};
use super::view::View;
use crate::engine::EngineError;
use crate::engine::wgpu::kernels;
use crate::engine::wgpu::pointwise::{is_pointwise, literal};
use crate::engine::wgpu::words::to_words;
use crate::graph::{Graph, Node, NodeId, Source, ValueId};
use crate::ops::Op;
use crate::tensor::DType;

/// A graph as groups, and where its values are.
#[derive(Debug)]
pub(super) struct Analysis<'g> {
    graph: &'g Graph,
    batch: usize,
    bindings: usize,
    groups: Groups,
    values: Vec<Option<Operand>>,
    readers: Vec<Vec<NodeId>>,
    results: HashSet<ValueId>,
    folded: HashSet<NodeId>,
}

/// What the rest of the plan is made from.
#[derive(Debug)]
pub(super) struct Analysed {
    /// Groups and stored tensors.
    pub groups: Groups,
    /// The stored tensor of each result of the graph.
    pub results: Vec<RootId>,
}

/// Groups of `graph` with `batch` images for a device that binds at most `bindings` storage buffers at once.
///
/// # Errors
/// [`EngineError::Lacking`] for an operator that has no kernel, [`EngineError::Range`] for a constant beyond 32 bits.
pub(super) fn analyse(graph: &Graph, batch: usize, bindings: usize) -> Result<Analysed, EngineError> {
    let mut readers = vec![Vec::new(); graph.values().len()];
    for (index, node) in graph.nodes().iter().enumerate() {
        for input in &node.inputs {
            readers[input.index()].push(NodeId::new(index));
        }
    }
    let results = graph.outputs().iter().map(|o| o.value).collect();
    let values = vec![None; graph.values().len()];
    let (groups, folded) = (Groups::default(), HashSet::new());
    let mut analysis = Analysis { graph, batch, bindings, groups, values, readers, results, folded };
    for (index, node) in graph.nodes().iter().enumerate() {
        analysis.visit(NodeId::new(index), node)?;
    }
    let results = graph.outputs().iter().map(|o| analysis.stored(o.value)).collect::<Result<_, _>>()?;
    Ok(Analysed { groups: analysis.groups, results })
}

impl<'g> Analysis<'g> {
    fn shape(&self, value: ValueId) -> Vec<usize> {
        self.graph.ty(value).at(self.batch)
    }

    fn dtype(&self, value: ValueId) -> DType {
        self.graph.ty(value).dtype
    }

    fn visit(&mut self, id: NodeId, node: &'g Node) -> Result<(), EngineError> {
        if let Some(operand) = self.laid_out(node)? {
            self.folded.insert(id);
            self.values[node.outputs[0].index()] = Some(operand);
            return Ok(());
        }
        if is_pointwise(&node.op) { self.pointwise(id, node) } else { self.anchor(id, node) }
    }

    /// The operand of a value; inputs and constants become roots when they are first asked for.
    fn operand(&mut self, value: ValueId) -> Operand {
        if let Some(operand) = &self.values[value.index()] {
            return operand.clone();
        }
        let shape = self.shape(value);
        let origin = match &self.graph.value(value).source {
            Source::Constant(tensor) => Origin::Constant(tensor.clone()),
            // Nodes come after what they read, so only inputs are left.
            Source::Input | Source::Node(_) => {
                Origin::Input(self.graph.inputs().iter().position(|i| *i == value).unwrap_or_default())
            }
        };
        let root = self.groups.root(origin, self.dtype(value), shape.iter().product());
        let operand = Operand::plain(root, &shape);
        self.values[value.index()] = Some(operand.clone());
        operand
    }

    /// The operand of a layout operator's result; `None` for other operators.
    fn laid_out(&mut self, node: &Node) -> Result<Option<Operand>, EngineError> {
        let is_layout = match &node.op {
            Op::Reshape(_) | Op::Transpose(_) | Op::Expand(_) | Op::Slice(_) => true,
            // f64 lies on the device as f32.
            Op::Cast(cast) => cast.to.is_real() && self.dtype(node.inputs[0]).is_real(),
            _ => false,
        };
        if !is_layout {
            return Ok(None);
        }
        let (input, shape) = (node.inputs[0], self.shape(node.outputs[0]));
        let rearrange = |view: &View, batch: usize| match &node.op {
            Op::Transpose(op) => Some(view.transposed(&op.order)),
            Op::Expand(_) => Some(view.broadcast(&shape)),
            Op::Slice(op) => view.sliced(op.axis, op.start.at(batch), op.len.at(batch)),
            _ => view.reshaped(&shape),
        };
        let operand = self.operand(input);
        if let Some(view) = rearrange(&operand.view, self.batch) {
            return Ok(Some(operand.through(view)));
        }
        // Digits in the way: the rearranged tensor is written out once.
        let root = self.stored(input)?;
        let plain = View::dense(&self.shape(input));
        Ok(rearrange(&plain, self.batch).map(|view| Operand { root, view, then: Vec::new() }))
    }

    /// The term of an argument that is read over `shape`.
    fn term(&mut self, value: ValueId, shape: &[usize]) -> Result<Term, EngineError> {
        if let Some(text) = self.spelled(value)? {
            return Ok(Term::Literal(text));
        }
        let operand = self.operand(value);
        let view = operand.view.broadcast(shape);
        Ok(Term::Operand(operand.through(view)))
    }

    /// A constant of one element as text.
    fn spelled(&self, value: ValueId) -> Result<Option<String>, EngineError> {
        let single = self.graph.constant(value).filter(|tensor| tensor.shape().iter().product::<usize>() == 1);
        let Some(tensor) = single else { return Ok(None) };
        Ok(to_words(tensor)?.first().and_then(|word| literal(*word, tensor.dtype())))
    }

    fn pointwise(&mut self, id: NodeId, node: &Node) -> Result<(), EngineError> {
        let output = node.outputs[0];
        let shape = self.shape(output);
        let types: Vec<DType> = node.inputs.iter().map(|i| self.dtype(*i)).collect();
        let terms = node.inputs.iter().map(|i| self.term(*i, &shape)).collect::<Result<Vec<_>, _>>()?;
        if let Some(operand) = self.as_function(node, &terms, &types) {
            self.folded.insert(id);
            self.values[output.index()] = Some(operand);
            return Ok(());
        }
        let made = Made::By(node.op.clone(), terms, types);
        let root = self.place(Some(id), made, (self.dtype(output), shape.iter().product()));
        self.values[output.index()] = Some(Operand::plain(root, &shape));
        Ok(())
    }

    /// The node as a function applied while loading, where that costs nothing: one stored operand, and nobody who needs the result
    /// as a whole. Reading the operand then takes the place of writing and reading the result.
    fn as_function(&self, node: &Node, terms: &[Term], types: &[DType]) -> Option<Operand> {
        let mut stored = terms.iter().filter_map(|term| match term {
            Term::Operand(operand) => Some(operand),
            Term::Literal(_) => None,
        });
        let (operand, None) = (stored.next()?, stored.next()) else { return None };
        let output = node.outputs[0];
        let light = |id: &NodeId| {
            let op = &self.graph.nodes()[id.index()].op;
            is_pointwise(op) || matches!(op, Op::Reshape(_) | Op::Transpose(_) | Op::Expand(_) | Op::Slice(_))
        };
        if self.results.contains(&output) || !self.readers[output.index()].iter().all(light) {
            return None;
        }
        let args = terms.iter().map(|term| match term {
            Term::Literal(text) => Some(text.clone()),
            Term::Operand(_) => None,
        });
        let mut operand = operand.clone();
        operand.then.push(Function::new(&node.op, args.collect(), types.to_vec()));
        Some(operand)
    }

    fn anchor(&mut self, id: NodeId, node: &Node) -> Result<(), EngineError> {
        if !kernels::has_kernel(&node.op) {
            return Err(EngineError::Lacking { node: node.name.clone(), op: node.op.rules().name() });
        }
        let mut inputs = Vec::with_capacity(node.inputs.len());
        for (index, input) in node.inputs.iter().enumerate() {
            let operand = self.operand(*input);
            let constant = matches!(self.groups.of(operand.root).origin, Origin::Constant(_));
            let taken_as_is =
                operand.then.is_empty() && kernels::reads_through(&node.op, index, &operand.view, constant);
            inputs.push(if taken_as_is { operand } else { Operand::plain(self.stored(*input)?, &self.shape(*input)) });
        }
        let sizes: Vec<(DType, usize)> =
            node.outputs.iter().map(|o| (self.dtype(*o), self.shape(*o).iter().product())).collect();
        let joins = kernels::can_be_joined(&node.op);
        let roots = self.groups.anchored(id, inputs, &sizes, joins);
        for (output, root) in node.outputs.iter().zip(roots) {
            self.values[output.index()] = Some(Operand::plain(root, &self.shape(*output)));
        }
        Ok(())
    }

    /// The tensor that holds a value as it is; made where there is none yet.
    fn stored(&mut self, value: ValueId) -> Result<RootId, EngineError> {
        let operand = self.operand(value);
        let shape = self.shape(value);
        let count: usize = shape.iter().product();
        if operand.is_plain() && self.groups.roots[operand.root.0].count == count {
            return Ok(operand.root);
        }
        let root = self.place(None, Made::Copied(operand), (self.dtype(value), count));
        self.values[value.index()] = Some(Operand::plain(root, &shape));
        Ok(root)
    }

    fn place(&mut self, node: Option<NodeId>, made: Made, size: (DType, usize)) -> RootId {
        let mut groups = std::mem::take(&mut self.groups);
        let root = groups.place(node, made, size, |groups, group, operands| self.fits(groups, group, operands));
        self.groups = groups;
        root
    }

    /// Whether the launch of `group` with `operands` more still binds few enough buffers.
    fn fits(&self, groups: &Groups, group: usize, operands: &[Operand]) -> bool {
        let at = &groups.all[group];
        let inside = |root: RootId| groups.maker(root) == Some(group);
        let of_body = at.body.iter().flat_map(super::groups::Statement::operands);
        let read: HashSet<RootId> = of_body.chain(operands).map(|o| o.root).filter(|r| !inside(*r)).collect();
        let by_anchor = at.anchor.as_ref().map_or(0, |(_, inputs)| inputs.len());
        let written = at.nodes.iter().filter(|id| self.escapes(**id, &at.nodes)).count() + 1;
        read.len() + by_anchor + written <= self.bindings
    }

    /// Whether somebody outside of `nodes` reads what `id` makes.
    fn escapes(&self, id: NodeId, nodes: &HashSet<NodeId>) -> bool {
        self.graph.nodes()[id.index()].outputs.iter().any(|output| {
            self.results.contains(output)
                || self.readers[output.index()].iter().any(|reader| {
                    !nodes.contains(reader) && (!self.folded.contains(reader) || self.escapes(*reader, nodes))
                })
        })
    }
}

impl Groups {
    /// Roots that somebody other than their maker needs as a whole.
    pub(super) fn kept(&self, results: &[RootId]) -> HashSet<RootId> {
        let mut kept: HashSet<RootId> = results.iter().copied().collect();
        for (index, group) in self.all.iter().enumerate() {
            let by_anchor = group.anchor.iter().flat_map(|(_, inputs)| inputs);
            let by_body = group.body.iter().flat_map(super::groups::Statement::operands);
            kept.extend(by_anchor.chain(by_body).map(|o| o.root).filter(|r| self.maker(*r) != Some(index)));
        }
        kept
    }

    /// One stored tensor.
    pub(super) fn of(&self, root: RootId) -> &Root {
        &self.roots[root.0]
    }
}
