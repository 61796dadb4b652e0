//! Direct matching and evaluation of many pairs: one pass over the training images, then every stitched network.

use anyhow::Result;
use stitchscope_core::cut;
use stitchscope_core::engine::Engine;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::rewrite;
use stitchscope_core::study::{Plan, compare_pairs, evaluate, match_pairs, stitched};

use crate::material::{self, RandomImages};
use crate::worker::{Prepared, number, text};

/// The plan of `FRONT END IMAGES` on random images, with these further tables.
fn plan(arguments: &[String], rest: &str) -> Result<Plan> {
    let (front, end, count) = (text(arguments, 0)?, text(arguments, 1)?, number(arguments, 2)?);
    let recipe = format!(
        "[front]\nmodel = {front:?}\n[end]\nmodel = {end:?}\n[data]\ntrain = \"random\"\ntest = \"random\"\n{rest}"
    );
    let network = material::network(front)?;
    let sources = RandomImages { shape: network.image, classes: network.classes, count };
    Ok(Plan::load(&Recipe::parse(&recipe, "benchmark")?, &sources)?)
}

/// `FRONT END IMAGES TAP...`: so many training and as many test images.
///
/// # Errors
/// If the plan cannot be made.
pub fn prepare(arguments: &[String]) -> Result<Prepared> {
    let pairs: Vec<String> = arguments[3..].iter().map(|tap| format!("[{tap:?}, {tap:?}]")).collect();
    let plan = plan(arguments, &format!("[taps]\npairs = [{}]\n[stitch]\ntrain = \"none\"\n", pairs.join(", ")))?;
    let engine = material::engine()?;
    let text = format!("one pass for {} pairs", plan.pairs.len());
    let repetition = move || pollster::block_on(all(engine.as_ref(), &plan));
    Ok(Prepared { text, repetition: Box::new(repetition) })
}

/// `FRONT END IMAGES`: direct matching and CKA of every block output with every one of the other network, nothing evaluated.
///
/// # Errors
/// If the plan cannot be made.
pub fn prepare_all(arguments: &[String]) -> Result<Prepared> {
    let plan = plan(arguments, "[taps]\npairs = \"all\"\n[stitch]\ntrain = \"none\"\nresize = \"bilinear\"\n")?;
    let engine = material::engine()?;
    let text = format!("{} pairs in one streamed pass over each set", plan.pairs.len());
    let repetition = move || {
        pollster::block_on(match_pairs(engine.as_ref(), &plan, &plan.pairs, false, &mut |_| Ok(())))?;
        pollster::block_on(compare_pairs(engine.as_ref(), &plan, &plan.pairs, &mut |_| Ok(())))?;
        Ok(())
    };
    Ok(Prepared { text, repetition: Box::new(repetition) })
}

/// Matching and evaluation of all pairs, preparation of the programs included.
async fn all(engine: &dyn Engine, plan: &Plan) -> Result<()> {
    for found in match_pairs(engine, plan, &plan.pairs, false, &mut |_| Ok(())).await? {
        let (pair, fit) = (found.pair, found.fit);
        let front = cut::split(&plan.front.graph, &plan.front.taps[pair.front])?.0;
        let end = cut::split(&plan.end.graph, &plan.end.taps[pair.end])?.1;
        let graph = rewrite::simplify(&stitched(&front, &fit.weights, &end)?)?;
        let program = engine.compile(&graph).await?;
        evaluate(engine, &program, &plan.test, plan.recipe.run.batch, &mut |_| Ok(())).await?;
    }
    Ok(())
}
