//! A Chromium, or a browser made from it: the folder of its libraries carries SwiftShader, its program runs a peer of the
//! benchmark.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::bring::install;

/// Names the program where it is not in a usual place.
pub const VARIABLE: &str = "CHROME";
/// Older and other tools' name for the same.
const ALSO: &str = "CHROME_PATH";
/// Names in `PATH`, Debian's first.
const NAMES: [&str; 6] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "brave-browser"];
/// Where distributions, Google and others put the libraries; the program in `PATH` is often a script elsewhere.
const FOLDERS: [&str; 10] = [
    "/usr/lib/chromium",
    "/usr/lib/chromium-browser",
    "/usr/lib64/chromium",
    "/usr/lib64/chromium-browser",
    "/opt/google/chrome",
    "/opt/google/chrome-beta",
    "/opt/chromium.org/chromium",
    "/opt/microsoft/msedge",
    "/opt/brave.com/brave",
    "/snap/chromium/current/usr/lib/chromium-browser",
];
/// On macOS and Windows.
const PROGRAMS: [&str; 4] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/// The program: the one that `CHROME` or `CHROME_PATH` names, else the first in a usual place.
pub fn program() -> Option<PathBuf> {
    named().or_else(|| in_path(env::var_os("PATH").as_deref())).or_else(|| {
        let mut programs = PROGRAMS.iter().map(PathBuf::from);
        programs.find(|path| path.is_file())
    })
}

/// The program, installed if it is missing.
///
/// # Errors
/// If it is missing and cannot be installed; the message says what to do.
pub fn require() -> Result<PathBuf> {
    if let Some(path) = program() {
        return Ok(path);
    }
    install::debian("Chromium", &["chromium"], &format!("https://www.chromium.org, its program named in {VARIABLE}"))?;
    program().with_context(|| format!("Chromium was installed but is not in PATH: name its program in {VARIABLE}"))
}

/// Folders in which a browser's libraries may lie, the likeliest first; not all exist.
pub fn folders() -> Vec<PathBuf> {
    // A link leads from `PATH` into the folder that counts.
    let beside = program().and_then(|path| Some(path.canonicalize().ok()?.parent()?.to_owned()));
    beside.into_iter().chain(FOLDERS.iter().map(PathBuf::from)).collect()
}

fn named() -> Option<PathBuf> {
    [VARIABLE, ALSO].iter().filter_map(env::var_os).map(PathBuf::from).find(|path| path.is_file())
}

fn in_path(path: Option<&OsStr>) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path?).collect();
    let candidates = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|path: &PathBuf| Path::is_file(path))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_first_known_name_in_path_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["a", "b"].map(|name| folder.path().join(name));
        for (folder, name) in [(&first, "google-chrome"), (&second, "chromium"), (&second, "google-chrome")] {
            fs::create_dir_all(folder).unwrap();
            fs::write(folder.join(name), "").unwrap();
        }
        let path = env::join_paths([&first, &second]).unwrap();
        assert_eq!(in_path(Some(&path)), Some(second.join("chromium")));
        assert_eq!(in_path(Some(first.as_os_str())), Some(first.join("google-chrome")));
        assert_eq!(in_path(Some(folder.path().as_os_str())), None);
        assert_eq!(in_path(None), None);
    }
}
