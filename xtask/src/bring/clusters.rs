//! Slurm, HyperQueue and strace: what the long suites of sweeps and of kills run on, all of it on Linux.
//!
//! Missing, they stop nothing: the suites say what they leave out.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bring::{install, python};
use crate::command::Tool;
use crate::workspace;

/// Names the Python that has the package `hyperqueue`; `native-app/tests/clusters.rs` looks for it.
const VARIABLE: &str = "STITCHSCOPE_HYPERQUEUE";
/// Where Debian and others put daemons, which the path of who is not root leaves out.
const FOLDERS: [&str; 4] = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/slurm/sbin"];
/// What suites start of Slurm, and the packages it comes in.
const SLURM: Brought = Brought {
    name: "Slurm",
    programs: &["mungekey", "munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue"],
    packages: &["munge", "slurmctld", "slurmd", "slurm-client"],
    elsewhere: "Slurm and MUNGE, https://slurm.schedmd.com",
};
const STRACE: Brought =
    Brought { name: "strace", programs: &["strace"], packages: &["strace"], elsewhere: "https://strace.io" };

/// Programs of this machine.
struct Brought {
    name: &'static str,
    programs: &'static [&'static str],
    packages: &'static [&'static str],
    elsewhere: &'static str,
}

/// What is at hand.
#[derive(Debug, Default)]
pub struct Found {
    /// The Python that has HyperQueue.
    hyperqueue: Option<PathBuf>,
    /// What is not, one a sentence.
    pub lacks: Vec<String>,
}

impl Found {
    /// Says to tests where HyperQueue is.
    pub fn named(&self, tool: Tool) -> Tool {
        match &self.hyperqueue {
            Some(python) => tool.env(VARIABLE, python),
            None => tool,
        }
    }
}

/// Finds or installs all of them, and says where they are or why not.
pub fn set_up() -> Found {
    let mut found = Found::default();
    if env::consts::OS != "linux" {
        found.lacks.push("Slurm, HyperQueue and strace are not looked for on this system".to_owned());
        return found;
    }
    for what in [SLURM, STRACE] {
        match what.bring() {
            Ok(()) => println!("{}: {}", what.name, what.programs.join(", ")),
            Err(error) => found.lacks.push(format!("tests on {} are left out: {error:#}", what.name)),
        }
    }
    match hyperqueue() {
        Ok(python) => {
            println!("HyperQueue: {}", workspace::short(&python, &workspace::root()));
            found.hyperqueue = Some(python);
        }
        Err(error) => found.lacks.push(format!("tests on HyperQueue are left out: {error:#}")),
    }
    found.lacks.iter().for_each(|lack| eprintln!("{lack}"));
    found
}

/// As [`set_up`], for who asked for nothing else.
pub fn set_up_alone() {
    if let Some(python) = set_up().hyperqueue {
        println!("To test sweeps on HyperQueue with Cargo alone: export {VARIABLE}={}", python.display());
    }
}

/// The Python that the variable names, else the environment's with the package from PyPI.
fn hyperqueue() -> Result<PathBuf> {
    if let Some(named) = env::var_os(VARIABLE) {
        return Ok(named.into());
    }
    let python = python::environment()?;
    python::require(&python, &["hyperqueue"])?;
    Ok(python)
}

impl Brought {
    /// Installs the programs unless they are there.
    fn bring(&self) -> Result<()> {
        let places: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default())
            .chain(FOLDERS.iter().map(PathBuf::from))
            .collect();
        match missing(self.programs, &places) {
            None => Ok(()),
            Some(first) => install::debian(&format!("{} ({first})", self.name), self.packages, self.elsewhere),
        }
    }
}

/// The first of the programs that is in none of the folders.
fn missing<'a>(programs: &[&'a str], folders: &[impl AsRef<Path>]) -> Option<&'a str> {
    programs.iter().copied().find(|program| !folders.iter().any(|folder| folder.as_ref().join(program).is_file()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_missing_program_is_named() {
        let [here, there] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let folders = [here.path(), there.path()];
        assert_eq!(missing(SLURM.programs, &folders), Some("mungekey"));
        for (at, program) in SLURM.programs.iter().enumerate() {
            assert_eq!(missing(SLURM.programs, &folders), Some(*program));
            std::fs::write(folders[at % 2].join(program), "").unwrap();
        }
        assert_eq!(missing(SLURM.programs, &folders), None);
    }
}
