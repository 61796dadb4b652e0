//! Running a graph on an engine that answers later: what every suite does, on a workstation and in a browser alike.

use stitchscope_core::engine::{Buffer, Engine, EngineError, Program};
use stitchscope_core::graph::Graph;
use stitchscope_core::tensor::Array;

/// Results of `graph` on `arguments`, one per input.
///
/// # Errors
/// What the engine reports.
pub async fn results(engine: &dyn Engine, graph: &Graph, arguments: &[Array]) -> Result<Vec<Array>, EngineError> {
    let program = engine.compile(graph).await?;
    through(engine, &program, arguments).await
}

/// Results of a compiled graph.
///
/// # Errors
/// What the engine reports.
pub async fn through(engine: &dyn Engine, program: &Program, arguments: &[Array]) -> Result<Vec<Array>, EngineError> {
    let mut buffers = Vec::with_capacity(arguments.len());
    for (argument, (_, ty)) in arguments.iter().zip(program.inputs()) {
        buffers.push(engine.upload(&argument.to_tensor(ty.dtype)).await?);
    }
    let given: Vec<&Buffer> = buffers.iter().collect();
    let mut results = Vec::new();
    for buffer in program.run(&given).await? {
        results.push(engine.read(&buffer).await?.to_array());
    }
    Ok(results)
}
