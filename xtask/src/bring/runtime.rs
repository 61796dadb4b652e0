//! ONNX Runtime: the library that the `ort` engine loads at run time, found or fetched.
//!
//! Looked for in this order: the variable `ORT_DYLIB_PATH`, then `.cache/onnxruntime`, which is filled from the wheel that
//! PyPI carries. The library inside a wheel does not depend on Python, so one Python version is named for every machine.
//! Missing, it stops nothing: the program has other engines.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::bring::python;
use crate::command::Tool;
use crate::workspace;

/// The oldest version with the interface (`api-31`) that the `ort` crate is built for.
const OLDEST: (u32, u32) = (1, 31);
/// The Python whose wheels are fetched, whichever Python fetches them.
const WHEELS_FOR: &str = "3.12";
/// Beside the library: which package and version it came from.
const VERSION_FILE: &str = "VERSION";
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// An ONNX Runtime that is there.
pub struct Found {
    /// The library.
    pub library: PathBuf,
    /// Where it came from.
    origin: String,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = workspace::short(&self.library, &workspace::root());
        write!(f, "ONNX Runtime: {path} ({})", self.origin)
    }
}

/// Finds or fetches the library and says which; without one says why not, and that the chore goes on.
pub fn set_up() -> Option<PathBuf> {
    match find_or_fetch() {
        Ok(found) => {
            println!("{found}");
            Some(found.library)
        }
        Err(error) => {
            eprintln!("ONNX Runtime is not at hand, so the `ort` engine is left out: {error:#}");
            None
        }
    }
}

/// The library from the environment, the cache, or the network.
///
/// # Errors
/// If it is nowhere and cannot be fetched; the message says what to do.
pub fn find_or_fetch() -> Result<Found> {
    if let Some(library) = env::var_os(VARIABLE).map(PathBuf::from) {
        if library.is_file() {
            return Ok(Found { library, origin: format!("named by {VARIABLE}") });
        }
        eprintln!("{VARIABLE} names {}, which is not there; looking further", library.display());
    }
    let folder = workspace::cache()?.join("onnxruntime");
    let cached = cached(&folder);
    if !has_gpu() {
        return cached.map_or_else(|| fetch("onnxruntime", &folder), Ok);
    }
    match cached {
        Some(found) if found.origin.starts_with("onnxruntime-gpu ") => Ok(found),
        cached => fetch_for_gpu(&folder).or_else(|error| {
            eprintln!("The GPU's ONNX Runtime could not be fetched, the CPU's is taken: {error:#}");
            cached.map_or_else(|| fetch("onnxruntime", &folder), Ok)
        }),
    }
}

fn has_gpu() -> bool {
    Tool::new("nvidia-smi").arg("-L").works()
}

fn fetch_for_gpu(folder: &Path) -> Result<Found> {
    let found = fetch("onnxruntime-gpu", folder)?;
    println!("To use the GPU, the libraries of CUDA 13 and cuDNN 9 must be where the system's loader finds them.");
    Ok(found)
}

fn cached(folder: &Path) -> Option<Found> {
    let library = folder.join(library_name(env::consts::OS));
    let origin = fs::read_to_string(folder.join(VERSION_FILE)).ok()?;
    library.is_file().then(|| Found { library, origin: origin.trim().to_owned() })
}

/// Downloads `package`'s wheel and keeps its libraries and licences in `folder`.
fn fetch(package: &str, folder: &Path) -> Result<Found> {
    let remedy = format!(
        "ONNX Runtime could not be fetched; get version {}.{} or newer and name its library in {VARIABLE}",
        OLDEST.0, OLDEST.1
    );
    download(package, folder).context(remedy)?;
    cached(folder).with_context(|| format!("{} was written but is not there", folder.display()))
}

fn download(package: &str, folder: &Path) -> Result<()> {
    let python = python::with_pip()?;
    let temporary = tempfile::tempdir_in(workspace::cache()?)?;
    let wanted = format!("{package}>={}.{},<2", OLDEST.0, OLDEST.1);
    Tool::new(&python)
        .args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"])
        .args(["--retries", "2", "--python-version", WHEELS_FOR, "--dest"])
        .arg(temporary.path())
        .arg(wanted)
        .run()?;
    let wheel = wheel_in(temporary.path())?;
    let version = wheel_version(&wheel)?;
    let (whole, unpacked) = (temporary.path().join("whole"), temporary.path().join("unpacked"));
    Tool::new(&python).args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&whole).run()?;
    fs::create_dir(&unpacked)?;
    keep(&whole, &unpacked)?;
    fs::write(unpacked.join(VERSION_FILE), format!("{package} {version}\n"))?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::rename(&unpacked, folder).with_context(|| format!("cannot write {}: check its permissions", folder.display()))
}

fn wheel_in(folder: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(folder)?.flatten().map(|entry| entry.path());
    files
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip ended well but left no wheel")
}

/// The version in a wheel's file name (`NAME-VERSION-...whl`), refused if it is too old.
fn wheel_version(wheel: &Path) -> Result<String> {
    let name = wheel.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let version = name.split('-').nth(1).unwrap_or_default().to_owned();
    let mut numbers = version.split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else {
        bail!("the wheel {name} names no version");
    };
    if (major, minor) < OLDEST {
        bail!("the wheel {name} is too old: version {}.{} is needed", OLDEST.0, OLDEST.1);
    }
    Ok(version)
}

/// Moves the libraries and licences of an unpacked wheel into `folder`.
fn keep(wheel: &Path, folder: &Path) -> Result<()> {
    for part in ["onnxruntime", "onnxruntime/capi"] {
        let entries = fs::read_dir(wheel.join(part)).with_context(|| format!("the wheel has no folder {part}"))?;
        for entry in entries {
            let entry = entry?;
            let name = format!("{part}/{}", entry.file_name().to_string_lossy());
            if let Some(kept) = kept_as(&name, env::consts::OS).filter(|_| entry.path().is_file()) {
                fs::rename(entry.path(), folder.join(kept))?;
            }
        }
    }
    if !folder.join(library_name(env::consts::OS)).is_file() {
        bail!("the wheel holds no library for this system");
    }
    Ok(())
}

/// The file name under which a wheel's entry is kept; `None` for what is not needed.
fn kept_as(entry: &str, os: &str) -> Option<String> {
    let file = entry.strip_prefix("onnxruntime/")?;
    if matches!(file, "LICENSE" | "ThirdPartyNotices.txt") {
        return Some(file.to_owned());
    }
    let file = file.strip_prefix("capi/").filter(|file| !file.contains('/'))?;
    let is_main = match os {
        "windows" => file == "onnxruntime.dll",
        "macos" => file.starts_with("libonnxruntime.") && file.ends_with(".dylib"),
        _ => file.starts_with("libonnxruntime.so"),
    };
    if is_main {
        return Some(library_name(os).to_owned());
    }
    let stem = file.strip_prefix("lib").unwrap_or(file).split('.').next();
    let is_provider = matches!(stem, Some("onnxruntime_providers_shared" | "onnxruntime_providers_cuda"));
    let is_library = [".so", ".dll", ".dylib"].iter().any(|end| file.ends_with(end));
    (is_provider && is_library).then(|| file.to_owned())
}

fn library_name(os: &str) -> &'static str {
    match os {
        "windows" => "onnxruntime.dll",
        "macos" => "libonnxruntime.dylib",
        _ => "libonnxruntime.so",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_loses_its_version_and_the_providers_keep_their_names() {
        let kept = |entry: &str, os: &str| kept_as(entry, os).unwrap_or_default();
        assert_eq!(kept("onnxruntime/capi/libonnxruntime.so.1.32.0", "linux"), "libonnxruntime.so");
        assert_eq!(kept("onnxruntime/capi/libonnxruntime.1.32.0.dylib", "macos"), "libonnxruntime.dylib");
        assert_eq!(kept("onnxruntime/capi/onnxruntime.dll", "windows"), "onnxruntime.dll");
        for name in ["libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so"] {
            assert_eq!(kept(&format!("onnxruntime/capi/{name}"), "linux"), name);
        }
        assert_eq!(kept("onnxruntime/LICENSE", "linux"), "LICENSE");
    }

    #[test]
    fn the_rest_of_a_wheel_is_left_out() {
        for entry in [
            "onnxruntime/capi/libonnxruntime_providers_tensorrt.so",
            "onnxruntime/capi/onnxruntime_pybind11_state.so",
            "onnxruntime/capi/sub/libonnxruntime.so.1",
            "onnxruntime/__init__.py",
            "../libonnxruntime.so",
        ] {
            assert_eq!(kept_as(entry, "linux"), None, "{entry}");
        }
    }

    #[test]
    fn of_a_wheel_libraries_and_licences_are_kept() {
        let place = tempfile::tempdir().unwrap();
        let (wheel, folder) = (place.path().join("wheel"), place.path().join("kept"));
        fs::create_dir_all(wheel.join("onnxruntime/capi/sub")).unwrap();
        fs::create_dir(&folder).unwrap();
        assert!(keep(&wheel, &folder).unwrap_err().to_string().contains("no library"));
        let named = match env::consts::OS {
            "windows" => "onnxruntime.dll",
            "macos" => "libonnxruntime.1.32.0.dylib",
            _ => "libonnxruntime.so.1.32.0",
        };
        for name in [format!("capi/{named}"), "LICENSE".into(), "__init__.py".into(), format!("capi/sub/{named}")] {
            fs::write(wheel.join("onnxruntime").join(name), "x").unwrap();
        }
        keep(&wheel, &folder).unwrap();
        let mut kept: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name()).collect();
        kept.sort();
        assert_eq!(kept, ["LICENSE", library_name(env::consts::OS)]);
    }

    #[test]
    fn an_old_wheel_is_refused() {
        let version = |name: &str| wheel_version(Path::new(name));
        assert_eq!(version("/a-b/onnxruntime_gpu-1.31.1-cp312-x.whl").unwrap(), "1.31.1");
        assert!(version("onnxruntime-1.30.9-cp312-x.whl").unwrap_err().to_string().contains("too old"));
        assert!(version("onnxruntime.whl").is_err());
    }
}
