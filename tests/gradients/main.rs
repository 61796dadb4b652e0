//! Are the gradients right, and does every operator say the same of itself in all its answers?
//!
//! Every example of every operator is tried in f64: its derivative against central differences, once and twice over, its
//! parts against its own evaluation, its inferred types against the results.

mod case;
mod difference;

use case::{Case, Derived, numbers};
use stitchscope_core::graph::GraphError;
use stitchscope_core::ops::{Derivative, Op};
use stitchscope_core::tensor::{Array, DType, Tolerance, relative_error};

/// Runs a check on all cases and reports all failures together.
fn on_all_cases(check: impl Fn(&Case) -> Result<(), String>) {
    let complaint = |case: Case| check(&case).err().map(|why| format!("{}: {why}", case.name));
    let failures: Vec<String> = case::all().into_iter().filter_map(complaint).collect();
    assert!(failures.is_empty(), "{} examples fail:\n{}", failures.len(), failures.join("\n"));
}

/// `found` is `expected` within the tolerance.
fn close(what: &str, found: &[f64], expected: &[f64], tolerance: Tolerance) -> Result<(), String> {
    // The tolerance takes NaN for NaN; an example at which nothing can be compared is a bad example.
    if expected.iter().any(|e| !e.is_finite()) {
        return Err(format!("{what}: the expected numbers are not finite"));
    }
    if tolerance.accepts(found, expected) {
        return Ok(());
    }
    let error = relative_error(found, expected);
    let pairs = found.iter().zip(expected);
    let worst = pairs.max_by(|(a, b), (c, d)| (*a - *b).abs().total_cmp(&(*c - *d).abs()));
    Err(format!("{what} off by {error:e}; worst (found, expected): {worst:?}; {} and {}", found.len(), expected.len()))
}

/// The weighted sum of the results, by the operator's own evaluation; `real_only` leaves out integers and truth values.
fn loss(case: &Case, arguments: &[Array], real_only: bool) -> Result<f64, String> {
    let results = case.evaluated(arguments)?;
    let counted = results.iter().zip(case.weights()?).filter(|(r, _)| !real_only || matches!(r, Array::Real(_)));
    Ok(counted.map(|(r, weights)| numbers(r).iter().zip(weights).map(|(y, w)| y * w).sum::<f64>()).sum())
}

/// Every derivative against differences of `loss`; where there is none, the differences must vanish.
fn check_derivatives(
    case: &Case,
    derived: &Derived,
    loss: impl Fn(&[Array]) -> Result<f64, String>,
) -> Result<(), String> {
    let results = case.run(&derived.graph, &case.arguments)?;
    for index in case.real() {
        let expected = difference::central(&case.arguments, index, &loss)?;
        let found = match derived.by.iter().position(|by| *by == index) {
            Some(place) => numbers(&results[place + 1]),
            None => vec![0.0; expected.len()],
        };
        close(&format!("derivative by argument {index}"), &found, &expected, Tolerance::Gradient)?;
    }
    Ok(())
}

#[test]
fn first_derivatives_agree_with_differences() {
    on_all_cases(|case| match case.op.rules().derivative() {
        Derivative::Rule | Derivative::Parts => {
            let derived = case.first_order().map_err(|e| e.to_string())?;
            check_derivatives(case, &derived, |arguments| loss(case, arguments, true))
        }
        Derivative::Zero | Derivative::StandIn(_) | Derivative::None(_) => Ok(()),
    });
}

#[test]
fn second_derivatives_agree_with_differences() {
    on_all_cases(|case| {
        if !matches!(case.op.rules().derivative(), Derivative::Rule | Derivative::Parts) {
            return Ok(());
        }
        let derived = match case.second_order() {
            Ok(Some(derived)) => derived,
            Ok(None) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        };
        check_derivatives(case, &derived, |arguments| Ok(numbers(&case.run(&derived.graph, arguments)?[0])[0]))
    });
}

#[test]
fn zero_derivatives_are_zero() {
    on_all_cases(|case| {
        if case.op.rules().derivative() != Derivative::Zero {
            return Ok(());
        }
        for index in case.real() {
            let slopes = difference::central(&case.arguments, index, |arguments| loss(case, arguments, false))?;
            close(&format!("argument {index}"), &slopes, &vec![0.0; slopes.len()], Tolerance::Exact)?;
        }
        Ok(())
    });
}

#[test]
fn missing_derivatives_have_a_reason() {
    on_all_cases(|case| match case.op.rules().derivative() {
        Derivative::None(why) if why.trim().is_empty() => Err("no reason is given".to_owned()),
        Derivative::None(why) => match case.first_order() {
            Err(GraphError::NoDerivative { why: told, .. }) if told == why => Ok(()),
            Err(other) => Err(format!("complains otherwise: {other}")),
            Ok(_) => Err("a gradient is built all the same".to_owned()),
        },
        Derivative::Rule | Derivative::Parts | Derivative::Zero | Derivative::StandIn(_) => Ok(()),
    });
}

#[test]
fn parts_compute_the_same() {
    on_all_cases(|case| {
        let Some(parts) = case.by_parts()? else {
            let promised = case.op.rules().derivative() == Derivative::Parts;
            return if promised { Err("says parts and has none".to_owned()) } else { Ok(()) };
        };
        let whole = case.evaluated(&case.arguments)?;
        if parts.len() != whole.len() {
            return Err(format!("{} results by parts, {} by evaluation", parts.len(), whole.len()));
        }
        for (index, (part, whole)) in parts.iter().zip(&whole).enumerate() {
            if part.shape() != whole.shape() {
                return Err(format!("result {index}: parts give {:?}, not {:?}", part.shape(), whole.shape()));
            }
            close(&format!("result {index}"), &numbers(part), &numbers(whole), Tolerance::Double)?;
        }
        Ok(())
    });
}

#[test]
fn inferred_types_are_those_of_the_results() {
    on_all_cases(|case| {
        let (types, results) = (case.inferred()?, case.evaluated(&case.arguments)?);
        if types.len() != results.len() {
            return Err(format!("{} types for {} results", types.len(), results.len()));
        }
        for (ty, result) in types.iter().zip(&results) {
            let kind_fits = match result {
                Array::Real(_) => ty.dtype.is_real(),
                Array::Int(_) => ty.dtype == DType::I64,
                Array::Bool(_) => ty.dtype == DType::Bool,
            };
            if ty.at(1) != result.shape() || !kind_fits {
                return Err(format!("inferred {ty}, evaluated {:?}", result.shape()));
            }
        }
        Ok(())
    });
}

#[test]
fn every_operator_has_examples() {
    let examples = Op::all_examples();
    let names: Vec<&str> = examples.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, Op::NAMES);
    let bare: Vec<&str> = examples.iter().filter(|(_, cases)| cases.is_empty()).map(|(name, _)| *name).collect();
    assert!(bare.is_empty(), "operators without an example: {bare:?}");
}
