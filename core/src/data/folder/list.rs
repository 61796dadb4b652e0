//! Files that give classes their numbers: `class_to_index.json` and its kin.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::data::limits::damaged;
use crate::data::{DataError, MAX_CLASSES};
use crate::platform::files;

/// What such files are called.
const NAMES: [&str; 6] = [
    "class_to_index.json",
    "class_to_index.txt",
    "class_to_idx.json",
    "class_to_idx.txt",
    "imagenet_class_index.json",
    "class_index.json",
];
/// The list of ImageNet's 1,000 classes has 35 kB.
const MOST_BYTES: u64 = 4 << 20;

/// A list: where it lies, and the number of each name.
pub(super) type List = (PathBuf, HashMap<String, u32>);

/// The first list in these folders: its path and the number of each name in it.
///
/// JSON: `{"cat": 0}`, `{"0": "cat"}`, `{"0": ["n02123045", "tabby"]}` or `["cat", "dog"]`. Text: a name and its number on each
/// line, in either order, or names alone, which are numbered from 0.
///
/// # Errors
/// A list that cannot be read so.
pub(super) fn beside(places: &[&Path]) -> Result<Option<List>, DataError> {
    let paths = places.iter().flat_map(|place| NAMES.map(|name| place.join(name)));
    let Some(path) = paths.into_iter().find(|path| files::exists(path)) else { return Ok(None) };
    let file = path.display().to_string();
    let size = files::size(&path)?;
    if size > MOST_BYTES {
        return Err(DataError::TooLarge { file, bytes: size, limit: MOST_BYTES });
    }
    let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    let pairs = if path.extension().is_some_and(|ending| ending == "json") {
        let value: Value = serde_json::from_str(&text).map_err(|error| damaged(&file, &error))?;
        json(&value)
    } else {
        Some(lines(&text))
    };
    let pairs = pairs.ok_or_else(|| damaged(&file, &"it is no list of names with numbers"))?;
    if let Some((_, number)) = pairs.iter().find(|(_, number)| *number >= u64::from(MAX_CLASSES)) {
        return Err(damaged(&file, &format!("it has the class number {number}")));
    }
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(Some((path, pairs.into_iter().map(|(name, at)| (name, number(at))).collect())))
}

fn json(value: &Value) -> Option<Vec<(String, u64)>> {
    let name = |value: &Value| value.as_str().map(str::to_owned);
    match value {
        Value::Array(names) => names.iter().zip(0..).map(|(value, number)| Some((name(value)?, number))).collect(),
        Value::Object(entries) => {
            let mut pairs = Vec::new();
            for (key, value) in entries {
                match value {
                    Value::Number(number) => pairs.push((key.clone(), number.as_u64()?)),
                    Value::String(name) => pairs.push((name.clone(), key.parse().ok()?)),
                    Value::Array(names) => {
                        let number = key.parse().ok()?;
                        pairs.extend(
                            names.iter().map(|value| Some((name(value)?, number))).collect::<Option<Vec<_>>>()?,
                        );
                    }
                    Value::Null | Value::Bool(_) | Value::Object(_) => return None,
                }
            }
            Some(pairs)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn lines(text: &str) -> Vec<(String, u64)> {
    let separators = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';' | '=');
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let pair = |(line, place): (&str, u64)| {
        let (start, end) = (line.split_once(separators), line.rsplit_once(separators));
        let named = |name: &str, number: &str| Some((name.trim_matches(separators).to_owned(), number.parse().ok()?));
        end.and_then(|(name, number)| named(name, number))
            .or_else(|| start.and_then(|(number, name)| named(name, number)))
            .unwrap_or_else(|| (line.to_owned(), place))
    };
    lines.zip(0..).map(pair).collect()
}
