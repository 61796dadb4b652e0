//! `stitchscope checks`: the program's attacks against what verifiers have proved.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use stitchscope_core::attack::ground_truth::{Comparison, Instances, compare};
use stitchscope_core::attack::{Ball, Norm, Preset};
use stitchscope_core::engine::{self, Choice, Engine};
use stitchscope_core::platform::{block_on, files};
use stitchscope_core::study::{FileSources, Sources as _};

use crate::shelf::Zoo;
use crate::terminal;

/// What an archive of instances is called.
const ENDING: &str = ".instances.npz";
/// Images attacked at once.
const BATCH: usize = 64;

/// Attacks the instances of every network in `folder`, prints a row each, and writes what contradicts a proof into `out`.
pub fn checks(folder: &Path, preset: Preset, out: Option<&Path>) -> Result<()> {
    let engine = block_on(engine::open(Choice::Auto))?;
    let passes = "passes per image (forward, backward)";
    terminal::line(&format!("{:<28} {:>15} {:>15} {:>15}  {passes}", "network", "holds", "violated", "open"));
    let mut contradictions = 0;
    for archive in archives(folder)? {
        let name =
            archive.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_suffix(ENDING)).unwrap_or_default();
        let found = of_network(engine.as_ref(), &archive, name, preset)?;
        terminal::line(&row(name, &found));
        contradictions += found.contradictions.len();
        write(name, &found, out)?;
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
    let mut found: Vec<PathBuf> = paths.into_iter().filter(|p| p.to_string_lossy().ends_with(ENDING)).collect();
    found.sort();
    if found.is_empty() {
        bail!("{} has no NAME{ENDING}; docs/attacks.md describes these files", folder.display());
    }
    Ok(found)
}

/// The network in pixels where there is one beside the archive, else the network under its own name.
fn of_network(engine: &dyn Engine, archive: &Path, name: &str, preset: Preset) -> Result<Comparison> {
    let beside = |ending: &str| archive.with_file_name(format!("{name}{ending}"));
    let path = Some(beside(".pixels.onnx")).filter(|p| p.is_file()).unwrap_or_else(|| beside(".onnx"));
    let model = FileSources { shelf: &Zoo }.model(&path.to_string_lossy())?;
    let instances = Instances::read(&archive.to_string_lossy(), &files::read(archive)?)?;
    // Every image has a radius of its own; steps are made for the largest.
    let eps = instances.eps.iter().copied().fold(0.0, f32::max);
    let suite = preset.stages(Ball { norm: Norm::Linf, eps }, None, 0);
    Ok(block_on(compare(engine, &model.graph, &instances, (&suite, BATCH), &mut |_, _, _| true))?)
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
        let path = folder.join(format!("{name}-{}.json", contradiction.index));
        let text = serde_json::json!({ "network": name, "row": contradiction.index, "image": contradiction.image })
            .to_string();
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}
