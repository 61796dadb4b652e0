//! Do the engines compute what the oracle computes, and do writing and simplifying keep it?
//!
//! Every example of every operator, forward and as the gradient of a random functional, with its weights given and frozen,
//! with a fixed and with a free batch. All failures are told together.

mod case;
mod lacking;

use std::collections::HashSet;

use bytes::Bytes;
use case::Case;
use lacking::LACKING;
use stitchscope_core::graph::{Graph, dump};
use stitchscope_core::onnx::{WriteOptions, read_step, write};
use stitchscope_core::rewrite::simplify;
use stitchscope_core::tensor::{Array, Tolerance};
use stitchscope_tests::{Failures, Fallible, close, ort, reference, run};

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

/// All results agree, in the order of the outputs.
fn agree(graph: &Graph, found: &[Array], expected: &[Array], tolerance: Tolerance) -> Fallible {
    if found.len() != expected.len() {
        return Err(format!("{} results, expected {}", found.len(), expected.len()).into());
    }
    for ((found, expected), output) in found.iter().zip(expected).zip(graph.outputs()) {
        close(found, expected, tolerance, &output.name)?;
    }
    Ok(())
}

/// ONNX Runtime's results on a graph are the oracle's.
fn engines_agree(case: &Case, graph: &Graph) -> Fallible {
    let Some(engine) = ort() else { return Ok(()) };
    let expected = run(&reference(), graph, &case.arguments())?;
    let found = run(&engine, graph, &case.arguments())?;
    agree(graph, &found, &expected, Tolerance::Operator)
}

/// The results have the shapes that were inferred.
fn shapes_hold(case: &Case, graph: &Graph) -> Fallible {
    for (result, output) in run(&reference(), graph, &case.arguments())?.iter().zip(graph.outputs()) {
        let promised = graph.ty(output.value).at(case.images());
        if result.shape() != promised {
            return Err(format!("{}: shape {:?}, inferred {promised:?}", output.name, result.shape()).into());
        }
    }
    Ok(())
}

/// Written and read, a graph computes the same, and a second writing changes nothing.
fn survives_writing(case: &Case, graph: &Graph) -> Fallible {
    let again = |graph: &Graph| -> Fallible<Graph> {
        Ok(read_step(Bytes::from(write(graph, &WriteOptions::named("case"))?), "case.onnx")?)
    };
    let once = again(graph)?;
    let twice = again(&once)?;
    if dump(&once) != dump(&twice) {
        return Err(format!("a second writing changes\n{}to\n{}", dump(&once), dump(&twice)).into());
    }
    let expected = run(&reference(), graph, &case.arguments())?;
    let found = run(&reference(), &once, &case.arguments())?;
    // Equal operators give equal bits; an operator that ONNX lacks comes back as its parts.
    let operators = |g: &Graph| g.nodes().iter().map(|n| format!("{:?}", n.op)).collect::<Vec<_>>();
    let same = operators(graph) == operators(&once);
    agree(graph, &found, &expected, if same { Tolerance::Exact } else { Tolerance::Operator })
}

/// Simplifying changes no result and no type.
fn survives_simplifying(case: &Case, graph: &Graph) -> Fallible {
    let simple = simplify(graph)?;
    let expected = run(&reference(), graph, &case.arguments())?;
    let found = run(&reference(), &simple, &case.arguments())?;
    for (old, new) in graph.outputs().iter().zip(simple.outputs()) {
        if (&old.name, graph.ty(old.value)) != (&new.name, simple.ty(new.value)) {
            return Err(format!("{} {} became {}", old.name, graph.ty(old.value), simple.ty(new.value)).into());
        }
    }
    agree(graph, &found, &expected, Tolerance::Operator)
}

/// The check on the gradient, where there is one.
fn on_gradient(case: &Case, check: impl Fn(&Case, &Graph) -> Fallible) -> Fallible {
    case.gradient()?.map_or(Ok(()), |graph| check(case, &graph))
}

#[test]
fn onnx_runtime_computes_every_operator() {
    on_all("forward", &case::all(), |case| engines_agree(case, &case.forward()?));
}

#[test]
fn onnx_runtime_computes_every_gradient() {
    on_all("gradient", &case::all(), |case| on_gradient(case, |case, graph| engines_agree(case, &simplify(graph)?)));
}

#[test]
fn operators_work_with_a_free_batch() {
    on_all("free batch", &case::with_free_batch(), |case| {
        let graph = case.forward()?;
        shapes_hold(case, &graph)?;
        engines_agree(case, &graph)
    });
}

#[test]
fn gradients_work_with_a_free_batch() {
    on_all("free batch gradient", &case::with_free_batch(), |case| {
        on_gradient(case, |case, graph| {
            shapes_hold(case, graph)?;
            engines_agree(case, &simplify(graph)?)
        })
    });
}

#[test]
fn written_graphs_are_read_as_they_were() {
    on_all("writing", &case::all(), |case| survives_writing(case, &case.forward()?));
    on_all("writing", &case::all(), |case| on_gradient(case, survives_writing));
}

#[test]
fn written_graphs_keep_a_free_batch() {
    on_all("writing a free batch", &case::with_free_batch(), |case| survives_writing(case, &case.forward()?));
}

#[test]
fn simplifying_changes_no_result() {
    on_all("simplifying", &case::all(), |case| survives_simplifying(case, &case.forward()?));
    on_all("simplifying", &case::all(), |case| on_gradient(case, survives_simplifying));
}

#[test]
fn simplifying_keeps_a_free_batch() {
    on_all("simplifying a free batch", &case::with_free_batch(), |case| {
        survives_simplifying(case, &case.forward()?)?;
        on_gradient(case, survives_simplifying)
    });
}
