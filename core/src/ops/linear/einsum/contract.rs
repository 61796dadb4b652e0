//! Products and sums of tensors whose axes have names.

use super::equation::ELLIPSIS;
use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::OpError;
use crate::ops::family::args;
use crate::ops::family::kernel_gradient::at;
use crate::tensor::{Dim, Shape, Tensor};

/// A tensor and its axes' names.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    pub value: ValueId,
    pub labels: Vec<u32>,
}

pub(super) fn refuse(why: impl Into<String>) -> GraphError {
    at("Einsum", OpError::Shape(why.into()))
}

impl Labelled {
    fn axis(&self, name: u32) -> Option<usize> {
        self.labels.iter().position(|n| *n == name)
    }

    fn size(&self, b: &Builder, name: u32) -> Dim {
        self.axis(name).map_or(Dim::ONE, |axis| b.ty(self.value).shape[axis])
    }

    fn sizes(&self, b: &Builder, names: &[u32]) -> Shape {
        names.iter().map(|name| self.size(b, *name)).collect()
    }

    /// Axes under these names in this order; those it does not have are of size 1.
    fn aligned(&self, b: &mut Builder, names: &[u32]) -> Result<ValueId, GraphError> {
        let order: Vec<usize> = names.iter().filter_map(|name| self.axis(*name)).collect();
        let shape = self.sizes(b, names);
        let turned = b.transpose(self.value, &order)?;
        b.reshape(turned, &shape)
    }
}

/// A name that one tensor has twice (`ii`) means its diagonal.
pub(super) fn without_repeats(b: &mut Builder, mut x: Labelled) -> Result<Labelled, GraphError> {
    while let Some((second, first)) = repeat(&x.labels) {
        let shape = b.ty(x.value).shape.clone();
        let size = args::known(shape[first], "a diagonal").map_err(|e| at("Einsum", e))?;
        if shape[first] != shape[second] {
            return Err(refuse(format!("a diagonal of {} by {}", shape[first], shape[second])));
        }
        let mut order: Vec<usize> = (0..shape.len()).filter(|axis| *axis != first && *axis != second).collect();
        let mut flat: Shape = order.iter().map(|axis| shape[*axis]).collect();
        order.extend([first, second]);
        flat.push(Dim::fixed(size * size));
        let turned = b.transpose(x.value, &order)?;
        let flat = b.reshape(turned, &flat)?;
        let diagonal: Vec<i64> = (0..size).filter_map(|i| i64::try_from(i * (size + 1)).ok()).collect();
        let diagonal = b.constant(Tensor::indices(&diagonal));
        let value = b.gather(flat, diagonal, shape.len() - 2)?;
        let labels = order[..shape.len() - 1].iter().map(|axis| x.labels[*axis]).collect();
        x = Labelled { value, labels };
    }
    Ok(x)
}

/// Places of a name's second and first use.
fn repeat(labels: &[u32]) -> Option<(usize, usize)> {
    labels.iter().enumerate().find_map(|(i, name)| labels[..i].iter().position(|n| n == name).map(|first| (i, first)))
}

/// Without the axes that nobody needs.
pub(super) fn summed(b: &mut Builder, x: &Labelled, needed: &[u32]) -> Result<Labelled, GraphError> {
    let spare: Vec<usize> = (0..x.labels.len()).filter(|axis| !needed.contains(&x.labels[*axis])).collect();
    let labels = x.labels.iter().copied().filter(|name| needed.contains(name)).collect();
    Ok(Labelled { value: b.reduce_sum(x.value, &spare, false)?, labels })
}

/// The product of two tensors, summed over what both have and nobody needs.
pub(super) fn contract(b: &mut Builder, x: &Labelled, y: &Labelled, needed: &[u32]) -> Result<Labelled, GraphError> {
    let own = |of: &Labelled, other: &Labelled| -> Vec<u32> {
        of.labels.iter().copied().filter(|n| needed.contains(n) || other.labels.contains(n)).collect()
    };
    let (kept_x, kept_y) = (own(x, y), own(y, x));
    let (x, y) = (summed(b, x, &kept_x)?, summed(b, y, &kept_y)?);
    let in_both = |name: &u32| x.labels.contains(name) && y.labels.contains(name);
    let (mut inner, mut shared) = (Vec::new(), Vec::new());
    for name in x.labels.iter().copied().filter(in_both) {
        // Sizes of 1 repeat along the other's; then it is no inner axis of a matrix product.
        let equal = x.size(b, name) == y.size(b, name);
        if !equal && x.size(b, name) != Dim::ONE && y.size(b, name) != Dim::ONE {
            let shown = if name >= ELLIPSIS { "...".to_owned() } else { char::from_u32(name).unwrap_or('?').to_string() };
            return Err(refuse(format!("`{shown}` is {} and {}", x.size(b, name), y.size(b, name))));
        }
        if needed.contains(&name) || !equal { shared.push(name) } else { inner.push(name) }
    }
    let rest = |of: &Labelled| of.labels.iter().copied().filter(|n| !in_both(n)).collect::<Vec<_>>();
    let (left, right) = (rest(&x), rest(&y));
    let labels: Vec<u32> = shared.iter().chain(&left).chain(&right).copied().collect();
    if inner.is_empty() {
        let (a, c) = (x.aligned(b, &labels)?, y.aligned(b, &labels)?);
        return Ok(Labelled { value: b.mul(a, c)?, labels });
    }
    let rows = product(&x.sizes(b, &left))?;
    let columns = product(&y.sizes(b, &right))?;
    let middle = product(&x.sizes(b, &inner))?;
    let a = as_matrices(b, &x, &shared, [&left, &inner], [rows, middle])?;
    let c = as_matrices(b, &y, &shared, [&inner, &right], [middle, columns])?;
    let all = b.matmul(a, c)?;
    let batch = b.ty(all).shape[..shared.len()].to_vec();
    let shape: Shape = batch.into_iter().chain(x.sizes(b, &left)).chain(y.sizes(b, &right)).collect();
    Ok(Labelled { value: b.reshape(all, &shape)?, labels })
}

/// `x` as [shared.., rows, columns].
fn as_matrices(
    b: &mut Builder,
    x: &Labelled,
    shared: &[u32],
    sides: [&Vec<u32>; 2],
    sizes: [Dim; 2],
) -> Result<ValueId, GraphError> {
    let names: Vec<u32> = shared.iter().chain(sides[0]).chain(sides[1]).copied().collect();
    let turned = x.aligned(b, &names)?;
    let shape: Shape = x.sizes(b, shared).into_iter().chain(sizes).collect();
    b.reshape(turned, &shape)
}

fn product(sizes: &[Dim]) -> Result<Dim, GraphError> {
    let all = sizes.iter().try_fold(Dim::ONE, |all, d| all.times(*d));
    all.ok_or_else(|| refuse("it multiplies the batch with itself"))
}

/// Axes in the order of the result.
pub(super) fn ordered(b: &mut Builder, x: &Labelled, output: &[u32]) -> Result<ValueId, GraphError> {
    x.aligned(b, output)
}
