//! Looking at things without changing them: engines, kept studies, networks, images, dropped files.

use std::path::Path;

use stitchscope_core::attack::{AttackSettings, Norm, Start, step_graph};
use stitchscope_core::data::{Images, Reading, Split};
use stitchscope_core::engine::reference::{Precision, Reference};
use stitchscope_core::engine::{self, Choice, Engine};
use stitchscope_core::graph::Graph;
use stitchscope_core::inspect::Inspection;
use stitchscope_core::loss::Loss;
use stitchscope_core::onnx::Model;
use stitchscope_core::platform::files;
use stitchscope_core::recipe::{DonorRef, Recipe, RecipeError};
use stitchscope_core::report::Report;
use stitchscope_core::rewrite;
use stitchscope_core::study::{self, Network, StudyError};
use stitchscope_core::tensor::Tensor;

use super::messages::Answer;
use super::serve::Clerk;
use super::study::made;
use super::things::{Check, Device, EngineFound, KeptStudy, ModelView, Taken, Wall};
use super::{Ground, archive, found};

/// The largest report and recipe, in bytes, that are read.
const LARGEST_REPORT: u64 = 1 << 28;
const LARGEST_RECIPE: u64 = 1 << 20;
/// The oracle is slow: above so many multiply-adds nobody would wait for it.
const ORACLE_LIMIT: u64 = 30_000_000;
/// Largest difference to the oracle, as a share of the logits' size, that is only rounding.
const ROUNDING: f32 = 1e-3;

/// Engines and kept studies.
pub(super) async fn survey(ground: &dyn Ground) -> Answer {
    let mut engines = Vec::new();
    let all = [
        ("ort", Choice::Ort),
        ("wgpu", Choice::Wgpu),
        ("processor", Choice::Processor),
        ("reference", Choice::Reference),
    ];
    for (name, choice) in all {
        let found = engine::open(choice).await.map(|e| e.info().device.clone()).map_err(|e| e.to_string());
        engines.push(EngineFound { engine: name.to_owned(), found });
    }
    let device = match engine::open(Choice::Auto).await {
        Ok(engine) => {
            let info = engine.info();
            Device {
                engine: info.engine.to_owned(),
                device: info.device.clone(),
                threads: info.threads,
                accelerated: info.accelerated,
                engines,
            }
        }
        Err(error) => {
            Device { engine: String::new(), device: error.to_string(), threads: 0, accelerated: false, engines }
        }
    };
    let mut kept = Vec::new();
    let mut damaged = Vec::new();
    for study in ground.studies() {
        let found = ground.store(&study).and_then(|store| Ok((study::kept(store.as_ref())?, made(store.as_ref()))));
        match found {
            Ok((Some(found), made)) => {
                let made = made.unwrap_or_else(|| ground.dated(&study));
                kept.push(KeptStudy { study, report: found.report, finished: found.finished, made });
            }
            // A folder that was made and left before anything was kept.
            Ok((None, _)) => {}
            Err(why) => damaged.push(format!("The study {study} cannot be shown: {why}")),
        }
    }
    Answer::Survey { device, kept, damaged }
}

/// A network with what can be done with it, its file read as the recipe says.
pub(super) async fn model(clerk: &Clerk<'_>, reference: &str, recipe: &str) -> Result<ModelView, String> {
    let donors = Recipe::parse(recipe, "recipe").map(|recipe| [recipe.front, recipe.end]).into_iter().flatten();
    let donor = donors.into_iter().find(|donor| donor.model == reference).unwrap_or_else(|| DonorRef::new(reference));
    let model =
        clerk.ground.sources().model_as(reference, &donor.interface(None)).map_err(|error| error.to_string())?;
    let inspection = Inspection::of(reference, &model);
    let network = Network::new(reference, &model).map_err(|error| error.to_string());
    let checks = match &network {
        Err(why) => vec![Check { what: "Is an image classifier".to_owned(), found: Err(why.clone()) }],
        Ok(network) => vec![
            Check { what: "Runs here".to_owned(), found: runs(clerk, &model, network, inspection.operations).await },
            Check { what: "Can be cut".to_owned(), found: cuts(network) },
            Check { what: "Can be attacked".to_owned(), found: attackable(&model) },
        ],
    };
    let (image, classes) = network.map_or((None, None), |n| (Some(n.image), Some(n.classes)));
    Ok(ModelView { inspection, image, classes, checks })
}

/// Runs one grey image, and where the oracle can follow compares with it.
async fn runs(clerk: &Clerk<'_>, model: &Model, network: &Network, operations: u64) -> Result<String, String> {
    let say = |error: &dyn std::error::Error| error.to_string();
    let engine = clerk.engine(Choice::Auto).await.map_err(|e| say(&e))?;
    let graph = rewrite::simplify(&model.graph).map_err(|e| say(&e))?;
    let logits = logits(engine.as_ref(), &graph, network.image).await.map_err(|e| say(&e))?;
    let device = &engine.info().device;
    if logits.iter().any(|z| z.is_nan()) {
        return Err(format!("on {device} it answers a grey image with something that is no number"));
    }
    if operations > ORACLE_LIMIT || engine.info().engine == "reference" {
        return Ok(format!("on {device}"));
    }
    let oracle = Reference::new(Precision::AsTyped);
    let expected = self::logits(&oracle, &graph, network.image).await.map_err(|e| say(&e))?;
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
    let difference = norm(&mut logits.iter().zip(&expected).map(|(a, b)| a - b));
    let share = difference / norm(&mut expected.iter().copied()).max(f32::MIN_POSITIVE);
    if share > ROUNDING {
        return Err(format!("{device} and the plain reference differ by {share:.1e} of the logits; do not trust it"));
    }
    Ok(format!("on {device}; the plain reference agrees to {share:.0e}"))
}

async fn logits(engine: &dyn Engine, graph: &Graph, image: [usize; 3]) -> Result<Vec<f32>, StudyError> {
    let program = engine.compile(graph).await?;
    let input = engine.upload(&Tensor::full(&[1, image[0], image[1], image[2]], 0.5)).await?;
    let results = program.run(&[&input]).await?;
    let Some(first) = results.first() else { return Err(StudyError::Misfit("it has no output".to_owned())) };
    Ok(engine.read(first).await?.as_f32()?.to_vec())
}

fn cuts(network: &Network) -> Result<String, String> {
    let blocks = network.taps.iter().filter(|tap| tap.block_output).count();
    match network.taps.len() {
        0 => Err("no tensor between image and logits carries the whole signal".to_owned()),
        taps => Ok(format!("at {taps} taps, {blocks} of them outputs of blocks")),
    }
}

/// Whether there is a gradient of the image.
fn attackable(model: &Model) -> Result<String, String> {
    let settings = AttackSettings {
        norm: Norm::Linf,
        eps: 0.1,
        alpha: 0.01,
        steps: 1,
        restarts: 1,
        start: Start::Clean,
        loss: Loss::CrossEntropy,
        seed: 0,
    };
    let graph = rewrite::simplify(&model.graph).map_err(|error| error.to_string())?;
    step_graph(&graph, &settings)
        .map(|_| "its gradient is known down to the image".to_owned())
        .map_err(|e| e.to_string())
}

/// The first images of a set.
pub(super) fn images(ground: &dyn Ground, set: &str, most: usize) -> Result<Wall, String> {
    // The zoo and single files hold one split; a folder with both shows its test half.
    let images: Images =
        ground.sources().images(set, Split::Test, &Reading::default()).map_err(|error| error.to_string())?;
    let mut counts = vec![0; images.number_of_classes()];
    for label in &images.labels {
        if let Some(count) = usize::try_from(*label).ok().and_then(|label| counts.get_mut(label)) {
            *count += 1;
        }
    }
    let (total, shape, classes) = (images.len(), images.shape(), images.classes.clone());
    let images = images.take_first(most);
    let values = images.pixels_f32(&(0..images.len()).collect::<Vec<_>>());
    let low = values.iter().copied().fold(f32::INFINITY, f32::min);
    let high = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    let pixels = values.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    Ok(Wall { total, shape, pixels, labels: images.labels, classes, counts, range: [low, high, mean] })
}

/// What a file is, by its name and then by its content.
pub(super) fn take(ground: &dyn Ground, place: &str) -> Result<Taken, String> {
    let say = |error: &dyn std::error::Error| error.to_string();
    if files::is_dir(Path::new(place)) {
        return match found::folder(ground, place)? {
            Some(study) => Ok(Taken::Study(Box::new(study))),
            None => Ok(Taken::Images),
        };
    }
    // An address may go on behind the file's name.
    let named = if place.contains("://") { place.split(['?', '#']).next().unwrap_or(place) } else { place };
    let ending = named.rsplit(['/', '\\']).next().and_then(|name| name.rsplit_once('.')).map(|(_, e)| e.to_lowercase());
    match ending.as_deref() {
        Some("onnx") => Ok(Taken::Model),
        Some("toml") => {
            let bytes = ground.read(place, LARGEST_RECIPE).map_err(|e| say(&e))?;
            let text = String::from_utf8(bytes).map_err(|_| format!("{place} is not a text file; a recipe is TOML"))?;
            Ok(Taken::Recipe(Recipe::parse(&text, place).map_err(|e| newer(&e))?.to_toml()))
        }
        Some("json") => {
            let bytes = ground.read(place, LARGEST_REPORT).map_err(|e| say(&e))?;
            let report = Report::parse(&bytes).map_err(|e| format!("{place}: {e}"))?;
            Ok(Taken::Study(Box::new(found::report(ground, place, report)?)))
        }
        Some("zip") => {
            let bytes = ground.read(place, archive::LARGEST).map_err(|e| say(&e))?;
            Ok(Taken::Study(Box::new(archive::unpack(ground, place, &bytes)?)))
        }
        Some("npz" | "gz" | "bin" | "png" | "jpg" | "jpeg") | None => Ok(Taken::Images),
        Some(other) => Err(format!(
            "{place} ends in .{other}; what can be opened: networks (.onnx), recipes (.toml), reports (.json), whole studies (.zip), images (.npz, IDX, CIFAR, a folder)"
        )),
    }
}

/// A fault in a recipe; where a word is unknown it may be one of a later version.
fn newer(error: &RecipeError) -> String {
    let version = env!("CARGO_PKG_VERSION");
    if error.message.starts_with("unknown") {
        format!("{error}. If a newer Stitchscope wrote this recipe, open it there: this is {version}")
    } else {
        error.to_string()
    }
}
