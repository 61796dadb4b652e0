//! What a study leaves in its folder, with what is a time left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Every file of a results folder by its name, with what is a time left out.
pub fn left(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().display().to_string();
            let bytes = match name.as_str() {
                "lock" | "journal.jsonl" => Vec::new(),
                "report.json" => timeless(&fs::read(&path).unwrap()),
                "cells.csv" => without_seconds(&fs::read_to_string(&path).unwrap()).into_bytes(),
                _ => fs::read(&path).unwrap(),
            };
            all.insert(name, bytes);
        }
    }
    all
}

fn timeless(report: &[u8]) -> Vec<u8> {
    let mut report: Value = serde_json::from_slice(report).unwrap();
    report.as_object_mut().unwrap().remove("timings");
    for cell in report["cells"].as_array_mut().unwrap() {
        cell.as_object_mut().unwrap().remove("seconds");
    }
    serde_json::to_vec(&report).unwrap()
}

fn without_seconds(table: &str) -> String {
    let place = table.lines().next().unwrap().split(',').position(|name| name == "seconds").unwrap();
    let row = |line: &str| {
        line.split(',')
            .enumerate()
            .filter(|(at, _)| *at != place)
            .map(|(_, field)| field.to_owned() + ",")
            .collect::<String>()
    };
    table.lines().map(|line| row(line) + "\n").collect()
}
