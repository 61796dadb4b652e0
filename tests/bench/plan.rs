//! Which measurements there are, and who they compare with.

use std::path::Path;

use anyhow::{Context, Result};

use crate::Options;
use crate::child::Measured;
use crate::command;
use crate::material::{self, Files};
use crate::table::Row;

/// Images of a step.
pub const BATCH: usize = 128;
/// Images that the step takes at a time in its second form: their activations stay in the processor's cache.
const SLICE: usize = 16;
/// Images of an epoch.
pub const EPOCH: usize = 1024;
/// Training images, and as many test images, of direct matching.
const MATCHED: usize = 2000;
/// Training images, and as many test images, of a map of all pairs: the peer passes over them once per pair.
const MAPPED: usize = 128;

/// The adapter that browsers without a graphics card use.
const ADAPTER: &str = "SwiftShader";

/// A side of a comparison.
pub struct Side {
    program: String,
    arguments: Vec<String>,
}

/// Runs what was asked for; a measurement that fails is reported and the others go on.
///
/// # Errors
/// If this program cannot find itself or the networks.
pub fn run(files: &Files, options: &Options) -> Result<Vec<Row>> {
    let bench = Bench { options, python: python(options)? };
    let mut rows = Vec::new();
    bench.steps(files, &mut rows)?;
    bench.engines(files, &mut rows)?;
    bench.epochs(files, &mut rows)?;
    bench.matching(files, &mut rows)?;
    bench.map(files, &mut rows)?;
    bench.commands(files, &mut rows)?;
    bench.adapter(files, &mut rows)?;
    bench.window(&mut rows)?;
    Ok(rows)
}

pub struct Bench<'a> {
    options: &'a Options,
    python: Option<String>,
}

/// The Python with PyTorch, if peers are wanted.
fn python(options: &Options) -> Result<Option<String>> {
    let named = || {
        std::env::var("STITCHSCOPE_PYTHON").context("--peers needs STITCHSCOPE_PYTHON, a Python with torch and onnx")
    };
    options.peers.then(named).transpose()
}

impl Bench<'_> {
    fn steps(&self, files: &Files, rows: &mut Vec<Row>) -> Result<()> {
        let model = files.pair[0].to_string_lossy();
        let peer = self.peer("step.py", &[&model, &BATCH.to_string()]);
        for (name, slice) in [("attack step, 128 images", BATCH), ("attack step, 128 images, 16 at a time", SLICE)] {
            let ours = ours("step", &[&model, &BATCH.to_string(), &slice.to_string()])?;
            rows.extend(self.compare(name, &ours, peer.as_ref(), self.python.as_ref().map(|_| 1.3)));
        }
        Ok(())
    }

    /// The window alone: what a frame costs at worst, beside what we want of it.
    fn window(&self, rows: &mut Vec<Row>) -> Result<()> {
        for (name, words) in [
            ("window, first picture after a warm start (at most 1000 wanted)", &["window-first"][..]),
            ("window, slowest frame while a study runs (at most 50 wanted)", &["window-running"][..]),
            ("window, slowest frame with a study of 400 cells (at most 50 wanted)", &["window-cells", "20"][..]),
            (
                "window, slowest frame with a network of 8,000 nodes, Models and Stitch (at most 50 wanted)",
                &["window-nodes", "8000"][..],
            ),
        ] {
            let (kind, arguments) = words.split_first().context("a measurement without a name")?;
            rows.extend(self.compare(name, &ours(kind, arguments)?, None, None));
        }
        Ok(())
    }

    /// One row per tap, and their geometric mean.
    fn epochs(&self, files: &Files, rows: &mut Vec<Row>) -> Result<()> {
        let [front, end] = files.pair.each_ref().map(|f| f.to_string_lossy().into_owned());
        let network = material::network(&front)?;
        let taps: Vec<_> = network.taps.iter().filter(|t| t.block_output).collect();
        let count = EPOCH.to_string();
        let first = rows.len();
        for (index, tap) in taps.iter().enumerate() {
            let target = match index {
                0 => Some(1.4),
                _ if index + 1 == taps.len() => Some(10.0),
                _ => None,
            };
            let mine = ours("train", &[&front, &end, &tap.name, &count])?;
            let (label, peer) = match self.peer("train.py", &[&front, &end, &tap.tensor, &count, &BATCH.to_string()]) {
                Some(peer) => ("PyTorch", peer),
                None => ("both nets whole, our engine", ours("train-whole", &[&front, &end, &tap.name, &count])?),
            };
            let name = format!("task matching epoch at {}, against {label}", tap.name);
            rows.extend(self.compare(&name, &mine, Some(&peer), target));
        }
        let found: Vec<(f64, f64)> = rows[first..].iter().filter_map(Row::ratios).collect();
        if found.is_empty() {
            return Ok(());
        }
        #[expect(clippy::cast_precision_loss, reason = "a dozen taps")]
        let mean =
            |of: fn(&(f64, f64)) -> f64| (found.iter().map(|r| of(r).ln()).sum::<f64>() / found.len() as f64).exp();
        rows.push(Row {
            what: format!("task matching epoch, geometric mean of {} taps", found.len()),
            pairs: Vec::new(),
            target: Some(2.5),
            summary: Some((mean(|r| r.0), mean(|r| r.1))),
            notes: Vec::new(),
        });
        Ok(())
    }

    fn matching(&self, files: &Files, rows: &mut Vec<Row>) -> Result<()> {
        let [front, end] = files.chain.each_ref().map(|f| f.to_string_lossy().into_owned());
        let network = material::network(&front)?;
        let norms: Vec<_> = network.taps.iter().filter(|t| t.op == "BatchNormalization").take(8).collect();
        let taps = if norms.is_empty() { network.taps.iter().filter(|t| t.block_output).collect() } else { norms };
        let count = MATCHED.to_string();
        let mut mine: Vec<&str> = vec![&front, &end, &count];
        let mut theirs = mine.clone();
        mine.extend(taps.iter().map(|t| t.name.as_str()));
        theirs.extend(taps.iter().map(|t| t.tensor.as_str()));
        let peer = self.peer("match.py", &theirs);
        let name = format!("direct matching and evaluation, {} taps", taps.len());
        rows.extend(self.compare(&name, &ours("match", &mine)?, peer.as_ref(), self.python.as_ref().map(|_| 3.0)));
        Ok(())
    }

    /// Direct matching and CKA of all pairs of block outputs.
    fn map(&self, files: &Files, rows: &mut Vec<Row>) -> Result<()> {
        let [front, end] = files.pair.each_ref().map(|f| f.to_string_lossy().into_owned());
        let network = material::network(&front)?;
        let taps: Vec<_> = network.taps.iter().filter(|t| t.block_output).collect();
        let count = MAPPED.to_string();
        let mut theirs: Vec<&str> = vec![&front, &end, &count];
        theirs.extend(taps.iter().map(|t| t.tensor.as_str()));
        let peer = self.peer("pairs.py", &theirs);
        let name = format!("direct matching and CKA of all {0} x {0} pairs", taps.len());
        let mine = ours("pairs", &[&front, &end, &count])?;
        rows.extend(self.compare(&name, &mine, peer.as_ref(), self.python.as_ref().map(|_| 10.0)));
        Ok(())
    }

    /// Whole processes of the program.
    fn commands(&self, files: &Files, rows: &mut Vec<Row>) -> Result<()> {
        let there = command::images().is_some();
        for (kind, name) in command::KINDS.iter().filter(|(kind, _)| there || *kind == "demo") {
            let peer = if *kind == "direct" { self.script(files)? } else { None };
            let target = peer.as_ref().map(|_| 5.0);
            rows.extend(self.compare(name, &ours("command", &[kind])?, peer.as_ref(), target));
        }
        if !there {
            println!("commands on CIFAR-10 are left out: `cargo xtask data cifar10` fetches it");
        }
        Ok(())
    }

    /// PyTorch's whole script for the first command.
    fn script(&self, files: &Files) -> Result<Option<Side>> {
        let told = command::of_peer(files)?;
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        let Some(Side { program, arguments }) = self.peer("command.py", &told) else { return Ok(None) };
        let words: Vec<&str> = std::iter::once(&program).chain(&arguments).map(String::as_str).collect();
        ours("process", &words).map(Some)
    }

    /// The wgpu engine on the software adapter that browsers use, beside onnxruntime-web in such a browser.
    fn adapter(&self, files: &Files, rows: &mut Vec<Row>) -> Result<()> {
        let model = files.pair[0].to_string_lossy();
        let sized: [&str; 3] = [&model, "32", ADAPTER];
        let forward = ours("wgpu-forward", &sized)?;
        let browser = self.options.peers.then(|| in_browser(&model)).flatten();
        let name = format!("wgpu forward, 32 images, {ADAPTER}, against onnxruntime-web");
        rows.extend(self.compare(&name, &forward, browser.as_ref(), browser.as_ref().map(|_| 2.0)));
        let name = format!("wgpu forward and input gradient, {ADAPTER}, against the forward (0.43: 2.3 times)");
        rows.extend(self.compare(&name, &ours("wgpu-gradient", &sized)?, Some(&forward), Some(0.43)));
        for adapter in [ADAPTER, "llvmpipe"] {
            let [fused, generic] = ["fused", "generic"].map(|kind| ours("wgpu-stitch", &[kind, adapter]));
            let name = format!("wgpu stitch gradient, {adapter}, against transposes, product and sum");
            rows.extend(self.compare(&name, &fused?, Some(&generic?), Some(1.5)));
        }
        match crate::adapter::footprint(&model, 32, ADAPTER) {
            Ok(found) => println!(
                "wgpu buffers of the attack step, 32 images: {} KiB planned, {} KiB of all tensors that nodes make, {} launches",
                found.planned_bytes >> 10,
                found.all_bytes >> 10,
                found.launches
            ),
            Err(why) => println!("wgpu buffers: {why:#}"),
        }
        Ok(())
    }

    fn peer(&self, script: &str, arguments: &[&str]) -> Option<Side> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peers");
        let script = folder.join(script).to_string_lossy().into_owned();
        let arguments = std::iter::once(script).chain(arguments.iter().map(|a| (*a).to_owned())).collect();
        Some(Side { program: self.python.clone()?, arguments })
    }

    /// `None` when it was not asked for or failed, which is said.
    pub fn compare(&self, what: &str, ours: &Side, peer: Option<&Side>, target: Option<f64>) -> Option<Row> {
        if self.options.only.as_ref().is_some_and(|only| !what.contains(only.as_str())) {
            return None;
        }
        println!("measuring: {what}");
        let row = self.pairs(what, ours, peer, target);
        row.map_err(|error| println!("  failed: {error:#}")).ok()
    }

    fn pairs(&self, what: &str, ours: &Side, peer: Option<&Side>, target: Option<f64>) -> Result<Row> {
        let processors = self.options.processors;
        let mut mine = Measured::start(&ours.program, &ours.arguments, processors)?;
        let mut theirs = peer.map(|side| Measured::start(&side.program, &side.arguments, processors)).transpose()?;
        let mut pairs = Vec::new();
        for repetition in 0..=self.options.repetitions {
            let sample = mine.repetition()?;
            let other = theirs.as_mut().map(Measured::repetition).transpose()?;
            // The first warms both sides up.
            if repetition > 0 {
                pairs.push((sample, other));
            }
        }
        let said = |side: &str, text: &str| format!("{side}: {text}");
        let notes = std::iter::once(said("ours", &mine.text)).chain(theirs.iter().map(|t| said("peer", &t.text)));
        Ok(Row { what: what.to_owned(), pairs, target, summary: None, notes: notes.collect() })
    }
}

/// onnxruntime-web's WebGPU in headless Chromium, where `cargo xtask bench --peers` has set it up.
fn in_browser(model: &str) -> Option<Side> {
    let program = std::env::var("STITCHSCOPE_NODE").ok()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/peers/ort_web.mjs").to_string_lossy().into_owned();
    let words = [script.as_str(), model, "--backend", "webgpu", "--batch", "32", "--serve"];
    Some(Side { program, arguments: words.map(str::to_owned).to_vec() })
}

/// This program as a worker.
pub fn ours(kind: &str, arguments: &[&str]) -> Result<Side> {
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let words = ["--worker", kind].iter().chain(arguments).map(|a| (*a).to_owned()).collect();
    Ok(Side { program, arguments: words })
}
