//! `cargo xtask demo`: from a fresh checkout to the bundled study's figures with one command.

use std::env;
use std::path::Path;

use anyhow::{Context, Result};

use crate::bring::runtime;
use crate::command::Tool;
use crate::workspace;

/// The program without its window, which takes half of the time to build.
const WINDOWLESS: [&str; 3] = ["--package", "stitchscope", "--no-default-features"];

/// Said first.
const OPENING: &str = "\
The demo, in three steps. Times are of two processor cores:
  1. ONNX Runtime is found, or fetched with pip;
  2. the command line is built: a few minutes the first time, seconds afterwards;
  3. two small networks are stitched at all seven block outputs, both ways, and attacked: a few minutes.
";

/// Builds the program and runs its bundled study; `args` are handed on to `stitchscope demo`.
///
/// # Errors
/// If the build or the program fails.
pub fn run(args: &[String]) -> Result<()> {
    println!("{OPENING}");
    let library = runtime::set_up();
    Tool::cargo().args(["build", "--release"]).args(WINDOWLESS).run()?;
    let root = workspace::root();
    let results = root.join("results").join("demo");
    // Paths among the arguments are meant from where the user stands.
    let here = env::current_dir().context("the current folder is gone: change to another")?;
    let mut program = Tool::cargo()
        .args(["run", "--release", "--quiet"])
        .args(WINDOWLESS)
        .arg("--manifest-path")
        .arg(root.join("Cargo.toml"))
        .args(["--", "demo"])
        .args(args)
        .runtime(library.as_deref())
        .folder(&here);
    let out_is_given = names_out(args);
    if !out_is_given {
        program = program.arg("--out").arg(&results);
    }
    program.run()?;
    if !out_is_given {
        show(&results);
    }
    Ok(())
}

fn names_out(args: &[String]) -> bool {
    args.iter().any(|arg| arg == "--out" || arg.starts_with("--out="))
}

/// Says where the results are, one line a file.
fn show(results: &Path) {
    println!("\nThe results are in {}", results.display());
    let Ok(entries) = std::fs::read_dir(results) else {
        return;
    };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        println!("  {name}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_the_users_own_is_respected() {
        let args = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(names_out(&args("--seed 1 --out here")));
        assert!(names_out(&args("--out=here")));
        assert!(!names_out(&args("--outline 1")));
    }
}
