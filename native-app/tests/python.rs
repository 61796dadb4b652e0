//! The Python package `stitchscope` on the built program: its own tests, in `python/tests`.
//!
//! Python is the one that `STITCHSCOPE_PYTHON` names, else the environment that `cargo xtask test` makes, else the system's. A test whose
//! packages are not installed leaves itself out and says so.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Names a Python.
const VARIABLE: &str = "STITCHSCOPE_PYTHON";

#[test]
fn the_package_passes_its_own_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let Some(python) = candidates(&root).into_iter().find(|python| works(python)) else {
        eprintln!(
            "skipped: there is no Python 3.9 or newer; `cargo xtask setup` makes one at hand, or {VARIABLE} names it"
        );
        return;
    };
    let output = Command::new(&python)
        .current_dir(&root)
        .args(["-m", "unittest", "discover", "-v", "-s", "python/tests"])
        .env("STITCHSCOPE_PROGRAM", env!("CARGO_BIN_EXE_stitchscope"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines().filter(|line| line.contains("... skipped")).for_each(|line| eprintln!("{line}"));
    assert!(output.status.success(), "{} said:\n{said}", python.display());
    assert!(!said.contains("Ran 0 tests"), "{said}");
}

fn candidates(root: &Path) -> Vec<PathBuf> {
    let environment = root.join(".cache/venv").join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    named.into_iter().chain([environment]).chain(["python3", "python"].map(PathBuf::from)).collect()
}

fn works(python: &Path) -> bool {
    let new_enough = "import sys; sys.exit(sys.version_info < (3, 9))";
    Command::new(python).args(["-c", new_enough]).output().is_ok_and(|output| output.status.success())
}
