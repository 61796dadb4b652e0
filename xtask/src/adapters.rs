//! Two software Vulkan adapters, on which the kernels of the `wgpu` engine are tried: Mesa's llvmpipe and SwiftShader, which
//! comes with Chromium. Found or installed; the tests see them through variables of the Vulkan loader.
//!
//! Linux only: elsewhere wgpu does not speak Vulkan first, and the variables stay as they are.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::Tool;
use crate::{browser, install, workspace};

/// Set to 1 by who can do without; the tests read it too.
pub const SKIP: &str = "STITCHSCOPE_SKIP_WGPU";
/// The loader's list of drivers, to the exclusion of all others, and the name it had before version 1.3.207.
const ONLY: [&str; 2] = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];
/// The loader's list of further drivers.
const FURTHER: &str = "VK_ADD_DRIVER_FILES";
/// Wayland's library, which Mesa's drivers load, complains on each start where this is not set.
const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
/// Where the loader looks for drivers' descriptions, and where NixOS has them.
const ICD_FOLDERS: [&str; 5] = [
    "/usr/share/vulkan/icd.d",
    "/etc/vulkan/icd.d",
    "/usr/local/share/vulkan/icd.d",
    "/usr/local/etc/vulkan/icd.d",
    "/run/opengl-driver/share/vulkan/icd.d",
];

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Adapter {
    Llvmpipe,
    SwiftShader,
}

impl Adapter {
    const ALL: [Self; 2] = [Self::Llvmpipe, Self::SwiftShader];

    const fn name(self) -> &'static str {
        match self {
            Self::Llvmpipe => "llvmpipe",
            Self::SwiftShader => "SwiftShader",
        }
    }

    /// File names of its description, the likeliest first. Those of Mesa may name the processor, and only ours will do.
    fn files(self) -> Vec<String> {
        match self {
            Self::Llvmpipe => vec![format!("lvp_icd.{}.json", env::consts::ARCH), "lvp_icd.json".to_owned()],
            Self::SwiftShader => vec!["vk_swiftshader_icd.json".to_owned()],
        }
    }

    fn folders(self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = ICD_FOLDERS.iter().map(PathBuf::from).collect();
        if self == Self::SwiftShader {
            folders.extend(browser::folders());
        }
        folders
    }

    const fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Llvmpipe => &["mesa-vulkan-drivers", "libvulkan1"],
            Self::SwiftShader => &["chromium"],
        }
    }

    const fn elsewhere(self) -> &'static str {
        match self {
            Self::Llvmpipe => "Mesa's Vulkan drivers with lavapipe, from your distribution",
            Self::SwiftShader => "Chromium or Chrome, and its program named in CHROME if it is in no usual place",
        }
    }
}

/// Descriptions of the adapters that are there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    adapters: Vec<(Adapter, PathBuf)>,
}

impl Found {
    /// Those in the usual places.
    fn look() -> Self {
        Self::among(|adapter| find(&adapter.folders(), &adapter.files()))
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
        eprintln!("Tests of the `wgpu` engine will fail; {SKIP}=1 leaves them out.");
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
pub fn is_skipped() -> bool {
    env::var_os(SKIP).is_some_and(|set| set == "1")
}

/// Whether `found` lacks an adapter that tests will ask for, and in which words.
pub fn lack(found: &Found) -> Option<String> {
    if is_named() || !is_served() {
        return None;
    }
    let missing = found.missing();
    let names = missing.iter().map(|adapter| adapter.name()).collect::<Vec<_>>().join(" and ");
    let then = if is_skipped() { "the `wgpu` engine is not checked on it" } else { "tests that need it fail" };
    (!missing.is_empty()).then(|| format!("no {names}: {then}"))
}

fn install_missing() -> Result<()> {
    let missing = Found::look().missing();
    if missing.is_empty() || is_skipped() || is_named() {
        return Ok(());
    }
    let what = missing.iter().map(|adapter| adapter.name()).collect::<Vec<_>>().join(" and ");
    let what = format!("The software Vulkan driver {what}");
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

/// The first of `files` in the first of `folders` that has it; a file that any folder has goes before the next one.
fn find(folders: &[PathBuf], files: &[String]) -> Option<PathBuf> {
    let candidates = files.iter().flat_map(|file| folders.iter().map(move |folder| folder.join(file)));
    candidates.into_iter().find(|path| is_usable(path))
}

/// Whether the description names a library that is there. One named without a folder is the system loader's to find.
fn is_usable(description: &Path) -> bool {
    let library = || -> Option<String> {
        let text = fs::read_to_string(description).ok()?;
        let value: serde_json::Value = serde_json::from_str(&text).ok()?;
        Some(value["ICD"]["library_path"].as_str()?.to_owned())
    };
    library().is_some_and(|library| {
        let folder = description.parent().unwrap_or_else(|| Path::new("/"));
        !library.contains('/') || folder.join(library).is_file()
    })
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

    fn write(folder: &Path, name: &str, library: &str) -> PathBuf {
        fs::create_dir_all(folder).unwrap();
        let path = folder.join(name);
        fs::write(&path, format!(r#"{{"ICD": {{"library_path": "{library}"}}}}"#)).unwrap();
        path
    }

    #[test]
    fn the_description_of_our_processor_goes_before_a_general_one() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["a", "b"].map(|name| folder.path().join(name));
        let folders = [first.clone(), second.clone()];
        let files = Adapter::Llvmpipe.files();
        write(&first, "lvp_icd.another.json", "lib.so");
        assert_eq!(find(&folders, &files), None);
        let general = write(&first, "lvp_icd.json", "lib.so");
        assert_eq!(find(&folders, &files), Some(general));
        let ours = write(&second, &format!("lvp_icd.{}.json", env::consts::ARCH), "lib.so");
        assert_eq!(find(&folders, &files), Some(ours));
    }

    #[test]
    fn a_description_without_its_library_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["a", "b"].map(|name| folder.path().join(name));
        let files = Adapter::SwiftShader.files();
        write(&first, &files[0], "./lib.so");
        let good = write(&second, &files[0], "./lib.so");
        assert_eq!(find(&[first.clone(), second.clone()], &files), None);
        fs::write(second.join("lib.so"), "").unwrap();
        assert_eq!(find(&[first.clone(), second.clone()], &files), Some(good));
        fs::write(first.join(&files[0]), "no JSON").unwrap();
        assert!(!is_usable(&first.join(&files[0])));
    }

    #[test]
    fn swiftshader_is_looked_for_beside_browsers_too() {
        let is_there = |adapter: Adapter| adapter.folders().contains(&PathBuf::from("/usr/lib/chromium"));
        assert!(is_there(Adapter::SwiftShader));
        assert!(!is_there(Adapter::Llvmpipe));
        assert!(Adapter::SwiftShader.folders().contains(&PathBuf::from("/etc/vulkan/icd.d")));
    }

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
