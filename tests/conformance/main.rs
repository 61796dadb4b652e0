//! Do the engines compute what the oracle computes, and do writing and simplifying keep it?
//!
//! Every example of every operator, forward and as the gradient of a random functional, with its weights given and frozen,
//! with a fixed and with a free batch. All failures are told together.

mod adapters;
mod agree;
mod cards;
mod case;
mod compiled;
mod lacking;
mod processor;

use std::collections::HashSet;
use std::rc::Rc;

use agree::agree;
use bytes::Bytes;
use case::{Case, Trial};
use lacking::LACKING;
use stitchscope_core::engine::Engine;
use stitchscope_core::graph::{Graph, dump};
use stitchscope_core::onnx::{WriteOptions, read_step, write};
use stitchscope_core::ops::Op;
use stitchscope_core::platform::block_on;
use stitchscope_core::rewrite::simplify;
use stitchscope_core::tensor::Tolerance;
use stitchscope_tests::{Failures, Fallible, close, ort_unless_left_out, reference, results, run};

/// Runs a check on cases; what is known to fail must fail.
fn on_all(check: &str, cases: &[Case], test: impl Fn(&Case) -> Fallible) {
    let mut failures = Failures::default();
    let mut known = HashSet::new();
    for case in cases {
        let expected = LACKING.iter().position(|l| l.check == check && case.name.starts_with(l.case));
        match (test(case), expected) {
            (Err(_), Some(index)) => {
                known.insert(index);
            }
            (outcome, _) => failures.note(&case.name, outcome),
        }
    }
    for (index, lacking) in LACKING.iter().enumerate().filter(|(_, l)| l.check == check) {
        let passes = if known.contains(&index) { Ok(()) } else { Err(format!("passes now ({})", lacking.why)) };
        failures.note(lacking.case, passes);
    }
    failures.settle();
}

/// ONNX Runtime's results are the oracle's, where it is not left out, for the graph as it is and simplified.
fn engines_agree(trial: &Trial) -> Fallible {
    ort_unless_left_out().map_or(Ok(()), |engine| agrees(&engine, trial))
}

/// As [`agree::agrees`].
fn agrees(engine: &Rc<dyn Engine>, trial: &Trial) -> Fallible {
    block_on(agree::agrees(engine.as_ref(), trial))
}

/// Forward and gradient.
fn both(engine: &Rc<dyn Engine>, case: &Case) -> Fallible {
    on_forward(case, |trial| agrees(engine, trial))?;
    on_gradient(case, |trial| agrees(engine, trial))
}

/// The results have the shapes that were inferred.
fn shapes_hold(trial: &Trial) -> Fallible {
    let results = run(&reference(), &trial.graph, &trial.arguments)?;
    for (result, output) in results.iter().zip(trial.graph.outputs()) {
        let promised = trial.graph.ty(output.value).at(trial.images);
        if result.shape() != promised {
            return Err(format!("{}: shape {:?}, inferred {promised:?}", output.name, result.shape()).into());
        }
    }
    Ok(())
}

/// Written and read, a graph computes the same, and a second writing changes nothing.
fn survives_writing(trial: &Trial) -> Fallible {
    let again = |graph: &Graph| -> Fallible<Graph> {
        Ok(read_step(Bytes::from(write(graph, &WriteOptions::named("case"))?), "case.onnx")?)
    };
    let graph = &trial.graph;
    let once = again(graph)?;
    let twice = again(&once)?;
    if dump(&once) != dump(&twice) {
        return Err(format!("a second writing changes\n{}to\n{}", dump(&once), dump(&twice)).into());
    }
    let expected = run(&reference(), graph, &trial.arguments)?;
    let found = run(&reference(), &once, &trial.arguments)?;
    // Equal operators give equal bits; an operator that ONNX lacks comes back as its parts.
    let operators = |g: &Graph| g.nodes().iter().map(|n| format!("{:?}", n.op)).collect::<Vec<_>>();
    let same = operators(graph) == operators(&once);
    agree(graph, &found, &expected, if same { Tolerance::Exact } else { Tolerance::Operator })
}

/// Simplifying changes no result and no type.
fn survives_simplifying(trial: &Trial) -> Fallible {
    let graph = &trial.graph;
    let simple = simplify(graph)?;
    let expected = run(&reference(), graph, &trial.arguments)?;
    let found = run(&reference(), &simple, &trial.arguments)?;
    for (old, new) in graph.outputs().iter().zip(simple.outputs()) {
        if (&old.name, graph.ty(old.value)) != (&new.name, simple.ty(new.value)) {
            return Err(format!("{} {} became {}", old.name, graph.ty(old.value), simple.ty(new.value)).into());
        }
    }
    agree(graph, &found, &expected, Tolerance::Operator)
}

/// What a node reads stands before it: an input, a constant or a result of an earlier node; simplified too.
fn is_sorted(trial: &Trial) -> Fallible {
    for graph in [&trial.graph, &simplify(&trial.graph)?] {
        let mut known: HashSet<_> = graph.inputs().iter().copied().collect();
        for node in graph.nodes() {
            if let Some(late) = node.inputs.iter().find(|v| !known.contains(v) && graph.constant(**v).is_none()) {
                return Err(format!("{} is read before it is made:\n{}", graph.value(*late).name, dump(graph)).into());
            }
            known.extend(node.outputs.iter().copied());
        }
    }
    Ok(())
}

/// The check on the operator alone.
fn on_forward(case: &Case, check: impl Fn(&Trial) -> Fallible) -> Fallible {
    check(&case.forward()?)
}

/// The check on the gradient, where there is one.
fn on_gradient(case: &Case, check: impl Fn(&Trial) -> Fallible) -> Fallible {
    case.gradient()?.map_or(Ok(()), |trial| check(&trial))
}

/// Operators of these cases.
fn covered(cases: &[Case], counts: impl Fn(&Case) -> bool) -> HashSet<&str> {
    cases.iter().filter(|case| counts(case)).filter_map(|case| case.name.split(' ').next()).collect()
}

#[test]
fn no_operator_is_forgotten() {
    let (cases, free) = (case::all(), case::with_free_batch());
    let missing = |covered: &HashSet<&str>| -> Vec<&str> {
        Op::NAMES.iter().copied().filter(|name| !covered.contains(name)).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(missing(&covered(&cases, |_| true)), none, "without a case");
    // Reshape and Expand have their shapes written out in their examples, the others take no real numbers.
    let fixed = ["Not", "And", "Or", "Reshape", "Expand", "OneHot"];
    assert_eq!(missing(&covered(&free, |_| true)), fixed, "without a free batch");
    let promised = covered(&cases, Case::promises_gradient);
    let built = covered(&cases, |case| case.gradient().is_ok_and(|trial| trial.is_some()));
    assert!(promised.is_subset(&built), "without a gradient: {:?}", promised.difference(&built));
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn onnx_runtime_computes_every_operator() {
    on_all("forward", &case::all(), |case| on_forward(case, engines_agree));
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn onnx_runtime_computes_every_gradient() {
    on_all("gradient", &case::all(), |case| on_gradient(case, engines_agree));
}

#[test]
fn operators_work_with_a_free_batch() {
    on_all("free batch", &case::with_free_batch(), |case| {
        on_forward(case, shapes_hold)?;
        on_forward(case, engines_agree)
    });
}

#[test]
fn gradients_work_with_a_free_batch() {
    on_all("gradient, free batch", &case::with_free_batch(), |case| {
        on_gradient(case, shapes_hold)?;
        on_gradient(case, engines_agree)
    });
}

#[test]
fn written_operators_are_read_as_they_were() {
    on_all("writing", &case::all(), |case| on_forward(case, survives_writing));
    on_all("writing, free batch", &case::with_free_batch(), |case| on_forward(case, survives_writing));
}

#[test]
fn written_gradients_are_read_as_they_were() {
    on_all("writing a gradient", &case::all(), |case| on_gradient(case, survives_writing));
    on_all("writing a gradient, free batch", &case::with_free_batch(), |case| on_gradient(case, survives_writing));
}

#[test]
fn every_graph_is_sorted() {
    on_all("sorting", &case::all(), |case| on_forward(case, is_sorted));
    on_all("sorting a gradient", &case::all(), |case| on_gradient(case, is_sorted));
}

#[test]
fn simplifying_changes_no_operator() {
    on_all("simplifying", &case::all(), |case| on_forward(case, survives_simplifying));
    on_all("simplifying, free batch", &case::with_free_batch(), |case| on_forward(case, survives_simplifying));
}

#[test]
fn simplifying_changes_no_gradient() {
    on_all("simplifying a gradient", &case::all(), |case| on_gradient(case, survives_simplifying));
    on_all("simplifying a gradient, free batch", &case::with_free_batch(), |case| {
        on_gradient(case, survives_simplifying)
    });
}
