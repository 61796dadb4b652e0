//! Einsum: sums of products over axes that letters name, read as transposes, products and sums.
//! <https://onnx.ai/onnx/operators/onnx__Einsum.html>
//!
//! `bhqd,bhkd->bhqk` multiplies two tensors and sums over `d`. Tensors are taken in turn: what only one of them has and
//! nobody needs is summed, what both have and nobody needs is the inner axis of a matrix product, the rest stays.

mod contract;
mod equation;

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::Import;
use crate::ops::reshape::Reshape;
use contract::{Labelled, contract, ordered, summed};
use equation::Equation;

/// Reader of `Einsum` nodes.
pub const ONNX: &[Import] = &[("Einsum", |n| {
    let count = n.inputs.len();
    let values = (0..count).map(|i| n.input(i)).collect::<Result<Vec<_>, _>>()?;
    let ranks: Vec<usize> = values.iter().map(|v| n.b.ty(*v).rank()).collect();
    let text = n.text("equation", "")?;
    let equation = Equation::parse(&text, &ranks).map_err(|why| n.error(format!("equation `{text}`: {why}")))?;
    let result = n.build(|b| computed(b, &values, &equation))?;
    let shape = n.b.ty(result).shape.clone();
    n.apply_to(Reshape { shape }, &[result])
})];

/// The result of the equation on these tensors.
fn computed(b: &mut Builder, values: &[ValueId], equation: &Equation) -> Result<ValueId, GraphError> {
    let mut all: Option<Labelled> = None;
    for (index, (value, labels)) in values.iter().zip(&equation.inputs).enumerate() {
        let later = equation.inputs[index + 1..].iter().flatten();
        let needed: Vec<u32> = equation.output.iter().chain(later).copied().collect();
        let next = contract::without_repeats(b, Labelled { value: *value, labels: labels.clone() })?;
        let joined = match all {
            Some(before) => contract(b, &before, &next, &needed)?,
            None => next,
        };
        all = Some(summed(b, &joined, &needed)?);
    }
    match all {
        Some(all) => ordered(b, &all, &equation.output),
        None => Err(contract::refuse("it has no inputs")),
    }
}

#[cfg(test)]
mod tests {
    use crate::onnx::trial::Trial;

    /// Numbers of the `onnx` package's reference; derivatives by central differences.
    #[test]
    fn gives_the_numbers_of_the_standard() {
        Trial::of("Einsum").with("equation", "ij,jk").on(&[2, 3], &[-1.0, -1.2, 0.3, -1.8, 0.4, -1.3]).on(&[3, 2], &[0.7, -1.9, -0.8, 1.8, 0.2, 1.2]).gives(&[2, 2], &[0.3200001, 0.09999998, -1.84, 2.58]);
        Trial::of("Einsum").with("equation", "bnd,bmd->bnm").on(&[1, 2, 3], &[0.6, 0.4, -1.2, 0.3, -1.8, 1.2]).on(&[1, 2, 3], &[1.8, 1.4, -1.8, -0.6, -0.7, -1.5]).gives(&[1, 2, 2], &[3.8, 1.16, -4.14, -0.7200001]);
        Trial::of("Einsum").with("equation", "...ii ->...i").on(&[2, 3, 3], &[0.5, 1.2, -0.7, 1.5, 1.2, -1.5, 1.1, 1.5, -1.2, 0.3, 0.6, 0.4, -1.6, 0.6, 0.5, 1.3, 1.2, -0.7]).gives(&[2, 3], &[0.5, 1.2, -1.2, 0.3, 0.6, -0.7]);
        Trial::of("Einsum").with("equation", "ij,j,i->").on(&[2, 3], &[0.9, 1.5, 1.6, -1.4, -1.9, 0.6]).on(&[3], &[-1.1, 0.3, 1.8]).on(&[2], &[-0.5, -1.0]).gives(&[], &[-3.22]);
        Trial::of("Einsum").with("equation", "i,j->ij").on(&[2], &[-0.2, 0.6]).on(&[3], &[-1.6, -0.5, -1.5]).gives(&[2, 3], &[0.32, 0.1, 0.3, -0.96, -0.3, -0.9]);
    }
}
