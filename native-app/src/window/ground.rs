//! Where the window's worker finds and leaves files: the user's data folder.

use std::path::{Path, PathBuf};

use stitchscope_core::platform::{Action, FileError, Held, files};
use stitchscope_core::study::{FileSources, Folder, JOURNAL, REPORT, Sources, Store, StudyError};
use stitchscope_ui::work::{Ground, Later, Printed};

use crate::shelf::Zoo;

/// Files of the window, as a worker sees them.
pub struct Disk {
    sources: FileSources<'static>,
    home: PathBuf,
}

/// The folder for what the window keeps: `STITCHSCOPE_HOME`, else the system's place for the data of programs.
pub fn home() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = || set("HOME").or_else(|| set("USERPROFILE"));
    let system = || match std::env::consts::OS {
        "windows" => set("LOCALAPPDATA"),
        "macos" => user().map(|home| home.join("Library/Application Support")),
        _ => set("XDG_DATA_HOME").or_else(|| user().map(|home| home.join(".local/share"))),
    };
    set("STITCHSCOPE_HOME")
        .or_else(|| system().map(|folder| folder.join("stitchscope")))
        .unwrap_or_else(|| PathBuf::from("results/window"))
}

impl Disk {
    /// Files under `home`.
    pub fn new(home: &Path) -> Self {
        Self { sources: FileSources { shelf: &Zoo }, home: home.to_path_buf() }
    }

    fn folder(&self) -> PathBuf {
        self.home.join("studies")
    }

    /// Deletes the folder of a study that nobody is at work on.
    fn remove(&self, study: &str) -> Result<(), String> {
        let folder = self.folder().join(study);
        // A name is one step down and nothing else: what was opened from elsewhere under its path has no folder here.
        let is_name = Path::new(study).file_name().is_some_and(|name| name == study);
        if !is_name || !folder.is_dir() {
            return Ok(());
        }
        // Held only to see that nobody else does: some systems delete no file that is open.
        let held = Folder::create(&folder).and_then(|store| store.lock()).map_err(|why| why.to_string())?;
        if matches!(held, Held::Theirs(_)) {
            return Err("another window or command is at work on it; stop it there first".to_owned());
        }
        drop(held);
        std::fs::remove_dir_all(&folder)
            .map_err(|why| format!("{}: {why}; delete the folder by hand", folder.display()))
    }
}

impl Ground for Disk {
    fn sources(&self) -> &dyn Sources {
        &self.sources
    }

    fn store(&self, study: &str) -> Result<Box<dyn Store>, StudyError> {
        Ok(Box::new(Folder::create(&self.folder().join(study))?))
    }

    fn studies(&self) -> Vec<String> {
        let folders = files::list(&self.folder()).unwrap_or_default();
        let mut reports: Vec<_> = folders
            .into_iter()
            .filter_map(|folder| {
                // The report of a finished study, the journal of an unfinished one.
                let written = |name: &str| std::fs::metadata(folder.join(name)).ok()?.modified().ok();
                let written = written(REPORT).or_else(|| written(JOURNAL))?;
                Some((written, folder.file_name()?.to_str()?.to_owned()))
            })
            .collect();
        reports.sort();
        reports.into_iter().map(|(_, name)| name).collect()
    }

    fn delete<'a>(&'a self, study: &'a str) -> Later<'a, Result<(), String>> {
        Box::pin(async move { self.remove(study) })
    }

    fn dated(&self, study: &str) -> Option<u64> {
        let folder = self.folder().join(study);
        let written = |name: &str| std::fs::metadata(folder.join(name)).ok()?.modified().ok();
        let written = written(REPORT).or_else(|| written(JOURNAL))?;
        written.duration_since(std::time::UNIX_EPOCH).ok().map(|since| since.as_secs())
    }

    fn read(&self, place: &str, largest: u64) -> Result<Vec<u8>, StudyError> {
        let path = Path::new(place);
        let size = files::size(path)?;
        if size > largest {
            return Err(StudyError::Misfit(format!(
                "{place} has {size} bytes, at most {largest} are read; check that this is the file"
            )));
        }
        Ok(files::read(path)?.into())
    }

    fn is_taken(&self, place: &str) -> bool {
        Path::new(place).exists()
    }

    fn pdf(&self, what: Printed<'_>) -> Result<Vec<u8>, String> {
        let written = match what {
            Printed::Figure(sheet) => stitchscope_figures::pdf::figure(sheet),
            Printed::Talk(theme, leaves) => stitchscope_figures::pdf::talk(theme, leaves),
        };
        written.map_err(|error| error.to_string())
    }

    fn write(&self, place: &str, bytes: &[u8]) -> Result<String, StudyError> {
        let path = PathBuf::from(place);
        if place.trim().is_empty() {
            return Err(FileError::new(&path, Action::Write, std::io::ErrorKind::InvalidInput.into()).into());
        }
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            files::create_dir_all(folder)?;
        }
        files::write_atomic(&path, bytes)?;
        Ok(path.display().to_string())
    }
}
