//! The integer arithmetic that exporters put around reshapes, slices and resizes, folded while a model is read.
//!
//! `x.view(x.size(0), -1)` arrives as Shape, Gather, Unsqueeze, Concat, Reshape. Everything but the Reshape is computed
//! here on [`Symbols`], whose elements may depend on the batch, so the graph proper holds only tensors.

mod elementwise;
mod structure;

pub(super) use structure::part;

use super::node::NodeInfo;
use super::symbols::Symbols;
use super::{AttributeValue, OnnxError};

/// A node whose present inputs are all known integers.
pub(super) struct Fold<'a> {
    /// The node.
    pub info: &'a NodeInfo,
    /// Its inputs; `None` where one is left out.
    pub inputs: &'a [Option<Symbols>],
}

/// Folds a node, or answers `None` when it is none of the shape arithmetic (its operator file reads it then).
///
/// # Errors
/// [`OnnxError::Node`] when the result has no form `batch * N + fixed`, or the node is malformed.
pub(super) fn fold(info: &NodeInfo, inputs: &[Option<Symbols>]) -> Result<Option<Symbols>, OnnxError> {
    let node = Fold { info, inputs };
    let folded = match info.op_type.as_str() {
        // The remainder with the sign of the first is not for sizes; its own file reads that.
        "Mod" if node.int_attribute("fmod", 0) != 0 => return Ok(None),
        "Add" | "Sub" | "Mul" | "Div" | "Mod" | "Min" | "Max" | "Equal" => elementwise::binary(&node),
        "Neg" => elementwise::negate(&node),
        "Where" => elementwise::select(&node),
        "Cast" => return elementwise::cast(&node),
        "Identity" => node.input(0).cloned(),
        "Gather" => structure::gather(&node),
        "Slice" => structure::slice(&node),
        "Concat" => structure::concat(&node),
        "Unsqueeze" => structure::unsqueeze(&node),
        "Squeeze" => structure::squeeze(&node),
        "Reshape" => structure::reshape(&node),
        "Transpose" => structure::transpose(&node),
        // Integers repeated for every image are data, not sizes; Expand's own file reads that.
        "Expand" if node.maybe(1).is_some_and(|shape| shape.known().is_none()) => return Ok(None),
        "Expand" => structure::expand(&node),
        "ReduceProd" | "ReduceSum" => structure::reduce(&node),
        "Range" => structure::range(&node),
        _ => return Ok(None),
    };
    folded.map(Some)
}

impl Fold<'_> {
    /// An error at this node.
    fn error(&self, why: impl Into<String>) -> OnnxError {
        self.info.error(why)
    }

    fn no_form(&self) -> OnnxError {
        self.error(
            "this size does not depend on the batch as a*N+b with whole a and b; export the model with fixed sizes except \
             for the batch",
        )
    }

    fn input(&self, index: usize) -> Result<&Symbols, OnnxError> {
        self.maybe(index).ok_or_else(|| self.error(format!("input {index} is missing")))
    }

    fn maybe(&self, index: usize) -> Option<&Symbols> {
        self.inputs.get(index).and_then(Option::as_ref)
    }

    /// Input `index` as plain integers, if it is there.
    fn ints(&self, index: usize) -> Result<Option<Vec<i64>>, OnnxError> {
        self.maybe(index).map(|s| s.known().ok_or_else(|| self.no_form())).transpose()
    }

    fn int_attribute(&self, name: &str, default: i64) -> i64 {
        match self.info.attributes.get(name) {
            Some(AttributeValue::Int(value)) => *value,
            _ => default,
        }
    }

    /// Axes from the attribute (older opsets) or from input `index`.
    fn axes(&self, index: usize) -> Result<Option<Vec<i64>>, OnnxError> {
        match self.info.attributes.get("axes") {
            Some(AttributeValue::Ints(axes)) => Ok(Some(axes.clone())),
            _ => self.ints(index),
        }
    }

    /// An axis counted from either end.
    fn axis(&self, axis: i64, rank: usize) -> Result<usize, OnnxError> {
        let from_start = if axis < 0 { axis.saturating_add_unsigned(rank as u64) } else { axis };
        usize::try_from(from_start)
            .ok()
            .filter(|a| *a < rank)
            .ok_or_else(|| self.error(format!("axis {axis} is not among the {rank} axes of the input")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::SymbolicInt;
    use super::*;

    const N: SymbolicInt = SymbolicInt { batch: 1, fixed: 0 };

    fn run(op_type: &str, attributes: &[(&str, AttributeValue)], inputs: &[Symbols]) -> Result<Symbols, OnnxError> {
        let info = NodeInfo {
            name: "n".into(),
            op_type: op_type.into(),
            opset: 17,
            attributes: attributes.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect(),
            outputs: vec!["y".into()],
            ..NodeInfo::default()
        };
        let inputs: Vec<Option<Symbols>> = inputs.iter().cloned().map(Some).collect();
        fold(&info, &inputs).map(|s| s.expect("shape arithmetic"))
    }

    fn list(values: &[i64]) -> Symbols {
        Symbols::list(values.iter().map(|v| SymbolicInt::fixed(*v)).collect())
    }

    fn int(value: i64) -> Symbols {
        Symbols::scalar(SymbolicInt::fixed(value))
    }

    #[test]
    fn a_flattening_view_folds() {
        let shape = Symbols::list(vec![N, SymbolicInt::fixed(8), SymbolicInt::fixed(4)]);
        let first = run("Gather", &[], &[shape.clone(), int(0)]).unwrap();
        assert_eq!(first, Symbols::scalar(N));
        let rows = run("Unsqueeze", &[], &[first, list(&[0])]).unwrap();
        let target = run("Concat", &[("axis", AttributeValue::Int(0))], &[rows, list(&[-1])]).unwrap();
        assert_eq!(target.flat(), [N, SymbolicInt::fixed(-1)]);
        let tail = run("Slice", &[], &[shape.clone(), list(&[1]), list(&[i64::MAX])]).unwrap();
        assert_eq!(tail.known().unwrap(), [8, 4]);
        let all = run("ReduceProd", &[("keepdims", AttributeValue::Int(0))], &[shape]).unwrap();
        assert_eq!(all, Symbols::scalar(SymbolicInt { batch: 32, fixed: 0 }));
    }

    #[test]
    fn what_has_other_axes_is_not_joined() {
        let wide = |values: &[i64], shape: &[i64]| run("Reshape", &[], &[list(values), list(shape)]).unwrap();
        for (axis, parts) in [
            (0, vec![list(&[1, 2]), int(3)]),
            (0, vec![int(3), list(&[1, 2])]),
            (2, vec![wide(&[1, 2], &[1, 1, 2]), wide(&[1, 2], &[1, 2])]),
            (1, vec![wide(&[1, 2], &[1, 2]), list(&[1])]),
        ] {
            let said = run("Concat", &[("axis", AttributeValue::Int(axis))], &parts).unwrap_err().to_string();
            assert!(said.contains("`n`") && said.contains("axes"), "{said}");
        }
        assert!(
            run("Concat", &[("axis", AttributeValue::Int(0))], &[wide(&[1, 2], &[1, 2]), wide(&[1], &[1, 1])]).is_err()
        );
    }

    #[test]
    fn arithmetic_keeps_the_batch_exact_or_refuses() {
        let n = Symbols::scalar(N);
        let times = run("Mul", &[], &[n.clone(), list(&[2, 3])]).unwrap();
        assert_eq!(times.flat()[1], SymbolicInt { batch: 3, fixed: 0 });
        assert_eq!(run("Div", &[], &[times.clone(), n.clone()]).unwrap().known().unwrap(), [2, 3]);
        assert_eq!(run("Mod", &[], &[list(&[-7]), int(3)]).unwrap().known().unwrap(), [2]);
        assert_eq!(run("Div", &[], &[list(&[-7]), int(2)]).unwrap().known().unwrap(), [-3]);
        assert!(run("Mul", &[], &[n.clone(), n.clone()]).unwrap_err().to_string().contains("a*N+b"));
        assert!(run("Div", &[], &[n.clone(), int(2)]).is_err());
        assert!(run("Div", &[], &[int(1), int(0)]).is_err());
        assert!(run("Mul", &[], &[int(i64::MAX), int(2)]).is_err());
        let equal = run("Equal", &[], &[n, int(-1)]).unwrap();
        assert_eq!(run("Where", &[], &[equal, int(5), int(6)]).unwrap(), int(6));
    }

    #[test]
    fn lists_are_made_and_cut() {
        assert_eq!(run("Range", &[], &[int(5), int(0), int(-2)]).unwrap().known().unwrap(), [5, 3, 1]);
        assert!(run("Range", &[], &[int(0), int(1 << 40), int(1)]).is_err());
        let back = run("Slice", &[], &[list(&[1, 2, 3]), list(&[-1]), list(&[i64::MIN]), list(&[0]), list(&[-1])]);
        assert_eq!(back.unwrap().known().unwrap(), [3, 2, 1]);
        let square = run("Reshape", &[], &[list(&[1, 2, 3, 4]), list(&[2, -1])]).unwrap();
        assert_eq!(square.array.shape(), [2, 2]);
        assert_eq!(run("Gather", &[], &[square.clone(), int(-1)]).unwrap().known().unwrap(), [3, 4]);
        // How PyTorch brings the sizes of a border into ONNX's order.
        let turned = |perm: &[i64]| {
            run("Transpose", &[("perm", AttributeValue::Ints(perm.to_vec()))], std::slice::from_ref(&square))
        };
        assert_eq!(turned(&[1, 0]).unwrap().known().unwrap(), [1, 3, 2, 4]);
        assert_eq!(run("Transpose", &[], std::slice::from_ref(&square)).unwrap().known().unwrap(), [1, 3, 2, 4]);
        assert!(turned(&[0, 0]).is_err() && turned(&[1]).is_err() && turned(&[0, 2]).is_err());
    }
}
