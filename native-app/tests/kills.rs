//! Kills at any moment: what a study leaves in the end is what an undisturbed one leaves, byte for byte but for its times.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "helpers of tests fail as tests do and say what they leave out"
)]

#[path = "support/left.rs"]
mod left;
#[path = "support/onnx.rs"]
mod onnx;
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use left::left;
use support::{answer, file, program, recipe, text};

/// A study with attacks and controls, and one that trains its stitches, both with several seeds.
const STUDIES: [&str; 2] = [
    "[taps]\npairs = [[\"act\", \"act\"]]\n[stitch]\ntrain = \"none\"\nseeds = [0, 1]\n[attack]\neps = \"0.1\"\nsteps = 5\nalpha = \"0.05\"\n[run]\nengine = \"processor\"\n",
    "[taps]\npairs = [[\"act\", \"act\"]]\n[stitch]\nepochs = 2\nbatch = 8\nlr = 0.1\nseeds = [0, 1, 2]\n[controls]\nkinds = [\"identity\"]\n[run]\nengine = \"processor\"\n",
];

/// Numbers that look like chance (xorshift64*), the same on every machine.
struct Dice(u64);

impl Dice {
    /// A moment before `end`.
    fn moment(&mut self, end: Duration) -> Duration {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let share = (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f64 / f64::from(1 << 24);
        end.mul_f64(share)
    }
}

/// A study in a folder of its own, and what it leaves undisturbed.
struct Trial {
    folder: tempfile::TempDir,
    study: PathBuf,
    took: Duration,
    expected: BTreeMap<String, Vec<u8>>,
}

impl Trial {
    fn of(tables: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let net = file(folder.path(), "net.onnx", onnx::network(10));
        let study = file(folder.path(), "study.toml", recipe(text(&net), text(&net), tables));
        let whole = folder.path().join("whole");
        let start = Instant::now();
        let undisturbed = answer(&mut program(&["run", text(&study), "--out", text(&whole)]));
        assert_eq!(undisturbed.code, Some(0), "{}{}", undisturbed.stdout, undisturbed.stderr);
        Self { study, took: start.elapsed(), expected: left(&whole), folder }
    }

    /// The words after the program's name that run it into `out`.
    fn words<'a>(&'a self, out: &'a Path) -> [&'a str; 4] {
        ["run", text(&self.study), "--out", text(out)]
    }

    /// Runs it to its end where it was killed, and holds what is there against what it leaves undisturbed.
    fn goes_on(&self, out: &Path, what: &str) {
        let last = answer(&mut program(&self.words(out)));
        assert_eq!(last.code, Some(0), "{what}: {}{}", last.stdout, last.stderr);
        let found = left(out);
        let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&found), names(&self.expected), "{what}");
        for (name, bytes) in &self.expected {
            assert!(found[name] == *bytes, "{what}: {name} differs");
        }
    }
}

/// Kills each study so many times at moments by chance, anew after every third, and holds what it leaves against the undisturbed one.
fn killed(kills: usize) {
    for (tables, seed) in STUDIES.into_iter().zip(1..) {
        let trial = Trial::of(tables);
        let mut dice = Dice(seed);
        for kill in 0..kills {
            let out = trial.folder.path().join(format!("killed-{}", kill / 3));
            let mut child = program(&trial.words(&out)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(dice.moment(trial.took));
            let _ = child.kill();
            child.wait().unwrap();
            if kill % 3 == 2 || kill + 1 == kills {
                trial.goes_on(&out, &format!("kill {kill} of study {seed}"));
            }
        }
    }
}

/// What a study writes with: each is a place where it may end.
#[cfg(target_os = "linux")]
const WRITING: [&str; 9] =
    ["write", "rename", "ftruncate", "fsync", "fdatasync", "mkdir", "flock", "unlink", "copy_file_range"];

/// Calls of one kind at most: a study that makes more is not looked at to its end.
#[cfg(target_os = "linux")]
const CALLS: usize = 2_000;

/// Kills each study as it begins its first, second... call of one kind, until a run is through before it comes.
#[cfg(target_os = "linux")]
fn killed_at(call: &str) -> usize {
    let mut kills = 0;
    for tables in STUDIES {
        let trial = Trial::of(tables);
        for count in 1..=CALLS {
            let out = trial.folder.path().join("killed");
            let mut traced = std::process::Command::new("strace");
            traced.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}")]);
            traced.args(["-e", &format!("inject={call}:signal=KILL:when={count}")]);
            traced.arg(env!("CARGO_BIN_EXE_stitchscope")).args(trial.words(&out));
            let ended = traced.stdout(Stdio::null()).stderr(Stdio::null()).status();
            if ended.unwrap().success() {
                break;
            }
            trial.goes_on(&out, &format!("{call} {count}"));
            std::fs::remove_dir_all(&out).unwrap();
            kills += 1;
            assert!(count < CALLS, "more than {CALLS} calls of {call}");
        }
    }
    kills
}

#[test]
fn a_study_killed_a_few_times_leaves_what_an_undisturbed_one_leaves() {
    killed(6);
}

#[test]
#[ignore = "minutes: 200 kills; `cargo xtask test kills --long`"]
fn a_study_killed_two_hundred_times_leaves_what_an_undisturbed_one_leaves() {
    killed(100);
}

/// How a study ends before its time.
const ENDS: [&str; 3] = ["KILL", "TERM", "INT"];

/// For as long as `cargo xtask soak` says: one study after the other, ended again and again in each of these ways, and gone on with.
#[test]
#[ignore = "as long as one likes: `cargo xtask soak`"]
fn soak_studies_ended_in_any_way_go_on_to_the_same_results() {
    let minutes: f64 = std::env::var("STITCHSCOPE_SOAK_MINUTES").map_or(0.5, |text| text.parse().unwrap());
    let start = Instant::now();
    let trials = STUDIES.map(Trial::of);
    let (mut dice, mut ended, mut rounds) = (Dice(7), 0, 0);
    while rounds < 4 || start.elapsed().as_secs_f64() < 60.0 * minutes {
        let trial = &trials[rounds % trials.len()];
        let out = trial.folder.path().join("ended");
        for end in ENDS {
            let mut child = program(&trial.words(&out)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(dice.moment(trial.took));
            let signal = std::process::Command::new("kill").args([format!("-{end}"), child.id().to_string()]).output();
            ended += usize::from(signal.unwrap().status.success());
            child.wait().unwrap();
        }
        trial.goes_on(&out, &format!("round {rounds}"));
        std::fs::remove_dir_all(&out).unwrap();
        rounds += 1;
    }
    println!("{rounds} studies, ended {ended} times before their time");
    assert!(ended > rounds, "studies were too short to be ended");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "minutes, with `strace`; `cargo xtask test kills --long`"]
fn a_study_killed_at_each_writing_system_call_leaves_what_an_undisturbed_one_leaves() {
    let traced = std::process::Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
    if !traced.as_ref().is_ok_and(std::process::ExitStatus::success) {
        return eprintln!("left out: strace cannot trace here ({traced:?}); `cargo xtask setup` brings it");
    }
    let kills: BTreeMap<&str, usize> = WRITING.into_iter().map(|call| (call, killed_at(call))).collect();
    // What a study does not call, it cannot be killed at; these it does.
    for call in ["write", "rename", "fsync", "fdatasync", "mkdir"] {
        assert!(kills[call] > 0, "no study was killed at `{call}`: {kills:?}");
    }
}
