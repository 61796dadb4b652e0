//! Sweeps in trouble: killed workers, full disks, jobs that run twice at once; nothing is lost and nothing counted twice.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "support/left.rs"]
mod left;
#[path = "support/onnx.rs"]
mod onnx;
mod support;
#[path = "support/sweeps.rs"]
mod sweeps;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::{answer, text};
use sweeps::{Bench, done, lines, program, refused};

/// A planned sweep of eight studies in four jobs each.
fn planned(bench: &Bench, out: &str) -> (PathBuf, usize) {
    let out = bench.path(out);
    fs::create_dir(&out).unwrap();
    let plan = out.join("plan.jsonl");
    done(&["plan", text(&bench.sweep("split = 1")), "-o", text(&plan)]);
    (out, lines(&plan).len() - 1)
}

fn started(mut command: Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Holds the sweep, all of whose jobs are finished, against single processes.
#[track_caller]
fn held(bench: &Bench, expected: &[BTreeMap<String, Vec<u8>>], out: &Path, jobs: usize) {
    let said = done(&["sweep", "--status", text(out)]).stdout;
    assert!(said.contains(&format!("{jobs} of {jobs} jobs done")) && !said.contains("failed"), "{said}");
    assert_eq!(files(&out.join("shared")), 0, "nothing that jobs shared is left");
    let said = done(&["gather", text(out)]).stdout;
    assert!(said.contains(&format!("8 of 8 studies with 16 cells, {jobs} of {jobs} jobs")), "{said}");
    bench.hold(out, expected);
    assert_eq!(files(&out.join("jobs")), 2 * jobs - 8, "a record and a zip of each job; of the shared ones no zip");
}

/// Files in a folder and those in it.
fn files(folder: &Path) -> usize {
    let Ok(all) = fs::read_dir(folder) else { return 0 };
    all.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

#[test]
fn every_job_may_run_twice_at_once_and_all_jobs_of_a_study_too() {
    let bench = Bench::new();
    let (out, jobs) = planned(&bench, "out");
    let plan = out.join("plan.jsonl");
    // Studies one after the other, all jobs of each at once, each twice.
    for study in 0..8 {
        let own = (study * jobs / 8)..((study + 1) * jobs / 8);
        let twice = own.clone().chain(own);
        let all: Vec<Child> =
            twice.map(|index| started(program(&["cell", text(&plan), "--index", &index.to_string()]))).collect();
        for mut child in all {
            assert!(child.wait().unwrap().success());
        }
    }
    held(&bench, &bench.expected(), &out, jobs);
}

#[test]
fn a_full_disk_costs_a_job_its_turn_and_nothing_else() {
    let bench = Bench::new();
    let (out, jobs) = planned(&bench, "out");
    let plan = out.join("plan.jsonl");
    // No file may grow beyond so many KiB: journals, records and what is shared end in their middle.
    for (limit, indices) in [(1, 0..4), (2, 0..4), (8, 4..8), (16, 8..12), (64, 12..16)] {
        for index in indices {
            let mut command = Command::new("bash");
            let limited = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"");
            command.args(["-c", &limited, env!("CARGO_BIN_EXE_stitchscope"), "cell", text(&plan)]);
            let answer = answer(command.args(["--index", &index.to_string()]).env("RAYON_NUM_THREADS", "1"));
            assert!(matches!(answer.code, Some(0 | 2)), "{answer:?}");
            if limit == 1 {
                assert_eq!(answer.code, Some(2), "{answer:?}");
                assert!(
                    answer.stderr.contains("could not be written") || answer.stderr.contains("too large"),
                    "{answer:?}"
                );
            }
        }
    }
    assert!(refused(&["gather", text(&out)]).contains("jobs are not finished"));
    done(&["cell", text(&plan), "--index", "0", "--chunk", &jobs.to_string()]);
    held(&bench, &bench.expected(), &out, jobs);
}

/// Kills workers of sweeps on this machine at moments by chance, so many, each sweep submitted until it is done.
fn killed(kills: usize) {
    let bench = Bench::new();
    let expected = bench.expected();
    let (mut dice, mut done, mut rounds) = (0x9e37_79b9_7f4a_7c15, 0, 0..);
    while done < kills {
        let out = format!("out-{}", rounds.next().unwrap());
        let killed = one_sweep(&bench, (&out, &expected), kills - done, &mut dice);
        assert!(killed > 0, "no worker was met at work");
        done += killed;
    }
}

/// A sweep from its plan to its end; how many of its workers were killed.
fn one_sweep(
    bench: &Bench,
    (out, expected): (&str, &[BTreeMap<String, Vec<u8>>]),
    kills: usize,
    dice: &mut u64,
) -> usize {
    let (out, jobs) = planned(bench, out);
    let sweep = bench.path("sweep.toml");
    let start = || started(program(&["sweep", text(&sweep), "--out", text(&out), "--workers", "2", "--tasks", "12"]));
    let mut driver = start();
    let mut killed = 0;
    while killed < kills {
        *dice ^= *dice << 13;
        *dice ^= *dice >> 7;
        *dice ^= *dice << 17;
        std::thread::sleep(Duration::from_millis(*dice % 1000));
        let at_work = workers(&out.join("plan.jsonl"));
        if let Some(process) = at_work.get(usize::try_from(*dice >> 40).unwrap() % at_work.len().max(1)) {
            let kill = Command::new("kill").args(["-9", process]).stderr(Stdio::null()).status();
            killed += usize::from(kill.unwrap().success());
        }
        if driver.try_wait().unwrap().is_some() {
            if answer(&mut program(&["gather", text(&out)])).code == Some(0) {
                break; // everything is finished: there is nobody left to kill
            }
            driver = start();
        }
    }
    driver.wait().unwrap();
    done(&["sweep", text(&sweep), "--out", text(&out), "--workers", "2"]);
    held(bench, expected, &out, jobs);
    killed
}

/// Processes at a job of the plan.
fn workers(plan: &Path) -> Vec<String> {
    let found = Command::new("pgrep").args(["-f", &format!("cell {}", text(plan))]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn killed_workers_lose_nothing() {
    killed(6);
}

#[test]
#[ignore = "minutes: 100 kills; `cargo xtask test trouble --long`"]
fn a_hundred_killed_workers_lose_nothing() {
    killed(100);
}
