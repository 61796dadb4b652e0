//! Where the two adapters are described: each driver has a JSON file that names its library.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::bring::browser;

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
pub(super) enum Adapter {
    Llvmpipe,
    SwiftShader,
}

impl Adapter {
    /// In the order in which the loader is told.
    pub(super) const ALL: [Self; 2] = [Self::Llvmpipe, Self::SwiftShader];

    /// As it calls itself and as people call it.
    pub(super) const fn name(self) -> &'static str {
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

    /// Debian's packages.
    pub(super) const fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Llvmpipe => &["mesa-vulkan-drivers", "libvulkan1"],
            Self::SwiftShader => &["chromium"],
        }
    }

    /// Where another system gets it.
    pub(super) const fn elsewhere(self) -> &'static str {
        match self {
            Self::Llvmpipe => "Mesa's Vulkan drivers with lavapipe, from your distribution",
            Self::SwiftShader => "Chromium or Chrome, and its program named in CHROME if it is in no usual place",
        }
    }

    /// Its description on this machine.
    pub(super) fn find(self) -> Option<PathBuf> {
        find(&self.folders(), &self.files())
    }
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
}
