//! Do the documents' examples of commands name commands and options that there are? `docs/commands.md` is written from the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// Options of every command.
const COMMON: [&str; 4] = ["--help", "-h", "--version", "-V"];

/// Each command with its options, as `docs/commands.md` lists them.
fn known() -> BTreeMap<String, BTreeSet<String>> {
    let page = fs::read_to_string(super::file("docs/commands.md")).unwrap_or_default();
    let sections = page.split("\n## stitchscope ").skip(1);
    sections
        .map(|section| {
            let (name, rest) = section.split_once('\n').unwrap_or((section, ""));
            let words = rest.lines().filter(|line| line.starts_with("| `")).flat_map(str::split_whitespace);
            let options = words.flat_map(|word| word.split(['`', ','])).filter(|word| word.starts_with('-'));
            (name.trim().to_owned(), options.map(str::to_owned).collect())
        })
        .collect()
}

/// Every line of code that calls the program, with its file.
fn calls() -> Vec<(String, String)> {
    let folders = ["", "docs", "docs/how"].map(super::file);
    let files =
        folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten().map(|entry| entry.path());
    let pages: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    let mut calls = Vec::new();
    for page in pages {
        let text = fs::read_to_string(&page).unwrap_or_default();
        let mut fenced = false;
        for line in text.lines() {
            fenced ^= line.trim_start().starts_with("```");
            let is_code = fenced || line.starts_with("    ");
            if let Some(call) = line.trim_start().strip_prefix("stitchscope ").filter(|_| is_code) {
                calls.push((page.display().to_string(), call.to_owned()));
            }
        }
    }
    calls
}

#[test]
fn every_example_names_a_command_and_options_that_there_are() {
    let (known, calls) = (known(), calls());
    assert!(known.len() > 15 && calls.len() > 30, "{} commands, {} examples", known.len(), calls.len());
    for (page, call) in calls {
        let mut words = call.split_whitespace();
        let Some(options) = words.next().and_then(|name| known.get(name)) else {
            // Without a command the window opens what is named.
            assert!(call.starts_with("results/"), "{page}: `stitchscope {call}` is no command");
            continue;
        };
        // What stands behind a gap of several blanks or a hash is said about the call.
        let said = call.find("   ").or_else(|| call.find(" #")).unwrap_or(call.len());
        for word in call[..said].split_whitespace().map(|word| word.trim_matches(['[', ']', '(', ')', ','])) {
            let is_option = word.starts_with('-') && word.len() > 1;
            let name = word.split('=').next().unwrap_or(word);
            let is_known = options.contains(name) || COMMON.contains(&name);
            assert!(!is_option || is_known, "{page}: `stitchscope {call}` has no option {name}");
        }
    }
}
