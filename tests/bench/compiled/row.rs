//! One kernel on one card.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use stitchscope_shaders::all;

use crate::assembly::{self, Told};
use crate::{spirv, vulkan};

/// A card with what it made of the kernels.
pub struct Card {
    /// Its family.
    pub name: String,
    /// One object per kernel and variant; [`of`] has the keys.
    pub rows: Vec<Value>,
}

impl Card {
    /// For programs.
    pub fn json(&self) -> Value {
        json!({ "card": self.name, "kernels": self.rows })
    }

    /// The most subgroups that any kernel lets a SIMD hold: the smallest kernels let it hold as many as it can.
    pub fn most_subgroups(&self) -> f64 {
        self.rows.iter().filter_map(|row| row["subgroups"].as_f64()).fold(1.0, f64::max)
    }
}

/// Compiles every kernel whose name contains `only` on the card that the environment names, and prints the rows.
///
/// # Errors
/// If the driver refuses.
pub fn serve(family: &str, only: &str, assembly: bool) -> Result<()> {
    let card = vulkan::Card::open()?;
    ensure!(card.name.to_lowercase().contains(&family.to_lowercase()), "{family} was wanted, {} came", card.name);
    let mut rows = Vec::new();
    for kernel in all() {
        let name = format!("{} {}", kernel.name, kernel.variant);
        // The smallest kernel is always there: it shows how many subgroups there may be.
        if !name.contains(only) && kernel.name != "layout/fill" {
            continue;
        }
        let compiled = spirv::of(&kernel.text(), kernel.overrides).and_then(|module| card.compile(&module));
        let compiled = compiled.with_context(|| format!("kernel {name}"))?;
        let mut row = of(&name, kernel.workgroup.iter().product(), &compiled);
        if assembly {
            row["assembly"] = Value::String(compiled.assembly);
        }
        rows.push(row);
    }
    println!("{}", Value::Array(rows));
    Ok(())
}

fn of(name: &str, invocations: u32, compiled: &vulkan::Compiled) -> Value {
    let number = |wanted: &str| compiled.statistics.iter().find(|(known, _)| known == wanted).map(|(_, value)| *value);
    let Told { inner, weighed_products } = assembly::read(&compiled.assembly);
    json!({
        "kernel": name,
        "invocations": invocations,
        "instructions": inner.instructions,
        "products": inner.products,
        "shared_loads": inner.shared_loads,
        "shared_words": inner.shared_words,
        "loads": inner.loads,
        "words": inner.words,
        "registers": number("VGPRs"),
        "spilled": number("Spilled VGPRs").unwrap_or(0) + number("Spilled SGPRs").unwrap_or(0),
        "scratch_bytes": number("Scratch size"),
        "workgroup_bytes": number("LDS size"),
        "subgroups": number("Subgroups per SIMD"),
        "weighed_products": weighed_products,
        "cycles": number("Inverse Throughput"),
    })
}
