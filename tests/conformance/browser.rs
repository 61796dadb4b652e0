//! The conformance suite in a browser: the same cases, the same questions, asked of the wgpu engine on WebGPU and of the processor
//! in a Worker.
mod agree;
mod case;
#[path = "../harness/compare.rs"]
mod compare;
mod lacking;
#[path = "../harness/results.rs"]
mod results;

use case::Case;
use compare::close;
use results::results;
use stitchscope_core::engine::{Choice, open};
use stitchscope_core::platform::clock;
use wasm_bindgen::prelude::wasm_bindgen;

/// What a check comes to.
type Fallible<T = ()> = Result<T, Box<dyn std::error::Error>>;

fn cases() -> Vec<Case> {
    case::all().into_iter().chain(case::with_free_batch()).collect()
}

/// How many cases there are.
#[wasm_bindgen]
pub fn count() -> usize {
    cases().len()
}

/// Tries cases `from..to` on the named engine (`wgpu` or `processor`), forward and as gradients; tells what fails, one line each,
/// and the device in the first line.
#[wasm_bindgen]
pub async fn conform(engine: &str, from: usize, to: usize) -> Result<String, String> {
    let engine = open(named(engine)).await.map_err(|error| error.to_string())?;
    let mut told = vec![engine.info().device.clone()];
    for case in cases().iter().take(to).skip(from) {
        let known = |check: &str| lacking::LACKING.iter().any(|l| l.check == check && case.name.starts_with(l.case));
        let forward = case.forward().map(Some);
        for (check, trial) in [("wgpu", forward), ("wgpu gradient", case.gradient())] {
            let outcome = match trial {
                Ok(Some(trial)) => agree::agrees(engine.as_ref(), &trial).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error.into()),
            };
            if let (Err(why), false) = (outcome, known(check)) {
                told.push(format!("{check}: {}: {why}", case.name));
            }
        }
    }
    Ok(told.join("\n"))
}

/// Milliseconds of forward passes of a network, after one that warms up: `batch` images [N, C, H, W] of grey, on the named engine
/// (`wgpu` or `processor`).
#[wasm_bindgen]
pub async fn forward(model: Vec<u8>, engine: &str, batch: usize, runs: usize) -> Result<Vec<f64>, String> {
    time(model, engine, batch, runs).await.map_err(|error| error.to_string())
}

fn named(engine: &str) -> Choice {
    if engine == "wgpu" { Choice::Wgpu } else { Choice::Processor }
}

async fn time(model: Vec<u8>, engine: &str, batch: usize, runs: usize) -> Fallible<Vec<f64>> {
    let engine = open(named(engine)).await?;
    let model = stitchscope_core::onnx::read(model.into(), "model", &stitchscope_core::onnx::external::none)?;
    let graph = stitchscope_core::rewrite::simplify(&model.graph)?;
    let shape = graph.ty(graph.inputs()[0]).at(batch);
    let program = engine.compile(&graph).await?;
    let mut times = Vec::new();
    for _ in 0..=runs {
        let images = engine.upload(&stitchscope_core::tensor::Tensor::full(&shape, 0.5)).await?;
        let start = clock::now();
        let logits = program.run(&[&images]).await?;
        engine.read(&logits[0]).await?;
        times.push(clock::now().duration_since(start).as_secs_f64() * 1e3);
    }
    Ok(times.split_off(1))
}
