//! Two networks stitched by least squares at every block, and how many images each stitched network gets right.
//!
//!     cargo run --release -p stitchscope-core --example direct_stitch

#![allow(clippy::print_stdout, reason = "a program that talks to the terminal")]

use std::error::Error;

use stitchscope_core::cut;
use stitchscope_core::engine::{self, Choice};
use stitchscope_core::platform::block_on;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::rewrite;
use stitchscope_core::study::{FileSources, Plan, StudyError, match_pairs, predictions, stitched};

/// What a recipe file holds; every key that is left out has its documented default.
fn recipe() -> Result<Recipe, Box<dyn Error>> {
    let zoo = concat!(env!("CARGO_MANIFEST_DIR"), "/../zoo");
    let text = format!(
        "[front]\nmodel = '{zoo}/models/fashion-robust-a.onnx'\n\
         [end]\nmodel = '{zoo}/models/fashion-standard-a.onnx'\n\
         [data]\ntrain = '{zoo}/data/fashion-train'\ntest = '{zoo}/data/fashion-test'\n\
         train_images = 128\ntest_images = 64\n"
    );
    Ok(Recipe::parse(&text, "example")?)
}

async fn stitch(plan: &Plan) -> Result<(), StudyError> {
    let engine = engine::open(Choice::Processor).await?;
    let engine = engine.as_ref();
    let fits = match_pairs(engine, plan, &plan.pairs, false, &mut |_| Ok(())).await?;
    for fit in &fits {
        let (front, _) = cut::split(&plan.front.graph, &plan.front.taps[fit.pair.front])?;
        let (_, end) = cut::split(&plan.end.graph, &plan.end.taps[fit.pair.end])?;
        let network = rewrite::simplify(&stitched(&front, &fit.fit.weights, &end)?)?;
        let program = engine.compile(&network).await?;
        let found = predictions(engine, &program, &plan.test, 64, &mut |_| Ok(())).await?;
        let counts = found.counts(&plan.test.labels);
        let (front, end) = plan.names(fit.pair);
        println!(
            "{front:>8} -> {end:<8} {} of {} right, residual {:.3}",
            counts.correct, counts.total, fit.fit.residual
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    // `()` is the shelf of a program that ships no networks: all references are paths.
    let plan = Plan::load(&recipe()?, &FileSources { shelf: &() })?;
    Ok(block_on(stitch(&plan))?)
}

#[test]
fn it_runs() {
    main().unwrap();
}
