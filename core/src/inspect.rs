//! What `inspect` shows of a model: its inputs, outputs and every place where it can be cut, as JSON and as a table.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::cut::{Side, cost, taps};
use crate::graph::ValueId;
use crate::onnx::Model;
use crate::tensor::TensorType;
use crate::words::{message, name};

/// A model, seen from outside. Keys are part of the program's interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// The model as it was named: a path or `zoo:...`.
    pub model: String,
    /// Exporter and its version.
    pub producer: String,
    /// Version of the default operator set.
    pub opset: i64,
    /// Trained numbers.
    pub parameters: u64,
    /// Multiply-adds for one image.
    pub operations: u64,
    /// Given at each run.
    pub inputs: Vec<Port>,
    /// Results; the first holds the logits.
    pub outputs: Vec<Port>,
    /// Where it can be cut, from the image to the logits.
    pub taps: Vec<TapView>,
    /// What one should know though it stops nothing.
    pub warnings: Vec<String>,
}

/// An input or output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Port {
    /// Name in the file.
    pub name: String,
    /// `f32`, `f64`, `i64` or `bool`.
    pub dtype: String,
    /// Sizes; a number, or text such as `N` where it depends on the batch.
    pub shape: Vec<Size>,
}

/// One dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Size {
    /// Known.
    Fixed(usize),
    /// Depends on the batch: `N`, `4N`.
    Batch(String),
}

/// A tap. See [`crate::cut::Tap`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TapView {
    /// Module path.
    pub name: String,
    /// The graph's own name.
    pub tensor: String,
    /// The operator that makes it.
    pub op: String,
    /// Sizes, the batch first.
    pub shape: Vec<Size>,
    /// Before or after the activation.
    pub side: Side,
    /// Whether `pairs = "same"` takes it.
    pub block_output: bool,
    /// Trained numbers up to here.
    pub parameters_before: u64,
    /// Trained numbers from here on.
    pub parameters_after: u64,
    /// Multiply-adds for one image up to here.
    pub operations_before: u64,
    /// Multiply-adds for one image from here on.
    pub operations_after: u64,
}

impl Inspection {
    /// Looks at a model that was read from `name`.
    #[must_use]
    pub fn of(name: &str, model: &Model) -> Inspection {
        let graph = &model.graph;
        let port = |name: &str, value: ValueId| {
            let ty = graph.ty(value);
            Port { name: name.to_owned(), dtype: ty.dtype.to_string(), shape: sizes(ty) }
        };
        let whole = cost(graph);
        let views = taps(graph).into_iter().map(|tap| TapView {
            shape: sizes(&tap.ty),
            name: tap.name,
            tensor: tap.tensor,
            op: tap.op.to_owned(),
            side: tap.side,
            block_output: tap.block_output,
            parameters_before: tap.before.parameters,
            parameters_after: tap.after.parameters,
            operations_before: tap.before.operations,
            operations_after: tap.after.operations,
        });
        Inspection {
            model: name.to_owned(),
            producer: model.producer.clone(),
            opset: model.opset,
            parameters: whole.parameters,
            operations: whole.operations,
            inputs: graph.inputs().iter().map(|i| port(&graph.value(*i).name, *i)).collect(),
            outputs: graph.outputs().iter().map(|o| port(&o.name, o.value)).collect(),
            taps: views.collect(),
            warnings: model.warnings.clone(),
        }
    }

    /// The same for people: a head and one line per tap, block outputs marked with `*`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n", name(&self.model));
        let _ = writeln!(text, "  made by {}, operator set {}", name(or_unknown(&self.producer)), self.opset);
        let _ = writeln!(
            text,
            "  {} parameters, {} multiply-adds per image",
            count(self.parameters),
            count(self.operations)
        );
        for (what, ports) in [("input ", &self.inputs), ("output", &self.outputs)] {
            for port in ports {
                let _ = writeln!(text, "  {what} {} {}{}", name(&port.name), port.dtype, show(&port.shape));
            }
        }
        for warning in &self.warnings {
            let _ = writeln!(text, "  note: {}", message(warning));
        }
        let mut rows = vec![["tap", "operator", "shape", "side", "before", "after"].map(str::to_owned)];
        rows.extend(self.taps.iter().map(|tap| {
            let mark = if tap.block_output { "*" } else { " " };
            let side = if tap.side == Side::Pre { "pre" } else { "post" };
            [
                format!("{mark} {}", name(&tap.name)),
                tap.op.clone(),
                show(&tap.shape),
                side.to_owned(),
                count(tap.parameters_before),
                count(tap.parameters_after),
            ]
        }));
        rows[0][0] = "  tap (* ends a block)".to_owned();
        text.push_str(&aligned(&rows));
        text
    }
}

fn sizes(ty: &TensorType) -> Vec<Size> {
    ty.shape.iter().map(|d| d.known().map_or_else(|| Size::Batch(d.to_string()), Size::Fixed)).collect()
}

fn show(shape: &[Size]) -> String {
    let parts: Vec<String> = shape
        .iter()
        .map(|size| match size {
            Size::Fixed(size) => size.to_string(),
            Size::Batch(text) => text.clone(),
        })
        .collect();
    name(&format!("[{}]", parts.join(", ")))
}

fn or_unknown(text: &str) -> &str {
    if text.is_empty() { "an unknown exporter" } else { text }
}

/// `272,474`.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Columns padded to their widest cell; counts (the last two) to the right.
fn aligned(rows: &[[String; 6]]) -> String {
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(
                |(column, (cell, width))| {
                    if column < 4 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                },
            )
            .collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Builder;
    use crate::tensor::{Tensor, TensorType};

    #[test]
    fn json_has_the_documented_keys_and_the_table_its_lines() {
        let mut b = Builder::new();
        let x = b.input("image", TensorType::f32_batch(&[4]));
        let w = b.constant(Tensor::full(&[4, 4], 1.0));
        let y = b.matmul(x, w).unwrap();
        let y = b.relu(y).unwrap();
        let y = b.matmul(y, w).unwrap();
        b.output("logits", y);
        let model = Model {
            graph: b.finish(),
            origin: crate::onnx::Origin::default(),
            producer: "pytorch 2".into(),
            opset: 17,
            ir_version: 8,
            warnings: vec!["careful".into()],
            metadata: std::collections::BTreeMap::new(),
            files: Vec::new(),
        };
        let seen = Inspection::of("net.onnx", &model);
        let json = serde_json::to_value(&seen).unwrap();
        assert_eq!(json["model"], "net.onnx");
        assert_eq!(json["inputs"][0]["shape"], serde_json::json!(["N", 4]));
        assert_eq!(json["outputs"][0]["name"], "logits");
        assert_eq!(json["taps"][0]["side"], "pre");
        assert_eq!(json["taps"][1]["op"], "Relu");
        for key in ["name", "tensor", "op", "shape", "side", "block_output", "parameters_before"] {
            assert!(json["taps"][0].get(key).is_some(), "{key}");
        }
        let table = seen.to_text();
        assert!(table.contains("note: careful") && table.contains("[N, 4]"), "{table}");
        assert_eq!(count(1_234_567), "1,234,567");
        // A name of any length, and one that commands a terminal.
        let mut odd = seen.clone();
        odd.taps[0].name = "\u{1b}[2J".repeat(20_000);
        odd.taps[1].name = "a\nerror: all is well".to_owned();
        let table = odd.to_text();
        assert!(table.len() < 4096 && !table.contains('\u{1b}') && !table.contains("\nerror"), "{table}");
        let back: Inspection = serde_json::from_value(json).unwrap();
        assert_eq!(back, seen);
    }
}
