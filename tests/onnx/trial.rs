//! One case on one engine, and what all of them come to.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use stitchscope_core::engine::{Buffer, Engine};
use stitchscope_core::graph::Graph;
use stitchscope_core::onnx::{Given, OnnxError, input_names, read_given};
use stitchscope_core::platform::block_on;
use stitchscope_core::rewrite::simplify;
use stitchscope_core::tensor::Tensor;

use crate::case::Case;
use crate::{equal, reasons};

/// What a case came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// As the standard has it.
    Equal,
    /// Refused, and why.
    Refused(String),
    /// Another result, or a fault of the program.
    Different(String),
}

impl Outcome {
    /// A refusal in the program's own words.
    pub fn of_error(why: impl std::fmt::Display) -> Self {
        Self::Refused(why.to_string())
    }
}

/// Reads, simplifies and runs a case.
pub fn run(engine: &dyn Engine, case: &Case) -> Outcome {
    let tried = catch_unwind(AssertUnwindSafe(|| attempt(engine, case)));
    tried.unwrap_or_else(|_| Outcome::Different("it panics".to_owned()))
}

fn attempt(engine: &dyn Engine, case: &Case) -> Outcome {
    let (inputs, outputs) = match (&case.inputs, &case.outputs) {
        (Ok(inputs), Ok(outputs)) => (inputs, outputs),
        (Err(why), _) | (_, Err(why)) => return Outcome::of_error(why),
    };
    let graph = match graph(case, inputs) {
        Ok(graph) => graph,
        Err(why) => return Outcome::of_error(why),
    };
    match compute(engine, &graph, case, inputs) {
        Ok(found) => equal::check(&found, outputs, case.coarse).map_or_else(Outcome::Different, |()| Outcome::Equal),
        Err(why) => Outcome::Refused(format!("engine: {why}")),
    }
}

/// The graph with as many inputs as can be known at run time only: all, else those with real numbers, else the first such, else the first. The rest
/// is known while reading, as sizes and axes are in a network's file.
fn graph(case: &Case, inputs: &[Tensor]) -> Result<Graph, OnnxError> {
    let names = input_names(case.model.clone(), "case")?;
    let real = |index: usize| inputs[index].dtype().is_real();
    let first = (0..inputs.len()).find(|i| real(*i)).unwrap_or(0);
    let levels: [&dyn Fn(usize) -> bool; 4] = [&|_| true, &real, &|index| index == first, &|index| index == 0];
    let mut refused = None;
    for open in levels {
        let given: BTreeMap<String, Given> = names
            .iter()
            .zip(inputs)
            .enumerate()
            .map(|(index, (name, tensor))| {
                let known = if open(index) { Given::Type(tensor.tensor_type()) } else { Given::Value(tensor.clone()) };
                (name.clone(), known)
            })
            .collect();
        match read_given(case.model.clone(), "case", &given) {
            Ok(graph) => return Ok(graph),
            // The first refusal asks for what the later attempts give: the last says what is left.
            Err(why) => refused = Some(why),
        }
    }
    Err(refused.unwrap_or_else(|| OnnxError::Graph("nothing was tried".to_owned())))
}

fn compute(engine: &dyn Engine, graph: &Graph, case: &Case, inputs: &[Tensor]) -> Result<Vec<Tensor>, String> {
    let words = |e: &dyn std::fmt::Display| e.to_string();
    let graph = simplify(graph).map_err(|e| words(&e))?;
    let names = input_names(case.model.clone(), "case").map_err(|e| words(&e))?;
    block_on(async {
        let program = engine.compile(&graph).await.map_err(|e| words(&e))?;
        let mut buffers: Vec<Buffer> = Vec::new();
        for (name, _) in program.inputs() {
            let place = names.iter().position(|n| n == name).ok_or("an input has another name")?;
            buffers.push(engine.upload(&inputs[place]).await.map_err(|e| words(&e))?);
        }
        let results = program.run(&buffers.iter().collect::<Vec<_>>()).await.map_err(|e| words(&e))?;
        let mut found = Vec::new();
        for result in &results {
            found.push(engine.read(result).await.map_err(|e| words(&e))?);
        }
        Ok(found)
    })
}

/// What all cases come to.
#[derive(Default)]
pub struct Tally {
    equal: usize,
    refused: BTreeMap<String, Vec<String>>,
    different: Vec<String>,
}

impl Tally {
    /// Notes a case.
    pub fn note(&mut self, case: &Case, outcome: Outcome) {
        match outcome {
            Outcome::Equal => self.equal += 1,
            Outcome::Refused(why) => {
                let reason = reasons::of(&why).to_owned();
                self.refused.entry(reason).or_default().push(format!("{}: {why}", case.name));
            }
            Outcome::Different(why) => self.different.push(format!("{}: {why}", case.name)),
        }
    }

    /// Prints the counts, and fails where a case is different, refused without a listed reason, or fewer than `least` are equal.
    #[expect(clippy::print_stdout, reason = "a suite says what it counted")]
    pub fn settle(self, engine: &str, least: usize) {
        let refused: usize = self.refused.values().map(Vec::len).sum();
        println!("{engine}: {} equal, {refused} refused, {} different", self.equal, self.different.len());
        for (reason, cases) in &self.refused {
            println!("  {:4} {reason}", cases.len());
            if std::env::var_os("STITCHSCOPE_ONNX_LIST").is_some() {
                cases.iter().for_each(|case| println!("         {case}"));
            }
        }
        assert!(self.different.is_empty(), "different:\n{}", self.different.join("\n"));
        let unlisted = self.refused.get(reasons::UNLISTED).cloned().unwrap_or_default();
        assert!(unlisted.is_empty(), "refused without a listed reason:\n{}", unlisted.join("\n"));
        assert!(self.equal >= least, "{} are equal; there have been {least}", self.equal);
    }
}
