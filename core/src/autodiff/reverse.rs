//! The reverse walk and the bookkeeping of what has arrived where.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::graph::{Builder, GraphError, Node, ValueId};
use crate::ops::{Applied, Derivative};

/// Derivatives that have arrived at each value, not yet summed.
type Arrived = HashMap<ValueId, Vec<ValueId>>;

/// What stands in for the derivative through a node, given what has arrived at its results: one entry per argument. `None` leaves
/// the node its own rule.
pub(crate) type Stead<'a> =
    &'a dyn Fn(&mut Builder, &Node, &[Option<ValueId>]) -> Result<Option<Vec<Option<ValueId>>>, GraphError>;

/// Appends the derivative of `sum(of)` by each value of `by`.
///
/// `of` may have any shape: its elements are summed, so per-image losses `[N]` give per-image gradients. An entry is
/// `None` when `of` does not depend on that value, or only through operators whose derivative is zero.
///
/// # Errors
/// [`GraphError::NoDerivative`] naming the node when the path leads through an operator that has none.
pub fn gradients(b: &mut Builder, of: ValueId, by: &[ValueId]) -> Result<Vec<Option<ValueId>>, GraphError> {
    gradients_with(b, of, by, &|_, _, _| Ok(None))
}

/// As [`gradients`], with another derivative `instead` through some nodes.
pub(crate) fn gradients_with(
    b: &mut Builder,
    of: ValueId,
    by: &[ValueId],
    instead: Stead<'_>,
) -> Result<Vec<Option<ValueId>>, GraphError> {
    let shape = b.ty(of).shape.clone();
    let one = b.scalar_like(1.0, of);
    let seed = b.expand(one, &shape)?;
    let end = b.graph().nodes().len();
    let mut arrived = Arrived::from([(of, vec![seed])]);
    walk(b, 0..end, &mut arrived, by, instead)?;
    by.iter().map(|value| settle(b, &mut arrived, *value)).collect()
}

/// Walks the nodes of `range` backwards, sending what has arrived at results on to arguments.
fn walk(
    b: &mut Builder,
    range: Range<usize>,
    arrived: &mut Arrived,
    by: &[ValueId],
    instead: Stead<'_>,
) -> Result<(), GraphError> {
    let active = depending_on(&b.graph().nodes()[range.clone()], by);
    let is_active = |v: &ValueId| active.contains(v);
    for index in range.rev() {
        let node = b.graph().nodes()[index].clone();
        if !node.inputs.iter().any(is_active) || !node.outputs.iter().any(|o| arrived.contains_key(o)) {
            continue;
        }
        let wanted: Vec<bool> = node.inputs.iter().map(|i| is_active(i) && b.ty(*i).dtype.is_real()).collect();
        let upstream: Vec<Option<ValueId>> =
            node.outputs.iter().map(|o| settle(b, arrived, *o)).collect::<Result<_, _>>()?;
        if !wanted.contains(&true) {
            continue;
        }
        let gradients = match instead(b, &node, &upstream)? {
            Some(gradients) => gradients,
            None => through(b, &node, &upstream, &wanted, instead)?,
        };
        for ((input, gradient), wanted) in node.inputs.iter().zip(gradients).zip(wanted) {
            if let (Some(gradient), true) = (gradient, wanted) {
                check_shape(b, &node, *input, gradient)?;
                arrived.entry(*input).or_default().push(gradient);
            }
        }
    }
    Ok(())
}

/// The derivative through one node.
fn through(
    b: &mut Builder,
    node: &Node,
    upstream: &[Option<ValueId>],
    wanted: &[bool],
    instead: Stead<'_>,
) -> Result<Vec<Option<ValueId>>, GraphError> {
    b.set_scope(&format!("grad({})", node.name));
    let op = node.op.rules();
    let applied = Applied { inputs: &node.inputs, outputs: &node.outputs, upstream, wanted };
    let result = match op.derivative() {
        Derivative::Zero => Ok(vec![None; node.inputs.len()]),
        Derivative::Rule | Derivative::StandIn(_) | Derivative::None(_) => op.backward(b, &applied),
        Derivative::Parts => through_parts(b, node, upstream, wanted, instead),
    };
    b.set_scope("");
    result.map_err(|e| name_the_node(e, node))
}

/// Builds the node's parts and walks back through those.
fn through_parts(
    b: &mut Builder,
    node: &Node,
    upstream: &[Option<ValueId>],
    wanted: &[bool],
    instead: Stead<'_>,
) -> Result<Vec<Option<ValueId>>, GraphError> {
    let start = b.graph().nodes().len();
    let op = node.op.rules();
    let missing =
        GraphError::NoDerivative { node: node.name.clone(), op: op.name(), why: "it says parts and has none" };
    let outputs = op.parts(b, &node.inputs)?.ok_or(missing)?;
    let end = b.graph().nodes().len();
    let mut arrived = Arrived::new();
    for (output, dy) in outputs.iter().zip(upstream) {
        if let Some(dy) = dy {
            arrived.entry(*output).or_default().push(*dy);
        }
    }
    let by: Vec<ValueId> = node.inputs.iter().zip(wanted).filter(|(_, w)| **w).map(|(i, _)| *i).collect();
    walk(b, start..end, &mut arrived, &by, instead)?;
    let mut asked = HashSet::new();
    node.inputs
        .iter()
        .zip(wanted)
        // An argument given twice has one sum, which must be sent on once.
        .map(|(input, wanted)| if *wanted && asked.insert(*input) { settle(b, &mut arrived, *input) } else { Ok(None) })
        .collect()
}

/// Sums what has arrived at a value and remembers the sum.
fn settle(b: &mut Builder, arrived: &mut Arrived, value: ValueId) -> Result<Option<ValueId>, GraphError> {
    let Some(parts) = arrived.get(&value).cloned() else { return Ok(None) };
    let mut sum = parts[0];
    for part in &parts[1..] {
        sum = b.add(sum, *part)?;
    }
    arrived.insert(value, vec![sum]);
    Ok(Some(sum))
}

/// Values that depend on `by` through real numbers.
fn depending_on(nodes: &[Node], by: &[ValueId]) -> HashSet<ValueId> {
    let mut active: HashSet<ValueId> = by.iter().copied().collect();
    for node in nodes {
        if node.inputs.iter().any(|i| active.contains(i)) {
            active.extend(&node.outputs);
        }
    }
    active
}

/// A rule that returns another shape than its argument's is our bug; say so at the node instead of far away.
fn check_shape(b: &Builder, node: &Node, input: ValueId, gradient: ValueId) -> Result<(), GraphError> {
    let (expected, found) = (b.ty(input), b.ty(gradient));
    if expected == found {
        return Ok(());
    }
    Err(GraphError::Mismatch {
        what: format!("gradient of `{}` ({})", node.name, node.op.rules().name()),
        expected: expected.to_string(),
        found: found.to_string(),
    })
}

fn name_the_node(error: GraphError, at: &Node) -> GraphError {
    match error {
        GraphError::NoDerivative { node, op, why } if node.is_empty() => {
            GraphError::NoDerivative { node: at.name.clone(), op, why }
        }
        other => other,
    }
}
