//! Networks and images: bundled ones always, published ones where they lie.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use stitchscope_core::data::{self, Images, Split, idx};
use stitchscope_core::graph::Graph;
use stitchscope_core::onnx;

use crate::Fallible;

/// Names the folder of published networks and numbers.
const SHARED: &str = "STITCHSCOPE_SHARED";

fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// A file of the shared folder (`STITCHSCOPE_SHARED`, else `../shared` beside the checkout), or `None` after saying why.
#[must_use]
#[expect(clippy::print_stderr, reason = "a suite says what it leaves out")]
pub fn shared_file(name: &str) -> Option<PathBuf> {
    let beside = || workspace().parent().map(|outside| outside.join("shared"));
    let folder = std::env::var_os(SHARED).map(PathBuf::from).or_else(beside)?;
    let path = folder.join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there (set {SHARED} to the folder that holds {name})", path.display());
    None
}

/// A network of the zoo.
///
/// # Errors
/// When the zoo has none of that name or it cannot be read.
pub fn zoo_network(name: &str) -> Fallible<Graph> {
    let bytes = stitchscope_zoo::model(name).ok_or_else(|| format!("the zoo has no network `{name}`"))?;
    Ok(onnx::read(Bytes::from_static(bytes), name, &onnx::external::none)?.graph)
}

/// A network from a file.
///
/// # Errors
/// When the file cannot be read.
pub fn network_file(path: &Path) -> Fallible<Graph> {
    let bytes = Bytes::from(std::fs::read(path)?);
    Ok(onnx::read(bytes, &path.display().to_string(), &onnx::external::none)?.graph)
}

/// The first `count` images of a set of the zoo.
///
/// # Errors
/// When the zoo has none of that name or it is damaged.
pub fn zoo_images(name: &str, count: usize) -> Fallible<Images> {
    let set = stitchscope_zoo::images(name).ok_or_else(|| format!("the zoo has no images `{name}`"))?;
    let source = |bytes| idx::Source { file: name, bytes };
    Ok(idx::read(name, source(set.images), source(set.labels))?.take_first(count))
}

/// The first `count` test images of CIFAR-10 from the project's cache, or `None` after saying that they are not there.
///
/// # Errors
/// When they are there and cannot be read.
#[expect(clippy::print_stderr, reason = "a suite says what it leaves out")]
pub fn cifar_images(count: usize) -> Fallible<Option<Images>> {
    let folder = workspace().join(".cache/data/cifar10");
    if !folder.is_dir() {
        eprintln!("skipped: CIFAR-10 is not in {}; `cargo xtask setup` brings it", folder.display());
        return Ok(None);
    }
    Ok(Some(data::open(&folder, Split::Test)?.take_first(count)))
}
