//! Checks every kernel under `wgsl/` and writes its typed handle; `build/mod.rs` tells the steps.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

#[path = "build/mod.rs"]
mod kernels;

fn main() -> Result<(), Box<dyn Error>> {
    for watched in ["build.rs", "build", "wgsl", "variants.txt"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let folder = env::var("CARGO_MANIFEST_DIR")?;
    let code = kernels::generate(Path::new(&folder))?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("kernels.rs"), code)?;
    Ok(())
}
