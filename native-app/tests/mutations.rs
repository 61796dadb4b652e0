//! Sound files with a few bytes changed, and shape arithmetic put together by chance: whatever comes of it, every reader ends in a value
//! or in an error, and nothing panics. The changes are the same on every machine.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, reason = "helpers of tests fail as tests do")]

#[expect(dead_code, reason = "other suites use the rest")]
#[path = "support/onnx.rs"]
mod onnx;

use std::collections::BTreeMap;

use stitchscope_core::engine::Engine as _;
use stitchscope_core::engine::reference::{Precision, Reference};
use stitchscope_core::inspect::Inspection;
use stitchscope_core::onnx::{external, read};
use stitchscope_core::platform::block_on;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::Report;
use stitchscope_core::stitch;
use stitchscope_core::study::journal::Journal;
use stitchscope_core::tensor::Tensor;

use onnx::{bytes, int, port, weight};

/// Numbers that look like chance (xorshift64*).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next()).unwrap() % count
    }

    /// The bytes with one to eight of them changed, left out or doubled.
    fn change(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut changed = bytes.to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(changed.len().max(1)).min(changed.len().saturating_sub(1));
            match self.below(4) {
                0 => changed[at] = u8::try_from(self.below(256)).unwrap(),
                1 => changed[at] ^= 1 << self.below(8),
                2 if changed.len() > 1 => drop(changed.remove(at)),
                _ => changed.insert(at, changed[at]),
            }
        }
        changed
    }
}

/// Reads a network, looks at it, and runs it once where one image fits it.
fn try_network(bytes: Vec<u8>) -> bool {
    let Ok(model) = read(bytes.into(), "changed.onnx", &external::none) else { return false };
    assert!(!Inspection::of("changed.onnx", &model).to_text().contains('\u{1b}'));
    let graph = &model.graph;
    let sizes: Vec<Vec<usize>> = graph.inputs().iter().map(|i| graph.ty(*i).at(2)).collect();
    if sizes.iter().any(|s| s.iter().try_fold(1_usize, |all, d| all.checked_mul(*d)).is_none_or(|all| all > 1 << 20)) {
        return true;
    }
    let engine = Reference::new(Precision::AsTyped);
    let _ = block_on(async {
        let mut inputs = Vec::new();
        for shape in &sizes {
            inputs.push(engine.upload(&Tensor::full(shape, 0.5)).await?);
        }
        engine.compile(graph).await?.run(&inputs.iter().collect::<Vec<_>>()).await
    });
    true
}

#[test]
fn networks_with_changed_bytes_are_read_or_refused() {
    let mut small = onnx::parts(3);
    small[3] = weight("w", &[16, 3], &[0.25; 48]);
    small[4] = port(11, "image", &["N", "1", "4", "4"]);
    let whole = onnx::model(&small);
    assert!(try_network(whole.clone()));
    let mut dice = Dice(1);
    let read = (0..3000).filter(|_| try_network(dice.change(&whole))).count();
    assert!(read > 50, "only {read} of 3000 were read: the changes reach no further than the door");
}

/// A node with integers as attributes.
fn with(op_type: &str, name: &str, inputs: &[String], attributes: &[(&str, i64)]) -> Vec<u8> {
    let value = |v: i64| u64::from_le_bytes(v.to_le_bytes());
    let inputs: Vec<u8> = inputs.iter().flat_map(|i| bytes(1, i)).collect();
    let attribute = |(key, v): &(&str, i64)| bytes(5, [bytes(1, key), int(3, value(*v)), int(20, 2)].concat());
    let attributes: Vec<u8> = attributes.iter().flat_map(attribute).collect();
    bytes(1, [inputs, bytes(2, name), bytes(3, name), bytes(4, op_type), attributes].concat())
}

fn ints(name: &str, sizes: &[u64], values: &[i64]) -> Vec<u8> {
    let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let sizes: Vec<u8> = sizes.iter().flat_map(|s| int(1, *s)).collect();
    bytes(5, [sizes, int(2, 7), bytes(8, name), bytes(9, raw)].concat())
}

#[test]
fn shape_arithmetic_by_chance_is_folded_or_refused() {
    let mut dice = Dice(2);
    let operators = [
        "Add",
        "Sub",
        "Mul",
        "Div",
        "Mod",
        "Min",
        "Max",
        "Equal",
        "Neg",
        "Where",
        "Gather",
        "Slice",
        "Concat",
        "Unsqueeze",
        "Squeeze",
        "Reshape",
        "Transpose",
        "Expand",
        "ReduceProd",
        "ReduceSum",
        "Range",
        "Identity",
        "Shape",
        "Size",
    ];
    let mut ends: BTreeMap<bool, usize> = BTreeMap::new();
    for _ in 0..1500 {
        let mut known: Vec<String> = ["s", "one", "zero", "pair", "scalar", "huge", "square"].map(str::to_owned).into();
        let mut parts = vec![
            with("Shape", "s", &["image".to_owned()], &[]),
            ints("one", &[1], &[1]),
            ints("zero", &[1], &[0]),
            ints("pair", &[2], &[-1, 3]),
            ints("scalar", &[], &[2]),
            ints("huge", &[1], &[i64::MAX]),
            ints("square", &[2, 2], &[1, 2, 3, 4]),
        ];
        for index in 0..=dice.below(10) {
            let op = operators[dice.below(operators.len())];
            let inputs: Vec<String> = (0..=dice.below(4)).map(|_| known[dice.below(known.len())].clone()).collect();
            let axis = i64::try_from(dice.below(5)).unwrap() - 2;
            let attributes: &[(&str, i64)] = if dice.below(2) == 0 { &[] } else { &[("axis", axis)] };
            let name = format!("n{index}");
            parts.push(with(op, &name, &inputs, attributes));
            known.push(name);
        }
        let last = known.last().unwrap().clone();
        parts.push(with("Reshape", "logits", &["image".to_owned(), last], &[]));
        parts.push(port(11, "image", &["N", "1", "2", "3"]));
        parts.push(port(12, "logits", &["N", "6"]));
        *ends.entry(try_network(onnx::model(&parts))).or_default() += 1;
    }
    assert!(ends.contains_key(&false), "{ends:?}");
}

#[test]
fn texts_and_stitches_with_changed_bytes_are_read_or_refused() {
    let recipe = "[front]\nmodel = \"a.onnx\"\n[end]\nmodel = \"b.onnx\"\n[data]\ntrain = \"c\"\ntest = \"d\"\n[attack]\neps = \"8/255\"\n";
    let report = r#"{"schema":1,"recipe":"","environment":{"engine":"ort","device":"x","threads":1,"version":"0.1.0"},"donors":[{"role":"front","model":"a","clean":{"correct":3,"total":4}}],"cells":[]}"#;
    let journal = "{\"schema\":2,\"fingerprint\":\"ab\",\"version\":\"0.1.0\",\"inputs\":{\"numerics\":1,\"files\":[]},\"sum\":\"00000000000000000000000000000000\"}\n{\"probes\":[],\"sum\":\"\"}\n";
    assert!(Recipe::parse(recipe, "r").is_ok() && Report::parse(report.as_bytes()).is_ok());
    let stitched = stitch::write(&stitch::Weights::random(3, 5, 7)).unwrap();
    let mut dice = Dice(3);
    for _ in 0..2000 {
        let text = String::from_utf8_lossy(&dice.change(recipe.as_bytes())).into_owned();
        if let Err(why) = Recipe::parse(&text, "r") {
            assert!(!why.to_string().is_empty());
        }
        let _ = Report::parse(&dice.change(report.as_bytes()));
        // No change of a line goes unnoticed: what is left is a journal that was never begun.
        assert!(Journal::parse(&dice.change(journal.as_bytes())).map_or(true, |found| found.is_none()));
        let changed = dice.change(&stitched);
        if stitch::read(&changed).is_ok() {
            let _ = (stitch::read_adapted(&changed), stitch::about(&changed));
        }
    }
}
