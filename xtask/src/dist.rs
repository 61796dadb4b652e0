//! `cargo xtask dist`: an archive for one system, with what a person who has neither checkout nor compiler needs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::command::Tool;
use crate::workspace;

/// Files of the checkout that belong to the program: where they are, and their place in the archive.
const FILES: [(&str, &str); 6] = [
    ("README.md", "README.md"),
    ("CHANGELOG.md", "CHANGELOG.md"),
    ("LICENSE-MIT", "LICENSE-MIT"),
    ("LICENSE-APACHE", "LICENSE-APACHE"),
    ("figures/assets/Inter-LICENSE.txt", "licences/Inter.txt"),
    ("zoo/data/LICENCES.md", "licences/zoo.md"),
];
/// Shells, and what their scripts are called.
const SHELLS: [(&str, &str); 3] = [("bash", "stitchscope.bash"), ("zsh", "_stitchscope"), ("fish", "stitchscope.fish")];
/// Programs that print SHA-256 sums, with their arguments.
const SUMS: [&[&str]; 2] = [&["sha256sum"], &["shasum", "-a", "256"]];

/// Builds the program for this system, packs it, and says where the archive is.
///
/// # Errors
/// If the build or a tool fails.
pub fn run() -> Result<()> {
    println!(
        "The archive, in two steps: the program is built with link-time optimisation (about 20 minutes on two cores), then packed.\n"
    );
    let program = build()?;
    let name = format!("stitchscope-{}-{}", env!("CARGO_PKG_VERSION"), host()?);
    let all = workspace::target().join("archives");
    let folder = all.join(&name);
    let _ = fs::remove_dir_all(&folder);
    fill(&folder, &program)?;
    let archive = format!("{name}.tar.gz");
    Tool::new("tar").args(["-czf", &archive, &name]).folder(&all).run()?;
    let sum = sum(&all, &archive)?;
    fs::write(all.join(format!("{archive}.sha256")), &sum)?;
    println!("{}\n{}", all.join(&archive).display(), sum.trim());
    Ok(())
}

/// The program as it is published; its `--version` names the commit.
fn build() -> Result<PathBuf> {
    Tool::cargo()
        .args(["build", "--locked", "--profile=dist", "--package", "stitchscope"])
        .env("STITCHSCOPE_COMMIT", commit()?)
        .run()?;
    Ok(workspace::target().join("dist").join(format!("stitchscope{}", std::env::consts::EXE_SUFFIX)))
}

/// The commit of the checkout, for `--version`.
///
/// # Errors
/// If this is no checkout, or Git is not there.
pub fn commit() -> Result<String> {
    let commit = Tool::new("git").args(["rev-parse", "--short=12", "HEAD"]).output()?;
    let changed = !Tool::new("git").args(["diff", "--quiet", "HEAD"]).works();
    Ok(format!("{}{}", commit.trim(), if changed { ", changed since" } else { "" }))
}

fn fill(folder: &Path, program: &Path) -> Result<()> {
    let root = workspace::root();
    for (from, to) in FILES {
        copy(&root.join(from), &folder.join(to))?;
    }
    copy(program, &folder.join(program.file_name().context("the program has no name")?))?;
    let completions = folder.join("completions");
    fs::create_dir_all(&completions)?;
    for (shell, file) in SHELLS {
        fs::write(completions.join(file), Tool::new(program).args(["completions", shell]).output()?)?;
    }
    Tool::new(program).arg("man").arg(folder.join("man")).run()?;
    fs::write(folder.join("licences").join("crates.txt"), crates()?)?;
    Ok(())
}

/// The crates in the program, each with version and licence.
fn crates() -> Result<String> {
    let arguments = ["tree", "--package", "stitchscope", "--edges", "normal", "--prefix", "none"];
    let tree = Tool::cargo().args(arguments).args(["--no-dedupe", "--format", "{p}: {l}"]).output()?;
    let mut lines: Vec<&str> = tree.lines().filter(|line| !line.is_empty() && !line.contains("stitchscope")).collect();
    lines.sort_unstable();
    lines.dedup();
    Ok(lines.join("\n") + "\n")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(from, to))
        .map(|_| ())
        .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}

/// What `sha256sum --check` reads.
fn sum(folder: &Path, file: &str) -> Result<String> {
    let summed = SUMS.iter().find_map(|tool| {
        let (program, arguments) = tool.split_first()?;
        Tool::new(program).args(arguments).arg(file).folder(folder).output().ok()
    });
    summed.context("neither sha256sum nor shasum is there: install one of them")
}

/// This system, as compilers name it.
fn host() -> Result<String> {
    let version = Tool::new("rustc").arg("-vV").output()?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("rustc does not name its host")?.to_owned())
}
