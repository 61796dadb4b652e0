//! Groups: an anchor (a kernel) or nothing, followed by pointwise statements over the same elements, computed in one launch.
//!
//! A pointwise node joins the group of an argument that runs over the same elements in the same order, if no other argument needs
//! that group's results first and the launch still fits the device's number of bindings.

use std::collections::{BTreeSet, HashSet};

use super::operand::{Operand, Origin, Root, RootId, Term};
use crate::graph::NodeId;
use crate::ops::Op;
use crate::tensor::DType;

/// How a statement makes its value.
#[derive(Clone, Debug)]
pub(super) enum Made {
    /// The anchor's own result.
    ByAnchor,
    /// An operator on terms.
    By(Op, Vec<Term>, Vec<DType>),
    /// A stored copy of an operand.
    Copied(Operand),
}

/// One value of a group.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// The value.
    pub result: RootId,
    /// How it is made.
    pub made: Made,
}

impl Statement {
    /// Stored tensors that it may read.
    pub(super) fn operands(&self) -> impl Iterator<Item = &Operand> {
        let (terms, copied): (&[Term], _) = match &self.made {
            Made::ByAnchor => (&[], None),
            Made::By(_, terms, _) => (terms, None),
            Made::Copied(operand) => (&[], Some(operand)),
        };
        let of_terms = terms.iter().filter_map(|term| match term {
            Term::Operand(operand) => Some(operand),
            Term::Literal(_) => None,
        });
        of_terms.chain(copied)
    }
}

/// Nodes computed in one launch.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The node whose kernel it is, with its arguments; none for a chain of pointwise nodes alone.
    pub anchor: Option<(NodeId, Vec<Operand>)>,
    /// Number of elements that every statement runs over; `None` where nothing can join.
    pub domain: Option<usize>,
    /// Values in order.
    pub body: Vec<Statement>,
    /// Nodes whose results are made here.
    pub nodes: HashSet<NodeId>,
    /// Groups whose results are read.
    pub after: BTreeSet<usize>,
}

/// All groups with the tensors they make.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Stored tensors.
    pub roots: Vec<Root>,
    /// Groups; their order is not yet one in which they can run.
    pub all: Vec<Group>,
}

impl Groups {
    /// A tensor from `origin`.
    pub(super) fn root(&mut self, origin: Origin, dtype: DType, count: usize) -> RootId {
        self.roots.push(Root { origin, dtype, count });
        RootId(self.roots.len() - 1)
    }

    /// The group that makes a root.
    pub(super) fn maker(&self, root: RootId) -> Option<usize> {
        match self.roots[root.0].origin {
            Origin::Group(group) => Some(group),
            Origin::Input(_) | Origin::Constant(_) => None,
        }
    }

    /// A new group around an anchor with one result per entry of `results` (type and number of elements).
    pub(super) fn anchored(
        &mut self,
        node: NodeId,
        inputs: Vec<Operand>,
        results: &[(DType, usize)],
        can_be_joined: bool,
    ) -> Vec<RootId> {
        let index = self.all.len();
        let made: Vec<RootId> =
            results.iter().map(|(dtype, count)| self.root(Origin::Group(index), *dtype, *count)).collect();
        let after = inputs.iter().filter_map(|i| self.maker(i.root)).collect();
        let body = made.iter().map(|result| Statement { result: *result, made: Made::ByAnchor }).collect();
        let domain = can_be_joined.then(|| results[0].1);
        self.all.push(Group { anchor: Some((node, inputs)), domain, body, nodes: HashSet::from([node]), after });
        made
    }

    /// Adds a statement of `count` elements where it fits best: to a group that can take it, else to a new one.
    pub(super) fn place(
        &mut self,
        node: Option<NodeId>,
        made: Made,
        (dtype, count): (DType, usize),
        fits: impl Fn(&Self, usize, &[Operand]) -> bool,
    ) -> RootId {
        let probe = Statement { result: RootId(usize::MAX), made };
        let operands: Vec<Operand> = probe.operands().cloned().collect();
        let mut candidates: Vec<usize> = operands.iter().filter_map(|o| self.maker(o.root)).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let found = candidates
            .into_iter()
            .rev()
            .find(|group| self.can_join(*group, count, &operands) && fits(self, *group, &operands));
        let index = found.unwrap_or(self.all.len());
        if found.is_none() {
            let domain = Some(count);
            self.all.push(Group {
                anchor: None,
                domain,
                body: Vec::new(),
                nodes: HashSet::new(),
                after: BTreeSet::new(),
            });
        }
        let result = self.root(Origin::Group(index), dtype, count);
        let after: Vec<usize> = operands.iter().filter_map(|o| self.maker(o.root)).filter(|g| *g != index).collect();
        let group = &mut self.all[index];
        group.after.extend(after);
        group.nodes.extend(node);
        group.body.push(Statement { result, made: probe.made });
        result
    }

    fn can_join(&self, group: usize, count: usize, operands: &[Operand]) -> bool {
        self.all[group].domain == Some(count)
            && operands.iter().all(|operand| match self.maker(operand.root) {
                Some(maker) if maker == group => operand.view.is_dense(),
                Some(maker) => !self.needs(maker, group),
                None => true,
            })
    }

    /// Whether `group` reads, directly or not, what `other` makes.
    fn needs(&self, group: usize, other: usize) -> bool {
        let mut open = vec![group];
        let mut seen = HashSet::new();
        while let Some(at) = open.pop() {
            if at == other {
                return true;
            }
            if seen.insert(at) {
                open.extend(&self.all[at].after);
            }
        }
        false
    }

    /// The groups in an order in which each comes after those it reads.
    pub(super) fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.all.len());
        let mut state = vec![0_u8; self.all.len()];
        for start in 0..self.all.len() {
            let mut stack = vec![(start, false)];
            while let Some((at, done)) = stack.pop() {
                if done {
                    order.push(at);
                } else if state[at] == 0 {
                    state[at] = 1;
                    stack.push((at, true));
                    stack.extend(self.all[at].after.iter().rev().map(|g| (*g, false)));
                }
            }
        }
        order
    }
}
