//! AutoAttack on a network of your own: which images stand at a radius, and which attack each of the others fell to.
//!
//!     cargo run --release -p stitchscope-core --example autoattack

#![allow(clippy::print_stdout, reason = "a program that talks to the terminal")]

use std::error::Error;
use std::path::Path;

use stitchscope_core::attack::{Ball, Norm, Preset, Verdict};
use stitchscope_core::data::{self, Split};
use stitchscope_core::engine::{self, Choice};
use stitchscope_core::platform::block_on;
use stitchscope_core::study::{Network, predictions};

const ZOO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../zoo");
const IMAGES: usize = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let network = Network::from_file(&Path::new(ZOO).join("models/fashion-robust-a.onnx"))?;
    let images = data::open(&Path::new(ZOO).join("data/fashion-test"), Split::Test)?.take_first(IMAGES);
    let ball = Ball { norm: Norm::Linf, eps: 0.1 };
    // `Preset::Standard` is AutoAttack as published; `Quick` leaves out what takes longest.
    let suite = Preset::Quick.stages(ball, None, 0);
    let (right, outcome) = block_on(async {
        let engine = engine::open(Choice::Processor).await?;
        let program = engine.compile(&network.graph).await?;
        let clean = predictions(engine.as_ref(), &program, &images, IMAGES, &mut |_| Ok(())).await?;
        let right = clean.correct(&images.labels);
        let set = (&images, right.as_slice());
        let outcome = suite.run(engine.as_ref(), &network.graph, set, IMAGES, &mut |_, _, _| true).await?;
        Ok::<_, Box<dyn Error>>((right, outcome))
    })?;
    for ((image, found), by) in right.iter().zip(&outcome.found).zip(&outcome.fooled_by) {
        println!("image {image}: {:?}{}", found.verdict, by.map(|by| format!(" by {by}")).unwrap_or_default());
    }
    let standing = outcome.found.iter().filter(|found| found.verdict == Verdict::Robust).count();
    let fallen: u64 = outcome.stages.iter().map(|stage| stage.fooled + stage.not_judged).sum();
    println!("{standing} of {IMAGES} images stand at {}", ball.eps);
    // Every image that was right either stands or is counted by one stage.
    if standing as u64 + fallen != right.len() as u64 {
        return Err("images are missing from the count".into());
    }
    Ok(())
}

#[test]
fn it_runs() {
    main().unwrap();
}
