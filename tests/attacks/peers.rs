//! `standard` on a network of the zoo, written down for `reference/peers.py`, which runs published packages on the same images.
//!
//! Not part of a test run: `STITCHSCOPE_IMAGES=100 STITCHSCOPE_OUT=ours.json cargo test --test attacks peers -- --ignored`.

use std::time::Instant;

use stitchscope_core::attack::{Ball, Norm, Preset, Verdict};
use stitchscope_core::platform::block_on;
use stitchscope_tests::{Fallible, ort, zoo_images, zoo_network};

use crate::suites::correct;

/// A number or word of the environment.
fn given(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

#[test]
#[ignore = "minutes of attacks, for a script to compare"]
fn standard_for_other_packages() -> Fallible {
    let Some(engine) = ort() else { return Ok(()) };
    let count: usize = given("STITCHSCOPE_IMAGES", "100").parse()?;
    let name = given("STITCHSCOPE_NETWORK", "fashion-robust-a");
    let (graph, images) = (zoo_network(&name)?, zoo_images("fashion-test", count)?);
    let right = correct(&engine, &graph, &images)?;
    let ball = Ball { norm: Norm::Linf, eps: given("STITCHSCOPE_EPS", "0.1").parse()? };
    let suite = Preset::Standard.stages(ball, None, 0);
    let (started, mut stage) = (Instant::now(), String::new());
    let mut hear = |name: &str, _: usize, left: usize| {
        if stage != name {
            name.clone_into(&mut stage);
            eprintln!("{:7.1} s: {name}, {left} images", started.elapsed().as_secs_f64());
        }
        true
    };
    let outcome = block_on(suite.run(engine.as_ref(), &graph, (&images, &right), 128, &mut hear))?;
    let seconds = started.elapsed().as_secs_f64();
    let robust = right.iter().zip(&outcome.found).filter(|(_, f)| f.verdict == Verdict::Robust).map(|(i, _)| *i);
    let result = serde_json::json!({
        "network": name, "images": count, "eps": ball.eps, "seconds": seconds, "correct": right,
        "robust": robust.collect::<Vec<usize>>(), "stages": outcome.stages, "flags": outcome.flags,
    });
    std::fs::write(given("STITCHSCOPE_OUT", "ours.json"), result.to_string())?;
    eprintln!("{seconds:7.1} s: {:?}", outcome.stages);
    Ok(())
}
