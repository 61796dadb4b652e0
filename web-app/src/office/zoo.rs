//! The zoo on a page: named in the program, fetched when it is first needed.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use stitchscope_core::data::{Images, idx};
use stitchscope_core::platform::files;
use stitchscope_core::study::{Shelf, StudyError};
use toml::{Table, Value};

/// The zoo among the files in memory.
pub struct Zoo;

/// The two files of an image set.
const PARTS: [&str; 2] = ["images-idx3-ubyte.gz", "labels-idx1-ubyte.gz"];

/// The entry of the manifest's list `key` that has this name.
fn entry(key: &str, name: &str) -> Option<Table> {
    entries(key).into_iter().find(|entry| entry.get("name").and_then(Value::as_str) == Some(name))
}

fn entries(key: &str) -> Vec<Table> {
    let manifest: Table = stitchscope_zoo::MANIFEST.parse().unwrap_or_default();
    let list = manifest.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(|entry| entry.as_table().cloned()).collect()
}

/// The files that a name stands for; none where the zoo has no such thing.
pub fn paths(name: &str) -> Vec<PathBuf> {
    if entry("model", name).is_some() {
        return vec![model(name)];
    }
    if entry("images", name).is_some() {
        return PARTS.map(|part| set(name).join(part)).to_vec();
    }
    Vec::new()
}

fn model(name: &str) -> PathBuf {
    Path::new("zoo/models").join(format!("{name}.onnx"))
}

fn set(name: &str) -> PathBuf {
    Path::new("zoo/data").join(name)
}

impl Shelf for Zoo {
    fn model(&self, name: &str) -> Option<Bytes> {
        entry("model", name)?;
        files::read(&model(name)).ok()
    }

    fn images(&self, name: &str) -> Result<Option<Images>, StudyError> {
        let Some(entry) = entry("images", name) else { return Ok(None) };
        let [images, labels] = PARTS.map(|part| files::read(&set(name).join(part)));
        let (images, labels) = (images?, labels?);
        let source = |file, bytes| idx::Source { file, bytes };
        let (first, second) = (format!("zoo:{name}, images"), format!("zoo:{name}, labels"));
        let mut images = idx::read(&format!("zoo:{name}"), source(&first, &images), source(&second, &labels))?;
        let classes = entry.get("classes").and_then(Value::as_array).into_iter().flatten();
        images.classes = classes.filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Some(images))
    }

    fn names(&self) -> Vec<String> {
        let name = |entry: Table| entry.get("name").and_then(Value::as_str).map(str::to_owned);
        entries("model").into_iter().chain(entries("images")).filter_map(name).collect()
    }
}
