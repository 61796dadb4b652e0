//! Kills at any moment: what a study leaves in the end is what an undisturbed one leaves, byte for byte but for its times.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "helpers of tests fail as tests do")]

#[path = "support/left.rs"]
mod left;
#[path = "support/onnx.rs"]
mod onnx;
mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
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

/// Kills each study so many times at moments by chance, anew after every third, and holds what it leaves against the undisturbed one.
fn killed(kills: usize) {
    let folder = tempfile::tempdir().unwrap();
    let net = file(folder.path(), "net.onnx", onnx::network(10));
    for (tables, seed) in STUDIES.into_iter().zip(1..) {
        let study = file(folder.path(), "study.toml", recipe(text(&net), text(&net), tables));
        let run = |out: &PathBuf| program(&["run", text(&study), "--out", text(out)]);
        let whole = folder.path().join(format!("whole-{seed}"));
        let start = Instant::now();
        let undisturbed = answer(&mut run(&whole));
        assert_eq!(undisturbed.code, Some(0), "{}{}", undisturbed.stdout, undisturbed.stderr);
        let (took, expected) = (start.elapsed(), left(&whole));
        let mut dice = Dice(seed);
        for kill in 0..kills {
            let out = folder.path().join(format!("killed-{seed}-{}", kill / 3));
            let mut child = run(&out).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(dice.moment(took));
            let _ = child.kill();
            child.wait().unwrap();
            if kill % 3 == 2 || kill + 1 == kills {
                let last = answer(&mut run(&out));
                assert_eq!(last.code, Some(0), "kill {kill}: {}{}", last.stdout, last.stderr);
                let found = left(&out);
                let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
                assert_eq!(names(&found), names(&expected), "kill {kill} of study {seed}");
                for (name, bytes) in &expected {
                    assert!(found[name] == *bytes, "kill {kill} of study {seed}: {name} differs");
                }
            }
        }
    }
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
