//! Whoever reads what the program prints may go away: the program ends quietly, and what it computes and writes is complete. Output
//! that cannot be written is one sentence at the end.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "helpers of tests fail as tests do")]

#[path = "support/onnx.rs"]
mod onnx;
mod support;

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{Answer, answer, file, program, recipe, text};

const TABLES: &str = "[taps]\npairs = [[\"act\", \"act\"]]\n[stitch]\ntrain = \"none\"\n[attack]\neps = \"0.1\"\nsteps = 1\n[run]\nengine = \"reference\"\n";

/// Runs the command with a reader of its standard output that goes away after so many lines.
fn read_lines(command: &mut Command, lines: usize) -> Answer {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut stdout = String::new();
    for _ in 0..lines {
        reader.read_line(&mut stdout).unwrap();
    }
    drop(reader);
    let output = child.wait_with_output().unwrap();
    Answer { code: output.status.code(), stdout, stderr: String::from_utf8(output.stderr).unwrap() }
}

/// A recipe of one cell, and the folder for its results.
fn study(folder: &Path) -> (PathBuf, PathBuf) {
    let net = file(folder, "net.onnx", onnx::network(10));
    (file(folder, "study.toml", recipe(text(&net), text(&net), TABLES)), folder.join("out"))
}

#[test]
fn commands_end_quietly_when_their_reader_goes() {
    let inspect = read_lines(&mut program(&["inspect", "zoo:fashion-standard-a", "--json"]), 1);
    assert_eq!((inspect.code, inspect.stderr.as_str()), (Some(0), ""), "{inspect:?}");
    assert_eq!(inspect.stdout, "{\n");
    let unread = read_lines(&mut program(&["inspect", "zoo:fashion-standard-a"]), 0);
    assert_eq!((unread.code, unread.stderr.as_str()), (Some(0), ""), "{unread:?}");
}

#[test]
fn a_study_goes_on_when_nobody_reads_its_events() {
    let folder = tempfile::tempdir().unwrap();
    let (recipe, out) = study(folder.path());
    let run = read_lines(&mut program(&["run", text(&recipe), "--out", text(&out), "--json"]), 1);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
    assert!(run.stdout.starts_with('{') && out.join("report.json").exists(), "{run:?}");

    let entries = folder.path().join("entries");
    let all = read_lines(&mut program(&["robustbench", text(&out.join("report.json")), "-o", text(&entries)]), 0);
    assert_eq!((all.code, all.stderr.as_str()), (Some(0), ""), "{all:?}");
    assert_eq!(std::fs::read_dir(entries).unwrap().count(), 3, "front, end and the cell");
}

#[test]
fn a_study_goes_on_when_its_progress_cannot_be_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (recipe, out) = study(folder.path());
    let mut child = program(&["run", text(&recipe), "--out", text(&out)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let output = child.wait_with_output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(stdout.contains("Results are in") && out.join("report.json").exists(), "{stdout}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_one_sentence_and_the_study_is_kept() {
    let full = || Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let (recipe, out) = study(folder.path());
    for arguments in [
        &["run", text(&recipe), "--out", text(&out), "--json"][..],
        &["doctor"],
        &["inspect", "zoo:fashion-standard-a"],
    ] {
        let mut child = program(arguments).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(2), "{arguments:?}: {stderr}");
        assert!(
            stderr.contains("error: standard output cannot be written") && !stderr.contains("panicked"),
            "{stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
    assert!(out.join("report.json").exists());
}

#[test]
fn drivers_do_not_write_on_the_terminal_of_a_machine_without_a_session() {
    let answer = answer(program(&["doctor"]).env_remove("XDG_RUNTIME_DIR").env_remove("WAYLAND_DISPLAY"));
    assert_eq!((answer.code, answer.stderr.as_str()), (Some(0), ""), "{answer:?}");
}
