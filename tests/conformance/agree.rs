//! Does an engine compute what the oracle computes? Written as futures: the same questions are asked in a browser.

use stitchscope_core::engine::Engine;
use stitchscope_core::engine::reference::{Precision, Reference};
use stitchscope_core::graph::Graph;
use stitchscope_core::rewrite::simplify;
use stitchscope_core::tensor::{Array, Tolerance};

use super::case::Trial;
use super::{Fallible, close, results};

/// All results agree, in the order of the outputs.
pub fn agree(graph: &Graph, found: &[Array], expected: &[Array], tolerance: Tolerance) -> Fallible {
    if found.len() != expected.len() {
        return Err(format!("{} results, expected {}", found.len(), expected.len()).into());
    }
    for ((found, expected), output) in found.iter().zip(expected).zip(graph.outputs()) {
        close(found, expected, tolerance, &output.name)?;
    }
    Ok(())
}

/// The engine's results are the oracle's, for the graph as it is and simplified.
pub async fn agrees(engine: &dyn Engine, trial: &Trial) -> Fallible {
    let oracle = Reference::new(Precision::AsTyped);
    let expected = results(&oracle, &trial.graph, &trial.arguments).await?;
    for graph in [&trial.graph, &simplify(&trial.graph)?] {
        let found = results(engine, graph, &trial.arguments).await?;
        agree(graph, &found, &expected, Tolerance::Operator)?;
    }
    Ok(())
}
