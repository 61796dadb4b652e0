//! `stitchscope doctor`: what was found, and why what is missing is missing.

use anyhow::Result;
use stitchscope_core::engine::{self, Choice};
use stitchscope_core::platform::block_on;

use crate::terminal;

/// Prints engines and devices.
pub fn doctor() -> Result<()> {
    terminal::line(&format!("Stitchscope {}", crate::version::long()));
    let all = [
        ("ort", Choice::Ort),
        ("wgpu", Choice::Wgpu),
        ("processor", Choice::Processor),
        ("reference", Choice::Reference),
    ];
    for (name, choice) in all {
        match block_on(engine::open(choice)) {
            Ok(engine) => {
                terminal::line(&format!("{name}: ready, {}", engine.info().device));
                engine.info().notes.iter().for_each(|note| terminal::line(&format!("    {note}")));
            }
            Err(why) => terminal::line(&format!("{name}: not here. {why}")),
        }
    }
    let chosen = block_on(engine::open(Choice::Auto))?;
    let (networks, sets) = (stitchscope_zoo::MODELS.len(), stitchscope_zoo::IMAGES.len());
    terminal::line(&format!(
        "engine = \"auto\" takes {}: the first of these that is ready.\nzoo: {networks} networks, {sets} image sets",
        chosen.info().engine
    ));
    Ok(())
}
