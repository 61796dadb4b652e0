//! Files that were made to do harm: pipes and devices, links that lead out, sizes that ask for all memory, names that command a
//! terminal. Each is refused in one sentence, or shown without harm, within bounded memory; nothing outside is read or written.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "helpers of tests fail as tests do")]

#[path = "../support/onnx.rs"]
mod onnx;
mod studies;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use onnx::{bytes, int, node, port, weight};
use support::{Answer, answer, file, program, recipe, text};

const TABLES: &str = "[taps]\npairs = [[\"act\", \"act\"]]\n[controls]\nkinds = []\n[stitch]\ntrain = \"none\"\n[run]\nengine = \"reference\"\n";

/// The program with two gigabytes of address space and two minutes: what asks for more, or waits, does not end in a sentence.
fn bounded(arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    let script = "ulimit -v 2000000; exec timeout 120 \"$0\" \"$@\"";
    command.args(["-c", script, env!("CARGO_BIN_EXE_stitchscope")]).args(arguments);
    command
}

/// The error is one readable line that holds all of `says`.
#[track_caller]
fn refused(answer: &Answer, says: &[&str]) {
    assert_eq!(answer.code, Some(2), "{answer:?}");
    let said = answer.stderr.lines().last().unwrap();
    assert!(said.starts_with("error: ") && said.len() < 2000, "{answer:?}");
    assert!(
        !answer.stderr.contains("panicked")
            && answer.stderr.lines().filter(|line| line.starts_with("error: ")).count() == 1,
        "{answer:?}"
    );
    for part in says {
        assert!(said.contains(part), "{part:?} is not in {said:?}");
    }
}

/// A folder with a sound network and a study on it and on `bytes`.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new(network: &[u8]) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        world.file("good.onnx", &onnx::network(10));
        world.file("net.onnx", network);
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        file(self.folder.path(), name, content)
    }

    fn inspect(&self) -> Answer {
        answer(&mut bounded(&["inspect", text(&self.path("net.onnx"))]))
    }

    fn run(&self, engine: &str) -> Answer {
        let tables = TABLES.replace("reference", engine);
        let recipe = recipe(text(&self.path("net.onnx")), text(&self.path("good.onnx")), &tables);
        let recipe = self.file("study.toml", recipe.as_bytes());
        answer(&mut bounded(&["run", text(&recipe), "--out", text(&self.path("out"))]))
    }
}

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A network of which one weight lies in another file.
fn external(entries: &[(&str, &str)]) -> Vec<u8> {
    let pair = |(key, value): &(&str, &str)| bytes(13, [bytes(1, key), bytes(2, value)].concat());
    let places: Vec<u8> = entries.iter().flat_map(pair).collect();
    let outside = [int(1, 784), int(1, 10), int(2, 1), bytes(8, "w"), places, int(14, 1)].concat();
    let mut parts = onnx::parts(10);
    parts[3] = bytes(5, outside);
    onnx::model(&parts)
}

const NEEDED: usize = 784 * 10 * 4;

#[test]
fn pipes_and_devices_are_refused_wherever_a_file_is_wanted() {
    let world = World::new(&external(&[("location", "w.bin")]));
    pipe(&world.path("pipe"));
    pipe(&world.path("w.bin"));
    refused(&world.inspect(), &["w.bin", "no ordinary file"]);
    fs::remove_file(world.path("w.bin")).unwrap();
    symlink("/dev/zero", world.path("w.bin")).unwrap();
    refused(&world.inspect(), &["w.bin", "link"]);
    for place in [world.path("pipe"), PathBuf::from("/dev/zero")] {
        let place = text(&place);
        for arguments in [
            vec!["inspect", place],
            vec!["run", place],
            vec!["figure", place, "-o", "x.svg"],
            vec!["export", place, "--cell", "0", "-o", "x.onnx"],
        ] {
            refused(&answer(&mut bounded(&arguments)), &[place, "no ordinary file"]);
        }
        let good = world.path("good.onnx");
        let data = recipe(text(&good), text(&good), TABLES).replace("zoo:fashion-test", place);
        let data = world.file("data.toml", data.as_bytes());
        refused(&answer(&mut bounded(&["run", text(&data)])), &[place]);
    }
}

#[test]
fn external_data_stays_in_the_models_folder() {
    let world = World::new(&external(&[("location", "w.bin"), ("length", "31360")]));
    world.file("w.bin", &[0; NEEDED]);
    assert_eq!(world.inspect().code, Some(0), "what lies beside the model is read");
    fs::remove_file(world.path("w.bin")).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let secret = file(elsewhere.path(), "secret", [7; NEEDED]);
    symlink(&secret, world.path("w.bin")).unwrap();
    refused(&world.inspect(), &["w.bin", "is a link"]);
    fs::remove_file(world.path("w.bin")).unwrap();
    fs::hard_link(&secret, world.path("w.bin")).unwrap();
    refused(&world.inspect(), &["w.bin", "several names"]);
    symlink(elsewhere.path(), world.path("sub")).unwrap();
    world.file("net.onnx", &external(&[("location", "sub/secret")]));
    refused(&world.inspect(), &["sub/secret", "leads out of the folder"]);
    // A link to a folder inside is a way inside.
    fs::remove_file(world.path("w.bin")).unwrap();
    fs::create_dir(world.path("inner")).unwrap();
    world.file("inner/w.bin", &[0; NEEDED]);
    symlink("inner", world.path("alias")).unwrap();
    world.file("net.onnx", &external(&[("location", "alias/w.bin")]));
    assert_eq!(world.inspect().code, Some(0));
}

#[test]
fn external_lengths_are_those_of_the_tensor() {
    for (length, says) in [("10737418240", "need 31360 bytes"), ("4", "need 31360 bytes")] {
        let world = World::new(&external(&[("location", "w.bin"), ("length", length)]));
        world.file("w.bin", &[0; NEEDED]);
        refused(&world.inspect(), &["`w`", says, length]);
    }
    let world = World::new(&external(&[("location", "w.bin"), ("offset", "8")]));
    world.file("w.bin", &[0; NEEDED]);
    refused(&world.inspect(), &["`w`", "it has only 31360"]);
}

#[test]
fn many_weights_over_one_range_take_its_memory_once() {
    // 600 weights of 4 MiB: 2.3 GiB, were each kept.
    const LARGE: usize = 1 << 20;
    let mut parts = vec![node("Sigmoid", "act", &["image"], "a"), node("Flatten", "flat", &["a"], "f")];
    let place = |key: &str, value: &str| bytes(13, [bytes(1, key), bytes(2, value)].concat());
    let mut last = "zero".to_owned();
    parts.push(weight("zero", &[1], &[0.0]));
    for index in 0..600 {
        let name = format!("w{index}");
        let large = [int(1, LARGE as u64), int(2, 1), bytes(8, &name), place("location", "w.bin"), int(14, 1)].concat();
        parts.push(bytes(5, large));
        let sum = format!("s{index}");
        parts.push(node("ReduceMax", &format!("max{index}"), &[&name], &format!("m{index}")));
        parts.push(node("Add", &format!("add{index}"), &[&last, &format!("m{index}")], &sum));
        last = sum;
    }
    parts.push(weight("fc", &[784, 10], &vec![0.1; 7840]));
    parts.push(node("MatMul", "dense", &["f", "fc"], "d"));
    parts.push(node("Reshape", "flatten", &[&last, "one"], "r"));
    parts.push(bytes(5, [int(1, 1), int(2, 7), bytes(8, "one"), bytes(9, 1_i64.to_le_bytes())].concat()));
    parts.push(node("Add", "shift", &["d", "r"], "logits"));
    parts.push(port(11, "image", &["N", "1", "28", "28"]));
    parts.push(port(12, "logits", &["N", "10"]));
    let world = World::new(&onnx::model(&parts));
    fs::File::create(world.path("w.bin")).unwrap().set_len(4 * LARGE as u64).unwrap();
    let answer = world.inspect();
    assert_eq!(answer.code, Some(0), "{answer:?}");
}

#[test]
fn weights_that_no_output_needs_are_not_read() {
    let mut parts = onnx::parts(10);
    let place = bytes(13, [bytes(1, "location"), bytes(2, "none.bin")].concat());
    parts.push(bytes(5, [int(1, 1 << 40), int(2, 1), bytes(8, "idle"), place, int(14, 1)].concat()));
    let world = World::new(&onnx::model(&parts));
    assert_eq!(world.inspect().code, Some(0));
}

/// `image -> act -> flat -> fc`, and added to it the sum of what `more` makes of nothing, named `bomb`.
fn with_bomb(more: &[Vec<u8>]) -> Vec<u8> {
    let mut parts = onnx::parts(10);
    parts[2] = node("MatMul", "fc", &["f", "w"], "d");
    parts.extend_from_slice(more);
    parts.push(node("ReduceSum", "sum", &["bomb"], "s"));
    parts.push(node("Reshape", "flatten", &["s", "one"], "r"));
    parts.push(ints("one", &[1]));
    parts.push(node("Add", "shift", &["d", "r"], "logits"));
    onnx::model(&parts)
}

/// A weight of i64, `[len]`.
fn ints(name: &str, values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    bytes(5, [int(1, values.len() as u64), int(2, 7), bytes(8, name), bytes(9, raw)].concat())
}

#[test]
fn bombs_are_refused_before_memory_is_taken_on_every_engine() {
    let tera = with_bomb(&[
        weight("seed", &[1, 1], &[1.0]),
        ints("shape", &[1 << 20, 1 << 18]),
        node("Expand", "blow", &["seed", "shape"], "bomb"),
    ]);
    // Each step doubles: no step grows much, all together without end.
    let mut doubling = vec![weight("t0", &[64], &[0.5; 64])];
    for step in 0..40 {
        let (from, to) = (format!("t{step}"), if step == 39 { "bomb".to_owned() } else { format!("t{}", step + 1) });
        let axis = bytes(5, [bytes(1, "axis"), int(3, 0), int(20, 2)].concat());
        let inputs = [bytes(1, &from), bytes(1, &from), bytes(2, &to)].concat();
        doubling.push(bytes(1, [inputs, bytes(3, format!("join{step}")), bytes(4, "Concat"), axis].concat()));
    }
    for (network, says) in [(tera, "blow"), (with_bomb(&doubling), "join")] {
        let world = World::new(&network);
        for engine in ["reference", "processor"] {
            let answer = world.run(engine);
            refused(&answer, &[says, "iB"]);
        }
    }
}

#[test]
fn sizes_that_leave_64_bits_are_refused_with_their_node() {
    // 4 (2^62 + 196) is 784 in 64 bits, which would fit the weights.
    let mut parts = onnx::parts(10);
    parts[4] = port(11, "image", &["N", "1", "4", "4611686018427388100"]);
    let answer = World::new(&onnx::model(&parts)).inspect();
    refused(&answer, &["`act`"]);
}

#[test]
fn names_neither_command_the_terminal_nor_fill_it() {
    let long = "n".repeat(70_000);
    for name in ["\u{1b}[2J\u{1b}[1;1Hgone\u{7}", "a\nerror: all is well", "r\u{202e}evil", &long] {
        let mut parts = onnx::parts(10);
        parts[0] = node("Sigmoid", name, &["image"], "a");
        let world = World::new(&onnx::model(&parts));
        let shown = world.inspect();
        assert_eq!(shown.code, Some(0), "{name:.20}: {shown:?}");
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!shown.stdout.contains(bad) && !shown.stdout.contains("\nerror"), "{:?}", shown.stdout);
        assert!(shown.stdout.lines().all(|line| line.chars().count() < 600));
        // And in an error, here about the operator.
        parts[0] = node("Sigmund", name, &["image"], "a");
        let world = World::new(&onnx::model(&parts));
        let answer = world.inspect();
        assert!(!answer.stderr.contains(bad), "{:?}", answer.stderr);
        assert_eq!(answer.stderr.lines().count(), 1, "{:?}", answer.stderr);
        refused(&answer, &["Sigmund"]);
    }
}

#[test]
fn a_recipe_of_endless_names_is_one_readable_line() {
    let world = World::new(&onnx::network(10));
    let text_of = recipe(&"q".repeat(900_000), "b", TABLES);
    let path = world.file("study.toml", text_of.as_bytes());
    refused(&answer(&mut bounded(&["run", text(&path)])), &["qqq", "..."]);
}
