//! `stitchscope doctor`: what was found, and why what is missing is missing.

use anyhow::Result;
use stitchscope_core::engine::{self, Choice};
use stitchscope_core::platform::block_on;

/// Prints engines and devices.
pub fn doctor() -> Result<()> {
    println!("Stitchscope {}", env!("CARGO_PKG_VERSION"));
    let all = [
        ("ort", Choice::Ort),
        ("wgpu", Choice::Wgpu),
        ("processor", Choice::Processor),
        ("reference", Choice::Reference),
    ];
    for (name, choice) in all {
        match block_on(engine::open(choice)) {
            Ok(engine) => {
                println!("{name}: ready, {}", engine.info().device);
                engine.info().notes.iter().for_each(|note| println!("    {note}"));
            }
            Err(why) => println!("{name}: not here. {why}"),
        }
    }
    let chosen = block_on(engine::open(Choice::Auto))?;
    println!("engine = \"auto\" takes {}: the first of these that is ready.", chosen.info().engine);
    println!("zoo: {} networks, {} image sets", stitchscope_zoo::MODELS.len(), stitchscope_zoo::IMAGES.len());
    Ok(())
}
