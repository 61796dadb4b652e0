//! Sweeps: whoever starts the tasks, in whatever order, once or twice, killed or not, what is gathered is what one process leaves.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

#[path = "support/left.rs"]
mod left;
#[path = "support/onnx.rs"]
mod onnx;
mod support;
#[path = "support/sweeps.rs"]
mod sweeps;

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use support::{answer, file, text};
use sweeps::{Bench, done, lines, program, refused};

#[test]
fn jobs_done_one_by_one_are_gathered_to_what_one_process_leaves() {
    let bench = Bench::new();
    let expected = bench.expected();
    for (keys, jobs) in [("", 8), ("split = 1", 32)] {
        let out = bench.path(&format!("out-{jobs}"));
        fs::create_dir(&out).unwrap();
        let plan = out.join("plan.jsonl");
        let (sweep, at) = (bench.sweep(keys), text(&plan));
        let said = done(&["plan", text(&sweep), "-o", at]).stderr;
        assert!(said.contains(&format!("8 studies, {jobs} jobs, 16 cells")), "{said}");
        let planned = lines(&plan);
        assert_eq!((planned.len(), &planned[0]["cells"]), (jobs + 1, &16.into()));
        let all = format!("0-{}", jobs - 1);
        assert_eq!(done(&["plan", "--missing", text(&out), at]).stdout.trim(), all);
        // From the last to the second, one by its id, some in chunks, one twice.
        for index in (2..jobs).rev() {
            done(&["cell", at, "--index", &index.to_string()]);
        }
        done(&["cell", at, "--index", planned[2]["id"].as_str().unwrap()]);
        let why = refused(&["gather", text(&out)]);
        assert!(why.contains(&format!("1 of {jobs} jobs are not finished: 0.")), "{why}");
        assert_eq!(done(&["plan", "--missing", text(&out), at]).stdout.trim(), "0");
        let again = done(&["cell", at, "--index", "0", "--chunk", "2"]).stderr;
        assert!(again.contains("Job 1 is finished already."), "{again}");
        let said = done(&["gather", text(&out)]).stdout;
        assert!(said.contains(&format!("8 of 8 studies with 16 cells, {jobs} of {jobs} jobs")), "{said}");
        bench.hold(&out, &expected);
        assert!(!out.join("work").read_dir().unwrap().any(|_| true), "nothing is left at work");
        let table = fs::read_to_string(out.join("cells.csv")).unwrap();
        assert!(table.starts_with("study,attack.eps,front.model,end.model,front_tap,end_tap,seed,"), "{table}");
        assert_eq!(table.lines().count(), 17);
        assert_eq!(fs::read_to_string(out.join("reports.jsonl")).unwrap().lines().count(), 8);
    }
}

#[test]
fn a_sweep_on_this_machine_survives_killed_workers_and_a_second_submission() {
    let bench = Bench::new();
    let expected = bench.expected();
    let (out, sweep) = (bench.path("out"), bench.sweep("split = 1"));
    let start = || {
        let mut command = program(&["sweep", text(&sweep), "--out", text(&out), "--workers", "2", "--chunk", "3"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    // Killed with its driver in the middle, three times; then two at once.
    for moment in [300, 700, 1100] {
        let mut driver = start();
        std::thread::sleep(Duration::from_millis(moment));
        let _ = driver.kill();
        driver.wait().unwrap();
    }
    let (mut one, mut other) = (start(), start());
    assert!(one.wait().unwrap().success());
    assert!(other.wait().unwrap().success());
    let said = done(&["sweep", "--status", text(&out)]).stdout;
    assert!(said.contains("32 of 32 jobs done"), "{said}");
    done(&["gather", text(&out)]);
    bench.hold(&out, &expected);
}

#[test]
fn a_failed_job_leaves_its_reason_and_the_others_are_done() {
    let bench = Bench::new();
    let (out, sweep) = (bench.path("out"), bench.sweep(""));
    fs::create_dir(&out).unwrap();
    let plan = out.join("plan.jsonl");
    done(&["plan", text(&sweep), "-o", text(&plan)]);
    // Another network than was planned with.
    file(bench.folder.path(), "b.onnx", onnx::network(11));
    let why = refused(&["cell", text(&plan), "--index", "0", "--chunk", "2"]);
    assert!(why.contains("1 of 2 jobs of this task failed"), "{why}");
    let said = done(&["sweep", "--status", text(&out)]).stdout;
    assert!(said.contains("1 of 8 jobs done") && said.contains("1 failed: 1"), "{said}");
    assert!(said.contains("is not the one that was planned with"), "{said}");
    let why = refused(&["gather", text(&out)]);
    assert!(why.contains("7 of 8 jobs are not finished: 1-7; job 1 on "), "{why}");
    let said = done(&["gather", text(&out), "--partial"]).stdout;
    assert!(said.contains("1 of 8 studies"), "{said}");
    // Mended, it is done and its reason is gone.
    file(bench.folder.path(), "b.onnx", onnx::network(10));
    done(&["cell", text(&plan), "--index", "1"]);
    let said = done(&["sweep", "--status", text(&out)]).stdout;
    assert!(said.contains("2 of 8 jobs done") && !said.contains("failed"), "{said}");
}

#[test]
fn what_another_engine_or_version_computed_is_not_gathered() {
    let bench = Bench::new();
    let (out, sweep) = (bench.path("out"), bench.sweep(""));
    fs::create_dir(&out).unwrap();
    let plan = out.join("plan.jsonl");
    done(&["plan", text(&sweep), "-o", text(&plan)]);
    done(&["cell", text(&plan), "--index", "0", "--chunk", "8"]);
    let id = lines(&plan)[4]["id"].as_str().unwrap().to_owned();
    let place = out.join("jobs").join(&id[..2]).join(format!("{id}.json"));
    let record = fs::read_to_string(&place).unwrap();
    for (from, to) in [("\"engine\":\"processor\"", "\"engine\":\"ort\""), ("\"version\":\"", "\"version\":\"9")] {
        fs::write(&place, record.replacen(from, to, 1)).unwrap();
        let why = refused(&["gather", text(&out)]);
        assert!(why.contains("do not belong together: job 3 was computed by engine"), "{why}");
    }
    fs::write(&place, record.replacen("\"part\":\"study\"", "\"part\":\"rest\"", 1)).unwrap();
    assert!(refused(&["gather", text(&out)]).contains("the record of another job"));
    fs::write(&place, &record[..record.len() / 2]).unwrap();
    assert!(refused(&["gather", text(&out)]).contains("does not read"));
    fs::write(&place, record).unwrap();
    done(&["gather", text(&out)]);
}

#[test]
fn engines_say_which_task_a_process_is_and_get_scripts() {
    let bench = Bench::new();
    let (out, sweep) = (bench.path("out"), bench.sweep("keep = \"numbers\""));
    let said =
        done(&["sweep", text(&sweep), "--out", text(&out), "--on", "slurm", "--dry-run", "--workers", "3"]).stdout;
    assert!(said.contains("#SBATCH --array=0-7%3\n") && said.contains("--dependency=afterany:ARRAY"), "{said}");
    let said = done(&["sweep", text(&sweep), "--out", text(&out), "--on", "hq", "--dry-run", "--tasks", "4"]).stdout;
    assert!(said.contains("#HQ --array=0-3\n") && said.contains("--tasks 4\n"), "{said}");
    let plan = out.join("plan.jsonl");
    for (number, name) in ["SLURM_ARRAY_TASK_ID", "HQ_TASK_ID", "JOB_COMPLETION_INDEX"].iter().enumerate() {
        let answer = answer(program(&["cell", text(&plan)]).env(name, number.to_string()));
        assert_eq!(answer.code, Some(0), "{answer:?}");
        assert!(answer.stderr.contains(&format!("Job {number} ")), "{answer:?}");
    }
    let why = refused(&["cell", text(&plan), "--index", "8"]);
    assert!(why.contains("there is no task 8"), "{why}");
    // A sweep that is ended begins no job; one that is submitted again does.
    done(&["sweep", "--cancel", text(&out)]);
    assert!(refused(&["cell", text(&plan), "--index", "3"]).contains("--cancel"));
    done(&["sweep", text(&sweep), "--out", text(&out), "--workers", "2"]);
    // Numbers alone: no stitch is kept.
    assert!(out.join("studies/7/report.json").is_file() && !out.join("studies/7/stitches").exists());
    let why = refused(&["sweep", text(&bench.sweep("split = 1")), "--out", text(&out)]);
    assert!(why.contains("is of another sweep"), "{why}");
}

#[test]
fn a_sweep_that_cannot_be_is_refused_before_anything_runs() {
    let bench = Bench::new();
    let out = bench.path("plan.jsonl");
    let plan = |content: String| {
        let sweep = file(bench.folder.path(), "bad.toml", content);
        let why = refused(&["plan", text(&sweep), "-o", text(&out)]);
        assert!(!out.exists());
        why
    };
    let good = fs::read_to_string(bench.sweep("")).unwrap();
    for (from, to, part) in [
        ("attack.eps", "attack.epsilon", "which no recipe has; the keys of [attack] are"),
        ("[\"0.1\", \"0.2\"]", "[\"0.1\", \"7\"]", "study 4 of the sweep (attack.eps = \"7\""),
        ("[\"0.1\", \"0.2\"]", "[\"0.1\", \"0.1\"]", "is one of those before it"),
        ("[\"0.1\", \"0.2\"]", "\"0.1\"", "no list of values"),
        ("?.onnx", "?.onnxx", "nothing is named"),
        ("networks", "netwroks", "[sweep]: unknown field `netwroks`"),
    ] {
        let why = plan(good.replacen(from, to, 1));
        assert!(why.contains(part), "{part:?} is not in {why}");
    }
    let run = refused(&["run", text(&bench.sweep(""))]);
    assert!(run.contains("stitchscope sweep"), "{run}");
}
