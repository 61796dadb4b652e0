//! `cargo xtask docs`: the documentation as a site that needs no server, target/book. Made by mdBook, which is installed into `.cache/tools` if it
//! is not there: a tool of its own, so that none of its licence (MPL-2.0) is in the program.
//!
//! The documents lie where readers of the checkout expect them and name each other by relative paths; mdBook wants all its pages below one folder. So they are
//! copied with their places, and with every file that they link to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::command::Tool;
use crate::workspace;

/// mdBook's version, and the parts of it that a site needs.
const VERSION: &str = "0.5.4";
const FEATURES: [&str; 3] = ["--no-default-features", "--features", "search"];
/// The order of the pages, and how they look.
const SUMMARY: &str = "docs/SUMMARY.md";
const LOOK: &str = "docs/book.toml";

/// Builds the site and says where it is.
///
/// # Errors
/// If a page links to a file that is not there, mdBook cannot be had, or it has a warning.
pub fn run() -> Result<()> {
    println!(
        "The documentation as a site. The first time mdBook is built for it (about 5 minutes on two cores), then it takes seconds.\n"
    );
    let root = workspace::root();
    let stage = workspace::target().join("book-source");
    let _ = fs::remove_dir_all(&stage);
    let pages = staged(&root, &stage)?;
    let site = workspace::target().join("book");
    let log = workspace::target().join("book.log");
    Tool::new(mdbook()?).arg("build").arg(&stage).arg("--dest-dir").arg(&site).logged(&log)?;
    let said = fs::read_to_string(&log)?;
    ensure!(!said.contains("WARN") && !said.contains("ERROR"), "mdBook has complaints:\n{said}");
    println!("{} pages: {}", pages, site.join("index.html").display());
    Ok(())
}

/// Copies the pages of the summary, and what they link to, into `stage`. Gives the number of pages.
fn staged(root: &Path, stage: &Path) -> Result<usize> {
    let summary = fs::read_to_string(root.join(SUMMARY)).with_context(|| format!("cannot read {SUMMARY}"))?;
    let folder = Path::new("docs");
    let pages: Vec<PathBuf> = links(&summary).map(|link| inside(&folder.join(link))).collect::<Result<_>>()?;
    let mut files: BTreeSet<PathBuf> = pages.iter().cloned().collect();
    for page in &pages {
        let text = fs::read_to_string(root.join(page)).with_context(|| format!("cannot read {}", page.display()))?;
        let folder = page.parent().unwrap_or(Path::new(""));
        for link in links(&text) {
            files.insert(inside(&folder.join(link))?);
        }
    }
    for file in &files {
        let to = stage.join(file);
        fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
        fs::copy(root.join(file), &to)
            .with_context(|| format!("cannot copy {}, which a page links to", file.display()))?;
    }
    // In the copy the pages lie below the summary, not beside it.
    let moved = pages.iter().zip(links(&summary)).fold(summary.clone(), |text, (page, link)| {
        text.replace(&format!("]({link})"), &format!("]({})", workspace::short(page, Path::new(""))))
    });
    fs::write(stage.join("SUMMARY.md"), moved)?;
    fs::copy(root.join(LOOK), stage.join("book.toml")).with_context(|| format!("cannot copy {LOOK}"))?;
    Ok(pages.len())
}

/// The files that a text links to, without the places in them.
pub fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files = targets.filter(|target| !target.contains("://") && !target.contains(' '));
    files.map(|target| target.split('#').next().unwrap_or(target)).filter(|target| !target.is_empty())
}

/// A path without `..`, from the workspace's folder.
fn inside(path: &Path) -> Result<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => ensure!(clean.pop(), "{} leaves the project", path.display()),
            Component::Normal(name) => clean.push(name),
            _ => {}
        }
    }
    Ok(clean)
}

/// mdBook: the one of the cache, else one is built.
fn mdbook() -> Result<PathBuf> {
    let tools = workspace::cache()?.join("tools");
    let program = tools.join("bin").join(format!("mdbook{}", std::env::consts::EXE_SUFFIX));
    let right = Tool::new(&program).arg("--version").output().is_ok_and(|said| said.trim().ends_with(VERSION));
    if !right {
        Tool::cargo()
            .args(["install", "mdbook", "--locked", "--version", VERSION])
            .args(FEATURES)
            .arg("--root")
            .arg(&tools)
            .run()?;
    }
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_files_without_places() {
        let text = "[a](b.md#part) [c](https://d) ![e](f.png) [g](#here) f(x)[0](x y)";
        assert_eq!(links(text).collect::<Vec<_>>(), ["b.md", "f.png"]);
        assert_eq!(inside(Path::new("docs/how/../../README.md")).unwrap(), Path::new("README.md"));
        assert!(inside(Path::new("docs/../../x")).is_err());
    }

    #[test]
    fn every_document_is_a_page_and_every_link_a_file() {
        let stage = tempfile::tempdir().unwrap();
        let root = workspace::root();
        staged(&root, stage.path()).unwrap();
        let documents = [root.join("docs"), root.join("docs/how")];
        for document in documents.iter().flat_map(|folder| fs::read_dir(folder).unwrap().flatten()) {
            let path = document.path();
            let is_page = path.extension().is_some_and(|ending| ending == "md") && !path.ends_with("SUMMARY.md");
            let copy = stage.path().join(path.strip_prefix(&root).unwrap());
            assert!(!is_page || copy.is_file(), "{} is not in {SUMMARY}", path.display());
        }
    }
}
