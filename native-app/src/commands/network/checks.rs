//! `stitchscope checks`: the program's attacks against what verifiers have proved.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use stitchscope_core::attack::ground_truth::{Comparison, Instances, Property, Proved, compare};
use stitchscope_core::attack::{Ball, Norm, Preset};
use stitchscope_core::engine::{self, Choice, Engine};
use stitchscope_core::graph::Graph;
use stitchscope_core::platform::{block_on, files};
use stitchscope_core::study::{FileSources, Network, Sources as _};

use crate::shelf::Zoo;
use crate::terminal;

/// What archives of instances are called.
const ENDINGS: [&str; 2] = [".instances.npz", ".hard.npz"];
/// The list of a folder of VNN-LIB files: network, property, seconds, and what is known, without a header.
const LIST: &str = "instances.csv";
/// Images attacked at once.
const BATCH: usize = 64;

/// Attacks the instances of every network in `folder`, prints a row each, and writes what contradicts a proof into `out`.
pub fn checks(folder: &Path, preset: Preset, out: Option<&Path>) -> Result<()> {
    let engine = block_on(engine::open(Choice::Auto))?;
    let passes = "passes per image (forward, backward)";
    terminal::line(&format!("{:<28} {:>15} {:>15} {:>15}  {passes}", "network", "holds", "violated", "open"));
    let mut contradictions = 0;
    for archive in archives(folder)? {
        let file = archive.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let name = ENDINGS.iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or_default();
        let found = of_network(engine.as_ref(), &archive, name, preset)?;
        let shown = file.strip_suffix(".instances.npz").or_else(|| file.strip_suffix(".npz")).unwrap_or(file);
        terminal::line(&row(shown, &found));
        contradictions += found.contradictions.len();
        write(shown, &found, out)?;
    }
    for (name, found) in of_list(engine.as_ref(), folder, preset)? {
        terminal::line(&row(&name, &found));
        contradictions += found.contradictions.len();
        write(&name, &found, out)?;
    }
    if contradictions > 0 {
        bail!(
            "{contradictions} images that are proved robust fell inside their exact box: attack, network or proof is wrong"
        );
    }
    Ok(())
}

fn archives(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("{} cannot be listed", folder.display()))?;
    let paths = entries.map(|entry| entry.map(|e| e.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
    let mut found: Vec<PathBuf> = paths
        .into_iter()
        .filter(|path| ENDINGS.iter().any(|ending| path.to_string_lossy().ends_with(ending)))
        .collect();
    found.sort();
    if found.is_empty() && !folder.join(LIST).is_file() {
        bail!(
            "{} has no NAME.instances.npz, no NAME.hard.npz and no {LIST}; docs/attacks.md describes these files",
            folder.display()
        );
    }
    Ok(found)
}

/// The network in pixels where there is one beside the archive, else the network under its own name.
fn of_network(engine: &dyn Engine, archive: &Path, name: &str, preset: Preset) -> Result<Comparison> {
    let beside = |ending: &str| archive.with_file_name(format!("{name}{ending}"));
    let path = Some(beside(".pixels.onnx")).filter(|p| p.is_file()).unwrap_or_else(|| beside(".onnx"));
    let model = FileSources { shelf: &Zoo }.model(&path.to_string_lossy())?;
    let instances = Instances::read(&archive.to_string_lossy(), &files::read(archive)?)?;
    attacked(engine, &model.graph, &instances, preset)
}

/// A property with its file, and what is known of it.
type Known = (String, Property, Proved);

/// The networks of the folder's list, where it has one, with what was found of each.
fn of_list(engine: &dyn Engine, folder: &Path, preset: Preset) -> Result<Vec<(String, Comparison)>> {
    let list = folder.join(LIST);
    if !list.is_file() {
        return Ok(Vec::new());
    }
    let text = read_text(&list)?;
    let mut networks: Vec<(String, Vec<Known>)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [network, property, rest @ ..] = fields.as_slice() else {
            bail!("{}: `{line}` should be network, property, seconds", list.display());
        };
        let said = read_text(&folder.join(property))?;
        let read = ((*property).to_owned(), Property::read(property, &said)?, Proved::of(rest.get(1).unwrap_or(&"")));
        match networks.iter_mut().find(|(known, _)| known == network) {
            Some((_, properties)) => properties.push(read),
            None => networks.push(((*network).to_owned(), vec![read])),
        }
    }
    let each = networks.into_iter().map(|(name, properties)| {
        let path = folder.join(&name).to_string_lossy().into_owned();
        let network = Network::new(&path, &FileSources { shelf: &Zoo }.model(&path)?)?;
        let instances = Instances::of_properties(&properties, (network.image, network.classes))?;
        Ok((name, attacked(engine, &network.graph, &instances, preset)?))
    });
    each.collect()
}

/// A file that should be text.
fn read_text(path: &Path) -> Result<String> {
    let bytes = files::read(path)?;
    String::from_utf8(bytes.into()).with_context(|| format!("{} is no text", path.display()))
}

/// What the preset's attacks come to, each image within its own radius.
fn attacked(engine: &dyn Engine, network: &Graph, instances: &Instances, preset: Preset) -> Result<Comparison> {
    // Steps are made for the largest.
    let eps = instances.eps.iter().copied().fold(0.0, f32::max);
    let suite = preset.stages(Ball { norm: Norm::Linf, eps }, None, 0);
    Ok(block_on(compare(engine, network, instances, (&suite, BATCH), &mut |_, _, _| true))?)
}

fn row(name: &str, found: &Comparison) -> String {
    let attacked = found.stages.first().map_or(0, |s| s.attacked).max(1);
    let [forward, backward] =
        [found.stages.iter().map(|s| s.forward).sum::<u64>(), found.stages.iter().map(|s| s.backward).sum()];
    let mut text = format!(
        "{name:<28} {:>15} {:>15} {:>15}  {}, {}",
        format!("{} of {} fell", found.contradictions.len(), found.hold),
        format!("{} of {} fell", found.violated - found.missed.len(), found.violated),
        format!("{} of {} fell", found.open_fallen, found.open),
        forward / attacked,
        backward / attacked,
    );
    let lists = [
        ("violated and not found", &found.missed),
        ("fell outside the exact box", &found.outside),
        ("not judged", &found.not_judged),
    ];
    for (what, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        text.push_str(&format!("\n    {what}: rows {list:?}"));
    }
    text
}

/// Each contradiction as JSON: network, row, and the point in f64 pixels.
fn write(name: &str, found: &Comparison, out: Option<&Path>) -> Result<()> {
    for contradiction in &found.contradictions {
        let Some(folder) = out else { continue };
        std::fs::create_dir_all(folder)?;
        let path = folder.join(format!("{}-{}.json", name.replace(['/', '\\'], "_"), contradiction.index));
        let text = serde_json::json!({ "network": name, "row": contradiction.index, "image": contradiction.image })
            .to_string();
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
