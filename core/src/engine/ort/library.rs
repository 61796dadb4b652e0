//! Where ONNX Runtime's shared library is looked for.

use std::path::{Path, PathBuf};

use crate::platform::files;

/// A library that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The file.
    pub path: PathBuf,
    /// How it was found, in words.
    pub origin: &'static str,
}

impl Candidate {
    /// Path and origin, for people.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{} ({})", self.path.display(), self.origin)
    }

    /// Whether the CUDA provider lies beside the library.
    pub(super) fn has_cuda_provider(&self) -> bool {
        let names = ["libonnxruntime_providers_cuda.so", "onnxruntime_providers_cuda.dll"];
        self.path.parent().is_some_and(|folder| names.iter().any(|n| files::exists(&folder.join(n))))
    }
}

/// The first library that is there: `ORT_DYLIB_PATH`, beside the program, the project's cache,
/// the Python environment that the program or the shell is in, the user's cache.
///
/// # Errors
/// One sentence with the places and the remedy when there is none.
pub(crate) fn find_library() -> Result<Candidate, String> {
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").map(PathBuf::from).filter(|p| !p.as_os_str().is_empty()) {
        // A path that was asked for by name is not silently replaced by another.
        return if files::is_file(&path) {
            Ok(Candidate { path, origin: "ORT_DYLIB_PATH" })
        } else {
            Err(format!("ORT_DYLIB_PATH names {}, which is not a file; correct or unset it", path.display()))
        };
    }
    let places = places();
    let found = places.iter().find_map(|(folder, origin)| library_in(folder).map(|path| Candidate { path, origin }));
    found.ok_or_else(|| {
        let looked: Vec<String> = places.iter().map(|(folder, _)| folder.display().to_string()).collect();
        format!(
            "ONNX Runtime was not found (looked for {} in {}); `pip install onnxruntime` in a Python environment or `cargo xtask setup` in a checkout brings it, or set ORT_DYLIB_PATH to its file",
            file_name(),
            looked.join(", ")
        )
    })
}

fn places() -> Vec<(PathBuf, &'static str)> {
    let mut places = Vec::new();
    let program = std::env::current_exe().ok();
    if let Some(folder) = program.as_deref().and_then(Path::parent) {
        places.push((folder.to_path_buf(), "beside the program"));
        // A program in target/release finds the cache at the top of its checkout.
        let caches = folder.ancestors().map(|a| a.join(".cache/onnxruntime")).find(|c| files::is_dir(c));
        places.extend(caches.map(|cache| (cache, "the project's cache")));
    }
    // A wheel puts this program among an environment's scripts; the package `onnxruntime` may be in the same environment.
    let own = program.as_deref().and_then(Path::parent).and_then(Path::parent).map(Path::to_path_buf);
    let entered = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    let packages = own.into_iter().chain(entered).flat_map(|environment| python_packages(&environment));
    places.extend(packages.map(|folder| (folder, "the Python environment's package onnxruntime")));
    let home = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".cache")));
    places.extend(home.map(|h| (h.join("stitchscope/onnxruntime"), "the user's cache")));
    places
}

/// Where a Python environment keeps the libraries of its package `onnxruntime`, if it has it.
fn python_packages(environment: &Path) -> Vec<PathBuf> {
    let versions = files::list(&environment.join("lib")).into_iter().flatten();
    let is_python = |path: &PathBuf| path.file_name().is_some_and(|n| n.to_string_lossy().starts_with("python3"));
    // On Windows there is one version, in `Lib`.
    let libraries = versions.filter(is_python).chain([environment.join("Lib")]);
    libraries
        .map(|folder| folder.join("site-packages/onnxruntime/capi"))
        .filter(|folder| files::is_dir(folder))
        .collect()
}

/// The library in a folder, versioned names included.
fn library_in(folder: &Path) -> Option<PathBuf> {
    let plain = folder.join(file_name());
    if files::is_file(&plain) {
        return Some(plain);
    }
    files::list(folder).ok()?.into_iter().find(|path| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        name.starts_with("libonnxruntime.so.") || name.starts_with("libonnxruntime.1")
    })
}

const fn file_name() -> &'static str {
    if cfg!(target_os = "windows") {
        "onnxruntime.dll"
    } else if cfg!(target_os = "macos") {
        "libonnxruntime.dylib"
    } else {
        "libonnxruntime.so"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_python_environment_gives_its_package_where_it_has_it() {
        let environment = tempfile::tempdir().unwrap();
        assert!(python_packages(environment.path()).is_empty());
        let folder = environment.path().join("lib/python3.12/site-packages/onnxruntime/capi");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::create_dir_all(environment.path().join("lib/ruby/site-packages/onnxruntime/capi")).unwrap();
        assert_eq!(python_packages(environment.path()), std::slice::from_ref(&folder));
        assert_eq!(library_in(&folder), None);
        let library = folder.join("libonnxruntime.so.1.32.0");
        std::fs::write(&library, "").unwrap();
        assert_eq!(library_in(&folder), Some(library));
    }
}
