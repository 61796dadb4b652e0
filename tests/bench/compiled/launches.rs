//! What an attack step of each bundled network costs a graphics card: launches, bytes, products; and how long three cards would take at
//! least, by their data sheets.

use std::path::Path;

use anyhow::{Context, Result};
use bytes::Bytes;
use serde_json::{Value, json};
use stitchscope_core::engine::wgpu::{Cost, costs_on_card};
use stitchscope_core::onnx;
use stitchscope_core::study::Network;
use stitchscope_tests::attack_step;

/// Images of a step.
const BATCH: usize = 128;

/// Of data sheets: pairs of a product and a sum a second in f32, and bytes a second from memory. Navi 21: 5120 lanes at 2.25 GHz; AD102:
/// 16384 at 2.52 GHz; GA106: 3584 at 1.78 GHz.
const CARDS: [(&str, f64, f64); 3] =
    [("RX 6900 XT", 11.5e12, 512e9), ("RTX 4090", 41.3e12, 1008e9), ("RTX 3060", 6.4e12, 360e9)];

/// A network's attack step.
pub struct Step {
    name: String,
    costs: Vec<Cost>,
}

/// The steps of the zoo's networks, and of the published ResNet-20 where it is.
///
/// # Errors
/// If a network cannot be read or planned.
pub fn all() -> Result<Vec<Step>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = std::env::var_os("STITCHSCOPE_SHARED").map_or(beside, Into::into);
    let published = shared.join("models/resnet20-cifar10-0.onnx");
    let mut steps = Vec::new();
    for (name, bytes) in stitchscope_zoo::MODELS {
        steps.push(step(name, Bytes::from_static(bytes))?);
    }
    if published.is_file() {
        steps.push(step("resnet20-cifar10-0", Bytes::from(std::fs::read(published)?))?);
    }
    Ok(steps)
}

fn step(name: &str, bytes: Bytes) -> Result<Step> {
    let network = Network::new(name, &onnx::read(bytes, name, &onnx::external::none)?)?;
    let costs = costs_on_card(&attack_step(&network.graph)?, BATCH).with_context(|| name.to_owned())?;
    Ok(Step { name: name.to_owned(), costs })
}

impl Step {
    fn bytes(&self) -> u64 {
        self.costs.iter().map(|cost| cost.bytes).sum()
    }

    fn work(&self) -> u64 {
        self.costs.iter().map(|cost| cost.work).sum()
    }

    /// Seconds on a card that does nothing but compute or move, launch by launch, whichever takes longer.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn roofline(&self, products: f64, bytes: f64) -> f64 {
        self.costs.iter().map(|cost| (cost.work as f64 / products).max(cost.bytes as f64 / bytes)).sum()
    }

    /// For programs: every launch.
    pub fn json(&self) -> Value {
        let launches: Vec<Value> = self
            .costs
            .iter()
            .map(|cost| json!({ "kernel": cost.kernel, "bytes": cost.bytes, "work": cost.work }))
            .collect();
        json!({ "network": self.name, "images": BATCH, "launches": launches })
    }
}

/// The table for people, in Markdown.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
pub fn show(steps: &[Step]) -> String {
    let mut text = format!(
        "An attack step of {BATCH} images; milliseconds are rooflines of data sheets, estimates that nothing has measured\n\n\
         | network | launches | MiB moved | million products | products a byte |"
    );
    CARDS.iter().for_each(|(name, ..)| text += &format!(" {name}, ms |"));
    text += "\n|---|---|---|---|---|---|---|---|\n";
    for step in steps {
        let (bytes, work) = (step.bytes(), step.work());
        text += &format!(
            "| {} | {} | {} | {} | {:.1} |",
            step.name,
            step.costs.len(),
            bytes >> 20,
            work / 1_000_000,
            work as f64 / bytes.max(1) as f64
        );
        for (_, products, memory) in CARDS {
            text += &format!(" {:.2} |", 1e3 * step.roofline(products, memory));
        }
        text += "\n";
    }
    text
}
