//! A small sweep, and what single processes leave of its studies.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::left::left;
use super::onnx;
use super::support::{self, Answer, answer, file, recipe, text};

/// What every study here is: two seeds, an attack, controls, an engine that is told how many threads it has.
const TABLES: &str = "[taps]\npairs = [[\"act\", \"act\"]]\n[stitch]\nepochs = 1\nbatch = 8\nlr = 0.1\nseeds = [0, 1]\n\
                      [attack]\neps = \"0.1\"\nsteps = 2\n[controls]\nkinds = [\"identity\"]\n[run]\nengine = \"processor\"\n";

/// A folder with two networks, a sweep over them, and what single processes leave of its studies.
pub struct Bench {
    pub folder: tempfile::TempDir,
    studies: Vec<String>,
}

impl Bench {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nets = ["a.onnx", "b.onnx"].map(|name| file(folder.path(), name, onnx::network(10)));
        // The same operators, another file: both are named in reports.
        let studies = |eps: &str| {
            let tables = TABLES.replace("0.1\"\nsteps", &format!("{eps}\"\nsteps"));
            let pairs = nets.iter().flat_map(|front| nets.iter().map(move |end| (front, end)));
            pairs.map(|(front, end)| recipe(text(front), text(end), &tables)).collect::<Vec<_>>()
        };
        let all = ["0.1", "0.2"].iter().flat_map(|eps| studies(eps)).collect();
        Self { folder, studies: all }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The sweep of all studies, with these keys of `[sweep]`.
    pub fn sweep(&self, keys: &str) -> PathBuf {
        let nets = self.path("?.onnx");
        let tables = format!(
            "{TABLES}[sweep]\nnetworks = [{:?}]\n{keys}\n[sweep.axes]\nattack.eps = [\"0.1\", \"0.2\"]\n",
            text(&nets)
        );
        let whole = recipe("front", "end", &tables);
        let bare = whole.replace("[front]\nmodel = \"front\"\n[end]\nmodel = \"end\"\n", "[front]\n[end]\n");
        file(self.folder.path(), "sweep.toml", bare)
    }

    /// What single processes leave, study by study.
    pub fn expected(&self) -> Vec<BTreeMap<String, Vec<u8>>> {
        let one = |(number, recipe): (usize, &String)| {
            let study = file(self.folder.path(), &format!("study-{number}.toml"), recipe);
            let out = self.path(&format!("alone-{number}"));
            done(&["run", text(&study), "--out", text(&out)]);
            left(&out)
        };
        self.studies.iter().enumerate().map(one).collect()
    }

    /// Holds the gathered studies against those of single processes.
    #[track_caller]
    pub fn hold(&self, out: &Path, expected: &[BTreeMap<String, Vec<u8>>]) {
        for (number, expected) in expected.iter().enumerate() {
            let mut found = left(&out.join("studies").join(number.to_string()));
            let mut expected = expected.clone();
            expected.remove("lock");
            found.remove("lock");
            let names = |of: &BTreeMap<String, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&found), names(&expected), "study {number}");
            for (name, bytes) in &expected {
                assert!(found[name] == *bytes, "study {number}: {name} differs");
            }
        }
    }
}

/// The program with one thread: workers of a sweep share the cores, and a report names the number of its threads.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = support::program(arguments);
    command.env("RAYON_NUM_THREADS", "1");
    command
}

#[track_caller]
pub fn done(arguments: &[&str]) -> Answer {
    let answer = answer(&mut program(arguments));
    assert_eq!(answer.code, Some(0), "{arguments:?}: {answer:?}");
    answer
}

#[track_caller]
pub fn refused(arguments: &[&str]) -> String {
    let answer = answer(&mut program(arguments));
    assert_eq!(answer.code, Some(2), "{arguments:?}: {answer:?}");
    answer.stderr
}

pub fn lines(plan: &Path) -> Vec<serde_json::Value> {
    fs::read_to_string(plan).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
