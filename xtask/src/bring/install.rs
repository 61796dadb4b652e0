//! System packages: installed where this is a Debian machine and we are root, named with the remedy elsewhere.

use anyhow::{Context, Result, bail};

use crate::command::Tool;

/// Installs Debian packages, or says in one sentence how to.
///
/// `what` is what people call the missing thing, `elsewhere` where to get it on another system.
///
/// # Errors
/// If this is no machine on which we may install, or the installation fails.
pub fn debian(what: &str, packages: &[&str], elsewhere: &str) -> Result<()> {
    let names = packages.join(" ");
    if !Tool::new("apt-get").arg("--version").works() {
        bail!("{what} is missing: install it ({elsewhere}) and run this again");
    }
    if !is_root() {
        bail!("{what} is missing: run `sudo apt-get install {names}` and then this again");
    }
    apt(&["update", "--quiet=2"])
        .and_then(|()| apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat()))
        .with_context(|| format!("{what} is missing and Debian's packages {names} could not be installed"))
}

fn apt(args: &[&str]) -> Result<()> {
    Tool::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive").run()
}

fn is_root() -> bool {
    Tool::new("id").arg("-u").output().is_ok_and(|id| id.trim() == "0")
}
