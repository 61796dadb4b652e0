//! Two software Vulkan adapters, on which the kernels of the `wgpu` engine are tried: Mesa's llvmpipe and SwiftShader, which
//! comes with Chromium. Found or installed; the tests see them through variables of the Vulkan loader.
//!
//! Linux only: elsewhere wgpu does not speak Vulkan first, and the variables stay as they are.

mod places;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::bring::install;
use crate::command::Tool;
use crate::workspace;

use self::places::Adapter;

/// Set to 1 by who can do without; the tests read it too.
const SKIP: &str = "STITCHSCOPE_SKIP_WGPU";
/// The loader's list of drivers, to the exclusion of all others, and the name it had before version 1.3.207.
const ONLY: [&str; 2] = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
/// The loader's list of further drivers.
const FURTHER: &str = "VK_ADD_DRIVER_FILES";
/// Wayland's library, which Mesa's drivers load, complains on each start where this is not set.
const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";

/// Descriptions of the adapters that are there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    adapters: Vec<(Adapter, PathBuf)>,
}

impl Found {
    /// Those in the usual places.
    fn look() -> Self {
        Self::among(Adapter::find)
    }

    fn among(find: impl Fn(Adapter) -> Option<PathBuf>) -> Self {
        let adapters = Adapter::ALL.into_iter().filter_map(|adapter| Some((adapter, find(adapter)?)));
        Self { adapters: adapters.collect() }
    }

    fn missing(&self) -> Vec<Adapter> {
        let is_there = |wanted: &Adapter| self.adapters.iter().any(|(adapter, _)| adapter == wanted);
        Adapter::ALL.into_iter().filter(|adapter| !is_there(adapter)).collect()
    }

    /// The loader's list; `None` where it would be empty, which would hide every driver.
    fn list(&self, wanted: impl Fn(Adapter) -> bool) -> Option<String> {
        let paths = self.adapters.iter().filter(|(adapter, _)| wanted(*adapter));
        let paths: Vec<_> = paths.map(|(_, path)| path.display().to_string()).collect();
        (!paths.is_empty()).then(|| paths.join(":"))
    }

    /// Gives tests these adapters and no other, so that they do the same on every machine.
    pub fn only(&self, tool: Tool) -> Tool {
        let tool = quiet(tool);
        if is_named() {
            return tool;
        }
        match self.list(|_| true) {
            Some(list) => ONLY.iter().fold(tool, |tool, name| tool.env(name, &list)),
            None => tool,
        }
    }

    /// Adds SwiftShader to what the machine has; a GPU stays in sight. The loader finds llvmpipe by itself.
    pub fn added(&self, tool: Tool) -> Tool {
        let tool = quiet(tool);
        match self.list(|adapter| adapter == Adapter::SwiftShader) {
            Some(list) if !is_named() && env::var_os(FURTHER).is_none() => tool.env(FURTHER, list),
            _ => tool,
        }
    }
}

/// Finds or installs the adapters and says which; what is missing is named with the remedy, and the chore goes on.
pub fn set_up() -> Found {
    if !is_served() {
        return Found::default();
    }
    if let Err(error) = install_missing() {
        eprintln!("{error:#}");
        eprintln!("Without it, tests of the `wgpu` engine fail unless {SKIP}=1 leaves them out.");
    }
    say()
}

/// As [`set_up`], for who asked for nothing else.
///
/// # Errors
/// If one is missing and cannot be installed; the message says what to do.
pub fn require() -> Result<()> {
    if !is_served() {
        println!("Software Vulkan adapters: not looked for on this system");
        return Ok(());
    }
    let outcome = install_missing();
    if let Some(list) = say().list(|_| true) {
        println!("To test with Cargo alone: export {}={list}", ONLY[0]);
    }
    outcome
}

/// Whether the user does without what is missing.
fn is_skipped() -> bool {
    env::var_os(SKIP).is_some_and(|set| set == "1")
}

/// Whether `found` lacks an adapter that tests will ask for, and in which words.
pub fn lack(found: &Found) -> Option<String> {
    if is_named() || !is_served() {
        return None;
    }
    let missing = found.missing();
    let names = missing.iter().map(|adapter| adapter.name()).collect::<Vec<_>>().join(" and ");
    let then =
        if is_skipped() { "the `wgpu` engine is not fully checked here" } else { "tests of the `wgpu` engine fail" };
    (!missing.is_empty()).then(|| format!("no {names}: {then}"))
}

fn install_missing() -> Result<()> {
    let missing = Found::look().missing();
    if missing.is_empty() || is_skipped() || is_named() {
        return Ok(());
    }
    let what = missing.iter().map(|adapter| adapter.name()).collect::<Vec<_>>().join(" and ");
    let what = format!("Software Vulkan ({what})");
    let packages: Vec<_> = missing.iter().flat_map(|adapter| adapter.packages()).copied().collect();
    let elsewhere = missing.iter().map(|adapter| adapter.elsewhere()).collect::<Vec<_>>().join("; ");
    install::debian(&what, &packages, &elsewhere)?;
    // Ubuntu's package `chromium` only fetches a snap, which can fail without its saying so.
    if Found::look().missing().is_empty() { Ok(()) } else { bail!("{what} is still missing: install it ({elsewhere})") }
}

/// Prints what is there.
fn say() -> Found {
    if let Some((name, list)) = ONLY.iter().find_map(|name| Some((name, env::var_os(name)?))) {
        println!("Vulkan drivers: {} (named by {name})", list.display());
        return Found::default();
    }
    let found = Found::look();
    for (adapter, path) in &found.adapters {
        println!("{}: {}", adapter.name(), path.display());
    }
    found
}

/// Whether the user has named the drivers himself: then his word counts.
fn is_named() -> bool {
    ONLY.iter().any(|name| env::var_os(name).is_some())
}

fn is_served() -> bool {
    !matches!(env::consts::OS, "macos" | "windows")
}

/// Silences Wayland's library with a folder of our own, as private as it demands.
fn quiet(tool: Tool) -> Tool {
    if !is_served() || env::var_os(RUNTIME_DIR).is_some() {
        return tool;
    }
    match runtime_folder(&workspace::target()) {
        Ok(folder) => tool.env(RUNTIME_DIR, folder),
        Err(error) => {
            eprintln!("{error:#}; the tests run all the same");
            tool
        }
    }
}

fn runtime_folder(target: &Path) -> Result<PathBuf> {
    let folder = target.join("xdg-runtime");
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true); // no error if it is there
    fs::create_dir_all(target)
        .and_then(|()| {
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(&folder)
        })
        .with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_what_was_found_and_is_never_empty() {
        let path = |adapter: Adapter| PathBuf::from(format!("/{}.json", adapter.name()));
        let both = Found::among(|adapter| Some(path(adapter)));
        assert_eq!(both.list(|_| true).as_deref(), Some("/llvmpipe.json:/SwiftShader.json"));
        assert_eq!(both.list(|adapter| adapter == Adapter::SwiftShader).as_deref(), Some("/SwiftShader.json"));
        assert!(both.missing().is_empty());
        let one = Found::among(|adapter| (adapter == Adapter::Llvmpipe).then(|| path(adapter)));
        assert_eq!(one.missing(), [Adapter::SwiftShader]);
        assert_eq!(one.list(|_| true).as_deref(), Some("/llvmpipe.json"));
        assert_eq!(Found::default().list(|_| true), None);
        assert_eq!(Found::default().missing(), Adapter::ALL);
    }

    #[test]
    #[cfg(unix)]
    fn the_runtime_folder_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let target = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let folder = runtime_folder(target.path()).unwrap();
            assert!(folder.is_absolute());
            assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
