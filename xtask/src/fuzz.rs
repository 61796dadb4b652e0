//! `cargo xtask fuzz`: the targets of `fuzz/` under libFuzzer for some minutes, and what came of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::Tool;
use crate::workspace;

/// Seconds that one input may take, and memory in MiB, before it counts as a finding.
const LIMITS: [&str; 2] = ["-timeout=10", "-rss_limit_mb=512"];

/// Runs `targets` (all where none is named) for `minutes` together.
///
/// # Errors
/// If a target finds something, or cannot be built.
pub fn run(targets: &[String], minutes: u64) -> Result<()> {
    let folder = workspace::root().join("fuzz");
    let all = known(&folder)?;
    if let Some(unknown) = targets.iter().find(|target| !all.contains(target)) {
        bail!("there is no target `{unknown}`; there are {}", all.join(", "));
    }
    let targets: Vec<&String> = all.iter().filter(|target| targets.is_empty() || targets.contains(target)).collect();
    println!("{} targets, {minutes} minutes together; building them comes first", targets.len());
    if !Tool::cargo().args(["fuzz", "--version"]).works() {
        Tool::cargo().args(["install", "cargo-fuzz", "--locked"]).run()?;
    }
    // The versions of the workspace; the fuzzer's own are added.
    fs::copy(workspace::root().join("Cargo.lock"), folder.join("Cargo.lock"))
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    let seconds = (minutes * 60 / targets.len().max(1) as u64).max(1);
    let mut rows = Vec::new();
    for target in targets {
        let (corpus, seeds) = (folder.join("corpus").join(target), folder.join("seeds").join(kind(target)));
        fs::create_dir_all(&corpus)?;
        // Without a sanitizer: there is no `unsafe` here, and a stable compiler builds it.
        let tool = Tool::cargo().args(["fuzz", "run", "--sanitizer", "none", target.as_str()]);
        let tool = tool.arg(&corpus).arg(&seeds).arg("--").args(LIMITS);
        let time = format!("-max_total_time={seconds}");
        let log = folder.join(format!("corpus/{target}.log"));
        let ended = tool.args([time.as_str(), "-print_final_stats=1", "-len_control=0"]).logged(&log);
        let text = fs::read_to_string(&log).unwrap_or_default();
        rows.push(Row::of(target, &text, ended.is_ok()));
    }
    println!("target         executions    coverage  peak MiB  findings");
    rows.iter().for_each(|row| println!("{row}"));
    match rows.iter().filter(|row| !row.sound).count() {
        0 => Ok(()),
        found => {
            bail!("{found} targets found something: see fuzz/artifacts; once it is mended, keep it in fuzz/found/KIND")
        }
    }
}

/// Names of the targets, sorted.
fn known(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// The kind of file that a target takes: `onnx_run` has the seeds of `onnx`.
fn kind(target: &str) -> &str {
    target.split('_').next().unwrap_or(target)
}

/// What libFuzzer said of one target.
#[derive(Debug, PartialEq)]
struct Row {
    target: String,
    executions: String,
    coverage: String,
    peak: String,
    sound: bool,
}

impl Row {
    fn of(target: &str, log: &str, sound: bool) -> Self {
        let stat = |name: &str| {
            let line = log.lines().rev().find_map(|line| line.strip_prefix(name));
            line.map_or_else(|| "?".to_owned(), |value| value.trim().to_owned())
        };
        let covered = log.lines().rev().find_map(|line| line.split(" cov: ").nth(1)?.split(' ').next());
        Self {
            target: target.to_owned(),
            executions: stat("stat::number_of_executed_units:"),
            coverage: covered.unwrap_or("?").to_owned(),
            peak: stat("stat::peak_rss_mb:"),
            sound,
        }
    }
}

impl std::fmt::Display for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { target, executions, coverage, peak, sound } = self;
        write!(f, "{target:<12} {executions:>12} {coverage:>11} {peak:>9}  {}", if *sound { "none" } else { "SOME" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read() {
        let log = "#2 INITED cov: 10 ft: 11\n#4096 pulse  cov: 812 ft: 2000 corp: 5\nDone\n\
                   stat::number_of_executed_units: 4711\nstat::peak_rss_mb:              88\n";
        let row = Row::of("onnx", log, true);
        assert_eq!((row.executions.as_str(), row.coverage.as_str(), row.peak.as_str()), ("4711", "812", "88"));
        assert_eq!(Row::of("onnx", "", false).to_string().split_whitespace().last(), Some("SOME"));
    }

    #[test]
    fn every_target_has_a_name_and_seeds() {
        let folder = workspace::root().join("fuzz");
        let names = known(&folder).unwrap();
        assert!(names.contains(&"onnx".to_owned()), "{names:?}");
        for name in names {
            assert!(fs::read_dir(folder.join("seeds").join(kind(&name))).unwrap().count() > 0, "{name}");
        }
    }
}
