//! `standard` on a network of the zoo, written down for `reference/peers.py`, which runs published packages on the same images.
//!
//! Not part of a test run: `STITCHSCOPE_IMAGES=100 STITCHSCOPE_OUT=ours.json cargo test --test attacks peers -- --ignored`. Further variables:
//! `STITCHSCOPE_NETWORK` (a network of the zoo, or a path to an ONNX file), `STITCHSCOPE_FIRST` (the first image), `STITCHSCOPE_EPS`.

#![allow(clippy::print_stderr, reason = "times beside the verdicts that a script reads")]

use std::time::Instant;

use stitchscope_core::attack::{Ball, Norm, Preset, Verdict};
use stitchscope_core::platform::block_on;
use stitchscope_tests::{Fallible, network_file, ort, zoo_images, zoo_network};

use crate::suites::correct;

/// A number or word of the environment.
fn given(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}

/// Seconds that this process has computed, where the system tells: user and system time, in ticks of a hundredth.
fn processor_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<u32>().ok();
    Some((f64::from(ticks(11)?) + f64::from(ticks(12)?)) / 100.0)
}

/// Wall and processor seconds stage by stage.
struct Clock {
    began: Instant,
    processor: f64,
    rows: Vec<(String, f64, f64)>,
}

impl Clock {
    fn now(&self) -> (f64, f64) {
        (self.began.elapsed().as_secs_f64(), processor_seconds().unwrap_or(f64::NAN) - self.processor)
    }

    /// Begins a stage where it is a new one.
    fn stage(&mut self, name: &str, left: usize) {
        if self.rows.last().is_none_or(|row| row.0 != name) {
            let (wall, processor) = self.now();
            eprintln!("{wall:7.1} s ({processor:.1} of the processor): {name}, {left} images");
            self.rows.push((name.to_owned(), wall, processor));
        }
    }

    /// What each stage took.
    fn stages(&self) -> Vec<serde_json::Value> {
        let (wall, processor) = self.now();
        let ends = self.rows.iter().skip(1).map(|row| (row.1, row.2)).chain([(wall, processor)]);
        let took = self.rows.iter().zip(ends);
        took.map(|(row, end)| {
            serde_json::json!({"attack": row.0, "seconds": end.0 - row.1, "processor_seconds": end.1 - row.2})
        })
        .collect()
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
#[ignore = "minutes of attacks, for a script to compare"]
fn standard_for_other_packages() -> Fallible {
    let engine = ort();
    let (count, first): (usize, usize) =
        (given("STITCHSCOPE_IMAGES", "100").parse()?, given("STITCHSCOPE_FIRST", "0").parse()?);
    let name = given("STITCHSCOPE_NETWORK", "fashion-robust-a");
    let file = name.ends_with(".onnx").then(|| name.clone());
    let graph = match &file {
        Some(path) => network_file(path.as_ref())?,
        None => zoo_network(&name)?,
    };
    let images = zoo_images("fashion-test", first + count)?;
    let right: Vec<usize> = correct(&engine, &graph, &images)?.into_iter().filter(|i| *i >= first).collect();
    let ball = Ball { norm: Norm::Linf, eps: given("STITCHSCOPE_EPS", "0.1").parse()? };
    let suite = Preset::Standard.stages(ball, None, 0);
    let mut clock =
        Clock { began: Instant::now(), processor: processor_seconds().unwrap_or(f64::NAN), rows: Vec::new() };
    let mut hear = |name: &str, _: usize, left: usize| {
        clock.stage(name, left);
        true
    };
    let outcome = block_on(suite.run(engine.as_ref(), &graph, (&images, &right), 128, &mut hear))?;
    let (seconds, processor) = clock.now();
    let robust = right.iter().zip(&outcome.found).filter(|(_, f)| f.verdict == Verdict::Robust).map(|(i, _)| *i);
    let result = serde_json::json!({
        "network": name, "file": file, "first": first, "images": count, "eps": ball.eps, "seconds": seconds,
        "processor_seconds": processor, "correct": right, "robust": robust.collect::<Vec<usize>>(),
        "stages": outcome.stages, "times": clock.stages(), "doubts": outcome.doubts,
    });
    std::fs::write(given("STITCHSCOPE_OUT", "ours.json"), result.to_string())?;
    eprintln!("{seconds:7.1} s ({processor:.1} of the processor): {:?}", outcome.stages);
    Ok(())
}
