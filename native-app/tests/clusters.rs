//! Sweeps on real engines: Slurm and HyperQueue, on this machine, leave what single processes leave.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "helpers of tests fail as tests do and say what they leave out"
)]

#[path = "support/left.rs"]
mod left;
#[path = "support/slurm.rs"]
mod slurm;
#[expect(dead_code, reason = "recipes of two networks are for other suites")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use left::left;
use slurm::Slurm;
use support::{answer, file, text};

/// All networks of the zoo with each other, at all taps, with two seeds, on few images.
const SWEEP: &str = "[front]\n[end]\n[data]\ntrain = \"zoo:fashion-train\"\ntest = \"zoo:fashion-test\"\ntrain_images = 40\n\
                     test_images = 10\n[stitch]\ntrain = \"none\"\nseeds = [0, 1]\n[controls]\nkinds = []\n\
                     [run]\nengine = \"processor\"\nbatch = 10\nmemory_mib = 2000\n[sweep]\nnetworks = [\"zoo:*\"]\nsplit = 9\n";
/// Studies that are held against single processes.
const HELD: [usize; 3] = [0, 7, 24];

/// A folder with the sweep, and its size.
fn planned(folder: &Path) -> (PathBuf, PathBuf, usize) {
    let (sweep, out) = (file(folder, "zoo.toml", SWEEP), folder.join("out"));
    let dry = answer(&mut program(&["sweep", text(&sweep), "--out", text(&out), "--on", "hq", "--dry-run"]));
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(dry.stderr.contains("25 studies, 100 jobs, 350 cells"), "{}", dry.stderr);
    fs::write(out.join("submit.sh"), dry.stdout).unwrap();
    (sweep, out, 100)
}

/// The program with one thread, as a task of a cluster has: a report names the number of its threads.
fn program(arguments: &[&str]) -> Command {
    let mut command = support::program(arguments);
    command.env("RAYON_NUM_THREADS", "1");
    command
}

/// Processes at a job of the plan.
fn at_work(plan: &Path) -> Vec<String> {
    let found = Command::new("pgrep").args(["-f", &format!("cell {}", text(plan))]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

/// Holds some of the studies against single processes, with what is a time left out.
fn hold(folder: &Path, out: &Path) {
    for number in HELD {
        let found = out.join("studies").join(format!("{number:02}"));
        let (recipe, alone) = (found.join("recipe.toml"), folder.join(format!("alone-{number}")));
        let run = answer(&mut program(&["run", text(&recipe), "--out", text(&alone)]));
        assert_eq!(run.code, Some(0), "{run:?}");
        let (mut expected, found) = (left(&alone), left(&found));
        expected.remove("lock");
        assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>(), "study {number}");
        for (name, bytes) in &expected {
            assert!(found[name] == *bytes, "study {number}: {name} differs");
        }
    }
}

#[test]
#[ignore = "minutes, as root, with Slurm's daemons of this machine; `cargo xtask test clusters --long`"]
fn slurm_gives_what_single_processes_give_whatever_is_requeued_killed_and_drained() {
    if let Some(why) = Slurm::lacking() {
        return eprintln!("left out: {why}");
    }
    let folder = tempfile::tempdir().unwrap();
    let slurm = Slurm::start(&folder.path().join("slurm")).unwrap();
    let (sweep, out, jobs) = planned(folder.path());
    let submit = || {
        let mut command = program(&["sweep", text(&sweep), "--out", text(&out), "--on", "slurm"]);
        let answer = answer(command.env("SLURM_CONF", slurm.config()));
        assert_eq!(answer.code, Some(0), "{answer:?}");
    };
    let count = || fs::read_dir(out.join("logs")).unwrap().count();
    let running = || slurm.command("squeue", &["-h", "-t", "R", "-r", "-o", "%A %K"]).unwrap_or_default();
    let wait = |what: &str, holds: &dyn Fn() -> bool| slurm.wait(what, |_| holds()).unwrap();
    submit();
    wait("some tasks", &|| count() > 8);
    // One is put back into the queue, one killed outright, the node drained and given back, the sweep submitted once more.
    let first = running().split_whitespace().next().map(str::to_owned).unwrap();
    slurm.command("scontrol", &["requeue", &first]).unwrap();
    if let Some(process) = at_work(&out.join("plan.jsonl")).first() {
        Command::new("kill").args(["-9", process]).status().unwrap();
    }
    let node = slurm.command("hostname", &["-s"]).unwrap();
    slurm.command("scontrol", &["update", &format!("nodename={}", node.trim()), "state=drain", "reason=test"]).unwrap();
    submit();
    slurm.command("scontrol", &["update", &format!("nodename={}", node.trim()), "state=resume"]).unwrap();
    wait("the end", &|| slurm.command("squeue", &["-h"]).is_ok_and(|left| left.trim().is_empty()));
    // What was killed outright may be missing: it is submitted again.
    submit();
    wait("the end", &|| slurm.command("squeue", &["-h"]).is_ok_and(|left| left.trim().is_empty()));
    let status = answer(&mut program(&["sweep", "--status", text(&out)])).stdout;
    assert!(status.contains(&format!("{jobs} of {jobs} jobs done")), "{status}");
    hold(folder.path(), &out);
}

#[test]
#[ignore = "minutes, with the Python package hyperqueue, whose Python STITCHSCOPE_HYPERQUEUE names; `cargo xtask test clusters --long`"]
fn hyperqueue_gives_what_single_processes_give_whatever_is_killed() {
    let Some(python) = std::env::var_os("STITCHSCOPE_HYPERQUEUE") else {
        return eprintln!(
            "left out: STITCHSCOPE_HYPERQUEUE names no Python that has the package hyperqueue; `cargo xtask setup` brings one"
        );
    };
    let folder = tempfile::tempdir().unwrap();
    let (_, out, _) = planned(folder.path());
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/hq.py");
    let plan = out.join("plan.jsonl");
    let missing = || answer(&mut program(&["plan", "--missing", text(&out), text(&plan)])).stdout.trim().to_owned();
    let run = || {
        let mut command = Command::new(&python);
        command.arg(&runner).arg(out.join("submit.sh")).args([&missing(), "2"]);
        command.env("RAYON_NUM_THREADS", "1").current_dir(folder.path()).stdout(Stdio::piped()).spawn().unwrap()
    };
    // While it runs, processes are killed outright, so that their tasks fail; these are submitted again.
    let mut first = run();
    for _ in 0..5 {
        std::thread::sleep(Duration::from_secs(4));
        if let Some(process) = at_work(&plan).first() {
            Command::new("kill").args(["-9", process]).status().unwrap();
        }
    }
    first.wait().unwrap();
    assert!(!missing().is_empty(), "no task was lost");
    let said = run().wait_with_output().unwrap().stdout;
    assert!(String::from_utf8_lossy(&said).contains("all tasks done"), "{}", String::from_utf8_lossy(&said));
    let gathered = answer(&mut program(&["gather", text(&out)]));
    assert_eq!(gathered.code, Some(0), "{gathered:?}");
    hold(folder.path(), &out);
}
