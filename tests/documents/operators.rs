//! The table of operators, from the one list that the program itself works by.

use std::fs;

use stitchscope_core::onnx::{OPSETS, REFUSED};
use stitchscope_core::ops::{Derivative, Example, Op, READ_BY_FILE};

const OPENING: &str = "# Operators

Written by `tests/documents` from the list in `core/src/ops/mod.rs`; do not edit by hand.

Every operator is one file in a folder of `core/src/ops/`. Its derivative is a *rule* (built in the same operators, so that it can be
differentiated again), that of its *parts* (simpler operators that it is made of), or *zero* (the operator is piecewise
constant or works on integers: nothing flows back). Each one is checked against f64 central differences by
`cargo xtask test gradients`. One operator, rounding inside quantised networks, has a *stand-in* instead, which the table names
and a warning of every network that has it.

Functions that a file holds are read as their nodes, an `If` whose condition is known while reading as the branch that is taken, a
`Loop` whose turns are known as its turns one after the other. `com.microsoft.X` is the operator `X` of ONNX Runtime's own set.

Integer arithmetic on shapes (Shape, Gather of a shape, Concat of sizes, ConstantOfShape, Range...) is folded away while a
file is read and needs no entry here. An operator that is not listed is refused by name, with the node it stands at.
";

/// The whole of `docs/operators.md`.
pub fn document() -> String {
    let examples = Op::all_examples();
    let (mut own, mut read) = (String::new(), String::new());
    for (index, (file, imports)) in READ_BY_FILE.iter().enumerate() {
        let onnx = if imports.is_empty() {
            "(made here, not read)".to_owned()
        } else {
            imports.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
        };
        let name = file.rsplit('/').next().unwrap_or(file);
        let link = format!("[{name}.rs](../core/src/ops/{file}.rs)");
        let what = summary(file);
        // Files with operators of their own come first in the list.
        match examples.get(index) {
            Some((name, cases)) => own += &format!("| {name} | {what} | {} | {onnx} | {link} |\n", derivative(cases)),
            None => read += &format!("| {onnx} | {what} | {link} |\n"),
        }
    }
    format!(
        "{OPENING}\n## Operators of the graph ({})\n\n| operator | what it does | derivative | read from ONNX | file |\n\
         |---|---|---|---|---|\n{own}\n## ONNX operators that are read as others\n\n| ONNX | what it does | file |\n\
         |---|---|---|\n{read}\n{}",
        examples.len(),
        refused()
    )
}

/// What is read of the standard, and what is refused and why.
fn refused() -> String {
    let mut rows = String::new();
    for kind in REFUSED {
        rows += &format!("| {} | {} | {} |\n", kind.reason, kind.why, kind.ops.join(", "));
    }
    format!(
        "## What of the standard is refused, and why\n\nOperator sets {} to {} are read, each operator as its version defines it. \
         What a node says must all be understood: an attribute or\ninput that its reader does not take in is an error that names it. \
         Results that nobody reads never matter. `cargo xtask test onnx` tries\nthe standard's own tests on every engine: they come \
         out equal, or are refused for one of these reasons or because a setting, an element\ntype or a count of axes is not \
         supported.\n\n| reason | in the program's words | operators |\n|---|---|---|\n{rows}",
        OPSETS.start(),
        OPSETS.end()
    )
}

/// The first paragraph of the file's opening, without the name it starts with and without links.
fn summary(file: &str) -> String {
    // A file that cannot be read leaves an empty cell, which the comparison shows.
    let text = fs::read_to_string(super::file(&format!("core/src/ops/{file}.rs"))).unwrap_or_default();
    let lines = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let paragraph = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let paragraph = paragraph.split(" <http").next().unwrap_or_default();
    let sentence = match paragraph.split_once(": ") {
        Some((name, rest)) if !name.contains(' ') => rest,
        _ => paragraph,
    };
    sentence.replace('|', "\\|")
}

/// The kinds of derivative among the cases, in the order in which they come.
fn derivative(cases: &[Example]) -> String {
    let mut kinds: Vec<String> = Vec::new();
    for case in cases {
        let kind = match case.op.rules().derivative() {
            Derivative::Rule => "rule".to_owned(),
            Derivative::Parts => "parts".to_owned(),
            Derivative::Zero => "zero".to_owned(),
            Derivative::StandIn(what) => format!("stand-in: {what}"),
            Derivative::None(why) => format!("none: {why}"),
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds.join(" or ")
}
