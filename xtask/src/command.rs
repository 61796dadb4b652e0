//! Running other programs: each is printed before it starts, and a failure names the command line and the exit code.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Variables that `cargo run` sets for this program. Handed on, they would make build scripts that watch them run again
/// each time Cargo is called from here and then by hand.
const OUR_OWN: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];

/// A program about to be run, in the workspace's folder unless told otherwise.
pub struct Tool {
    command: Command,
}

impl Tool {
    /// `program` is a name to look up in `PATH`, or a path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(workspace::root());
        for (name, _) in env::vars_os().filter(|(name, _)| is_our_own(name)) {
            command.env_remove(name);
        }
        Self { command }
    }

    /// The Cargo that runs this chore.
    pub fn cargo() -> Self {
        Self::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// Adds one argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets a variable of the program's environment.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Takes a variable out of the program's environment.
    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Sets `ORT_DYLIB_PATH` where ONNX Runtime was found.
    pub fn runtime(self, library: Option<&Path>) -> Self {
        match library {
            Some(path) => self.env("ORT_DYLIB_PATH", path),
            None => self,
        }
    }

    /// Runs in this folder.
    pub fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Prints the command and runs it on this terminal.
    ///
    /// # Errors
    /// If it cannot be started or ends with another exit code than 0.
    pub fn run(mut self) -> Result<()> {
        let line = line(&self.command);
        println!("$ {line}");
        let status = self.command.status().with_context(|| not_started(&line))?;
        succeeded(status, &line, "")
    }

    /// Prints the command and runs it with all that it says going into a file.
    ///
    /// # Errors
    /// As [`Tool::run`], and if the file cannot be made.
    pub fn logged(mut self, file: &Path) -> Result<()> {
        let line = line(&self.command);
        println!("$ {line} > {}", workspace::short(file, &workspace::root()));
        let log = File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
        self.command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let status = self.command.status().with_context(|| not_started(&line))?;
        succeeded(status, &line, "")
    }

    /// Runs silently and gives what it printed.
    ///
    /// # Errors
    /// As [`Tool::run`]; the message then ends with what the program said on its error output.
    pub fn output(mut self) -> Result<String> {
        let line = line(&self.command);
        let output = self.command.stdin(Stdio::null()).output().with_context(|| not_started(&line))?;
        succeeded(output.status, &line, &String::from_utf8_lossy(&output.stderr))?;
        String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed no valid UTF-8"))
    }

    /// Whether the program is there and ends well; nothing is printed.
    pub fn works(mut self) -> bool {
        let silent = self.command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        silent.is_ok_and(|status| status.success())
    }
}

fn is_our_own(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    OUR_OWN.iter().any(|prefix| name.starts_with(prefix))
}

/// The command line as one would type it; the program without its folder.
fn line(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let program = program.file_name().map_or_else(OsString::new, OsStr::to_os_string);
    let words = std::iter::once(program.as_os_str()).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_=./:@,+\\".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.into_owned() } else { format!("'{word}'") }
}

fn not_started(line: &str) -> String {
    format!("`{line}` could not be started: is the program installed and in PATH?")
}

fn succeeded(status: ExitStatus, line: &str, said: &str) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    let how = status
        .code()
        .map_or_else(|| "was stopped by a signal".to_owned(), |code| format!("ended with exit code {code}"));
    let said = said.trim();
    if said.is_empty() {
        bail!("`{line}` {how}");
    }
    bail!("`{line}` {how}: {said}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_line_and_the_exit_code() {
        let error = Tool::cargo().args(["no-such-subcommand", "a b"]).output().unwrap_err().to_string();
        assert!(error.contains("no-such-subcommand 'a b'` ended with exit code 101"), "{error}");
    }

    #[test]
    fn a_missing_program_is_an_error_that_names_it() {
        let error = Tool::new("no-such-program-here").run().unwrap_err().to_string();
        assert!(error.contains("`no-such-program-here` could not be started"), "{error}");
        assert!(!Tool::new("no-such-program-here").works());
    }
}
