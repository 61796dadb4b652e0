//! Starts the built program as a person would, and small recipes to start it on.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What the program answered.
#[derive(Debug)]
pub struct Answer {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The program with these arguments.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stitchscope"));
    command.args(arguments);
    command
}

/// Runs it to its end.
pub fn answer(command: &mut Command) -> Answer {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Writes `text` as a file of `folder`.
pub fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// A recipe with these networks and further tables, on a few images of the zoo.
pub fn recipe(front: &str, end: &str, tables: &str) -> String {
    format!(
        "[front]\nmodel = {front:?}\n[end]\nmodel = {end:?}\n\
         [data]\ntrain = \"zoo:fashion-train\"\ntest = \"zoo:fashion-test\"\ntrain_images = 24\ntest_images = 8\n{tables}"
    )
}

/// Text of a path.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
