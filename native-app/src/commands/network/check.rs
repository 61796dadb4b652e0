//! `stitchscope check`: a network on every engine and on the plain reference.

use anyhow::{Result, bail};
use stitchscope_core::data::Images;
use stitchscope_core::engine::reference::{Precision, Reference};
use stitchscope_core::engine::{self, Choice, Engine};
use stitchscope_core::metrics::predicted_class;
use stitchscope_core::platform::block_on;
use stitchscope_core::random::{Purpose, Stream};
use stitchscope_core::recipe::DonorRef;
use stitchscope_core::rewrite;
use stitchscope_core::study::{FileSources, Network, test_images};
use stitchscope_core::tensor::{Tensor, Tolerance, relative_error};

use crate::shelf::Zoo;
use crate::terminal;

/// Most images; the reference is slow.
const MOST_IMAGES: usize = 1024;

/// Prints, engine by engine, how far its logits are from those of the reference; the exit code tells whether all are within rounding.
pub fn check(donor: &DonorRef, data: Option<&str>, count: usize) -> Result<()> {
    if !(1..=MOST_IMAGES).contains(&count) {
        bail!("--images is {count}; give 1 to {MOST_IMAGES}");
    }
    let (network, input) = material(donor, data, count)?;
    network.notes.iter().for_each(|note| terminal::line(&format!("note: {note}")));
    let images = input.shape()[0];
    terminal::line(&format!("{} on {images} {} images", donor.model, data.unwrap_or("random")));
    let oracle = Reference::new(Precision::Double);
    // The oracle takes the network as it was read: what engines do to it is checked with them.
    let expected = block_on(logits(&oracle, &network.graph, &input))?;
    let (lowest, highest) =
        expected.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), z| (l.min(*z), h.max(*z)));
    terminal::line(&format!("  reference in f64: logits from {lowest:.4e} to {highest:.4e}"));
    let all = [
        ("ort", Choice::Ort),
        ("wgpu", Choice::Wgpu),
        ("processor", Choice::Processor),
        ("reference", Choice::Reference),
    ];
    let mut wrong = Vec::new();
    for (name, choice) in all {
        match block_on(engine::open(choice)) {
            Err(why) => terminal::line(&format!("  {name}: not here. {why}")),
            Ok(engine) => {
                let graph = rewrite::simplify(&network.graph)?;
                match block_on(logits(engine.as_ref(), &graph, &input)) {
                    Ok(found) => {
                        compare((name, &engine.info().device), (&found, &expected), network.classes, &mut wrong);
                    }
                    Err(error) => {
                        terminal::line(&format!("  {name}: fails. {error:#}"));
                        wrong.push(name);
                    }
                }
            }
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        bail!("{} differ from the reference by more than rounding", wrong.join(", "))
    }
}

fn material(donor: &DonorRef, data: Option<&str>, count: usize) -> Result<(Network, Tensor)> {
    let sources = FileSources { shelf: &Zoo };
    if let Some(data) = data {
        let (network, images): (Network, Images) = test_images(&sources, donor, (data, None))?;
        let images = images.take_first(count);
        let [channels, height, width] = images.shape();
        let chosen: Vec<usize> = (0..images.len()).collect();
        let input = Tensor::f32(&[images.len(), channels, height, width], images.pixels_f32(&chosen))?;
        return Ok((network, input));
    }
    let network = Network::open(&sources, donor, None)?;
    let [channels, height, width] = network.image;
    let mut pixels = vec![0.0; count * channels * height * width];
    Stream::new(0, Purpose::Check, 0, 0).fill_uniform(&mut pixels, 0.0, 1.0);
    Ok((network, Tensor::f32(&[count, channels, height, width], pixels)?))
}

async fn logits(engine: &dyn Engine, graph: &stitchscope_core::graph::Graph, input: &Tensor) -> Result<Vec<f64>> {
    let input = engine.upload(input).await?;
    let results = engine.compile(graph).await?.run(&[&input]).await?;
    Ok(match results.first() {
        Some(first) => engine.read(first).await?.to_f64(),
        None => Vec::new(),
    })
}

fn compare<'a>(
    (name, device): (&'a str, &str),
    (found, expected): (&[f64], &[f64]),
    classes: usize,
    wrong: &mut Vec<&'a str>,
) {
    #[expect(clippy::cast_possible_truncation, reason = "classes are predicted from f32")]
    let class = |logits: &[f64]| predicted_class(&logits.iter().map(|z| *z as f32).collect::<Vec<_>>());
    let rows = expected.len() / classes.max(1);
    let same = found.chunks(classes.max(1)).zip(expected.chunks(classes.max(1))).filter(|(a, b)| class(a) == class(b));
    let (same, difference) = (same.count(), relative_error(found, expected));
    let within = Tolerance::Network.accepts(found, expected);
    let word = if within { "within rounding" } else { "more than rounding" };
    terminal::line(&format!(
        "  {name} ({device}): {difference:.1e} of the logits' size apart, {word}; the same class for {same} of {rows}"
    ));
    if !within {
        wrong.push(name);
    }
}
