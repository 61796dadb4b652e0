//! Which of a file's outputs holds the logits: the one place where that is decided. Everything else is left out of the graph.

use super::super::OnnxError;
use super::Read;
use crate::graph::{Graph, ValueId};
use crate::ops::{Op, Role, Work};
use crate::tensor::{Dim, TensorType};

/// The output that was taken.
pub(super) struct Chosen {
    /// What was read up to it.
    pub read: Read,
    /// A sentence for people where others would do as well.
    pub note: Option<String>,
}

/// The output `wanted`, or the first of `names` that has one row of classes per image and is no activation, from which a layer leads to another
/// such output: a file that gives its features before its logits means the logits. Where none has such rows, the first that can be read, so
/// that a message can say what it is.
///
/// # Errors
/// When no output has the wanted name, or none can be read; then why the first cannot.
pub(super) fn chosen(
    file: &str,
    names: &[&str],
    wanted: Option<&str>,
    read: impl Fn(&str) -> Result<Read, OnnxError>,
) -> Result<Chosen, OnnxError> {
    if let Some(wanted) = wanted {
        let name = names
            .iter()
            .find(|name| **name == wanted)
            .ok_or_else(|| OnnxError::Graph(format!("{file} has no output `{wanted}`; it has {}", list(names))))?;
        return Ok(Chosen { read: read(name)?, note: None });
    }
    let (mut fit, mut unfit, mut first_error) = (Vec::new(), None, None);
    for name in names {
        match read(name) {
            Ok(read) if classes(read.result()) && no_logits(&read.graph, read.value()).is_none() => {
                fit.push((*name, read));
            }
            Ok(read) => {
                unfit.get_or_insert(read);
            }
            Err(why) => {
                first_error.get_or_insert(why);
            }
        }
    }
    let taken = (0..fit.len()).find(|at| !fit.iter().any(|other| goes_on(fit[*at].0, &fit[*at].1, &other.1)));
    let taken = taken.map(|at| fit.remove(at));
    match (taken, unfit, first_error) {
        (Some((name, read)), ..) => {
            let others: Vec<String> = fit.iter().map(|(name, read)| format!("`{name}` {}", read.result())).collect();
            Ok(Chosen { note: (!others.is_empty()).then(|| said(name, &others)), read })
        }
        (None, _, Some(why)) => Err(why),
        (None, Some(read), None) => Ok(Chosen { read, note: None }),
        (None, None, None) => Err(OnnxError::Graph(format!("{file} has no outputs; export the model again"))),
    }
}

/// What an output holds that looks like logits by its shape and does not say which class is how likely; [`None`] where it may be logits.
///
/// What only moves, casts, shifts or scales a value is passed by.
#[must_use]
pub fn no_logits(graph: &Graph, mut value: ValueId) -> Option<&'static str> {
    loop {
        let node = graph.producer(value)?;
        let mut made = node.inputs.iter().copied().filter(|input| graph.constant(*input).is_none());
        match (&node.op, made.next(), made.next()) {
            (Op::ArgMax(_), ..) => return Some("the number of a class (ArgMax), no logits"),
            (Op::TopK(_), ..) => {
                return Some("the largest logits in their order (TopK), which does not say whose they are");
            }
            (Op::ReduceMax(_), Some(before), _) if graph.ty(before).rank() == 2 => {
                return Some("the largest logit alone, which does not say whose it is");
            }
            (op, Some(before), None)
                if matches!(op, Op::Cast(_)) || [Role::Passive, Role::Affine].contains(&op.role()) =>
            {
                value = before;
            }
            _ => return None,
        }
    }
}

/// Whether layers lead from the output `name` to another.
fn goes_on(name: &str, read: &Read, other: &Read) -> bool {
    let layers = |read: &Read| read.graph.nodes().iter().filter(|node| node.op.work() != Work::None).count();
    other.graph.find(name).is_some() && layers(other) > layers(read)
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn said(taken: &str, others: &[String]) -> String {
    format!(
        "the logits are the output `{taken}`, the first that has a row of classes per image; {} would do too: write output = \
         \"...\" below its model in the recipe (--output on the command line) to take another",
        others.join(", ")
    )
}

/// `[N, K]`, or that with more axes of size 1, of real numbers.
fn classes(ty: &TensorType) -> bool {
    let Some((_, rest)) = ty.shape.split_first() else { return false };
    let wide = rest.iter().filter(|dim| **dim != Dim::ONE).count();
    ty.dtype.is_real() && !rest.is_empty() && wide <= 1 && rest.iter().all(|dim| dim.known().is_some())
}
