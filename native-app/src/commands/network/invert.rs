//! `stitchscope invert`: what a representation keeps of an image, as a picture.

use std::path::Path;

use anyhow::{Result, bail};
use stitchscope_core::data::{Images, Reading, Split};
use stitchscope_core::engine::{self, Choice};
use stitchscope_core::platform::{block_on, files};
use stitchscope_core::recipe::{DonorRef, Recipe};
use stitchscope_core::report::sheet;
use stitchscope_core::study::{
    FileSources, InversionSettings, InversionStart, MOST_STEPS, Network, Sources as _, invert as search, unchanged,
};

use crate::shelf::Zoo;
use crate::{output, terminal};

/// Width and height that an image of the picture comes near to, in pixels.
const NEARLY: usize = 112;

/// How the command was called.
pub struct Inversion<'a> {
    /// A recipe, a report, or networks.
    pub sources: &'a [String],
    /// Where representations are read.
    pub tap: &'a str,
    /// How many images.
    pub images: usize,
    /// Test images where networks are given.
    pub data: &'a str,
    /// Steps of the search.
    pub steps: usize,
    /// Seed of the noise.
    pub seed: u64,
    /// Whether it begins at another image.
    pub from_image: bool,
    /// The picture.
    pub out: &'a Path,
}

/// Writes the picture and prints what its rows are.
pub fn invert(asked: &Inversion<'_>) -> Result<()> {
    if !(1..=MOST_STEPS).contains(&asked.steps) {
        bail!("--steps is {}; give 1 to {MOST_STEPS}", asked.steps);
    }
    let (donors, data, choice) = material(asked)?;
    let sources = FileSources { shelf: &Zoo };
    let images = sources.images(&data, Split::Test, &Reading::default())?;
    let chosen = of_each_class(&images, asked.images);
    let engine = block_on(engine::open(choice))?;
    let start = if asked.from_image { InversionStart::Neighbour } else { InversionStart::Noise(asked.seed) };
    let settings = InversionSettings { steps: asked.steps, start, ..InversionSettings::default() };
    let mut rows = vec![chosen.iter().map(|index| images.pixels_f32(&[*index])).collect::<Vec<_>>()];
    terminal::line(&format!("row 1: images of {data}"));
    for (row, donor) in donors.iter().enumerate() {
        let reference = &donor.model;
        let network = Network::open(&sources, donor, Some(images.shape()))?;
        if network.image != images.shape() {
            bail!(
                "{reference} takes images of {:?}, {data} holds {:?} (channels, height, width)",
                network.image,
                images.shape()
            );
        }
        let tap = network.tap(asked.tap)?;
        let of = (&network, tap);
        let found = block_on(search(engine.as_ref(), of, (&images, &chosen), &settings, &mut |_, _| Ok(())))?;
        let mean = |of: fn(&stitchscope_core::study::Inverted) -> f64| mean(found.iter().map(of));
        terminal::line(&format!(
            "row {}: the same to {reference} at {}: representations {:.3} of their length apart on average, {:.3} at the start",
            row + 2,
            network.taps[tap].name,
            mean(|f| f.distance),
            mean(|f| f.distance_at_start)
        ));
        rows.push(found.into_iter().map(|f| f.pixels).collect());
    }
    let scale = (NEARLY / images.height.max(images.width)).max(1);
    files::write_atomic(asked.out, &sheet(&rows, images.shape(), scale)?)?;
    terminal::line(&format!("The picture: {}", asked.out.display()));
    Ok(())
}

/// Networks, test images and engine: a recipe's, those that a report was measured on, or what was given.
fn material(asked: &Inversion<'_>) -> Result<(Vec<DonorRef>, String, Choice)> {
    let ends = |source: &String, ending: &str| Path::new(source).extension().is_some_and(|found| found == ending);
    let of = |recipe: Recipe| {
        let choice = recipe.run.engine;
        (vec![recipe.front, recipe.end], recipe.data.test, choice)
    };
    match asked.sources {
        [only] if ends(only, "toml") => Ok(of(Recipe::parse(&output::read_recipe(Path::new(only))?, only)?)),
        [only] if ends(only, "json") => {
            let report = output::read_report(Path::new(only))?;
            for note in unchanged(&report, &FileSources { shelf: &Zoo })? {
                terminal::remark(&note);
            }
            Ok(of(Recipe::parse(&report.recipe, "the report's recipe")?))
        }
        many if many.iter().any(|source| ends(source, "toml") || ends(source, "json")) => {
            bail!("give one recipe, one report, or networks")
        }
        networks => {
            let donors = networks.iter().map(|model| DonorRef::new(model)).collect();
            Ok((donors, asked.data.to_owned(), Choice::Auto))
        }
    }
}

/// The first image of each class, then the second, until there are `count`.
fn of_each_class(images: &Images, count: usize) -> Vec<usize> {
    let mut seen = vec![0usize; images.number_of_classes()];
    let ranked = images.labels.iter().enumerate().filter_map(|(index, label)| {
        let place = seen.get_mut(usize::try_from(*label).ok()?)?;
        *place += 1;
        Some((*place, *label, index))
    });
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_unstable();
    ranked.into_iter().take(count).map(|(_, _, index)| index).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a count of images")]
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let all: Vec<f64> = values.collect();
    all.iter().sum::<f64>() / all.len().max(1) as f64
}
