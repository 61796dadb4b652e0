//! The static bench: what compilers for graphics cards make of every kernel, on a machine without a card. `cargo xtask bench --only static`.
//!
//! naga makes SPIR-V of each kernel and variant as wgpu does (`spirv`); Mesa's driver for AMD cards, playing a card of a family that
//! is not there, compiles it and shows machine code and statistics (`vulkan`); what its inner loop does is counted (`assembly`). Nothing
//! runs: shares of the peak are estimates by the compiler's own model of throughput.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

mod assembly;
mod driver;
mod launches;
mod row;
mod spirv;
mod table;
mod vulkan;

use anyhow::{Result, bail};
use serde_json::Value;

/// How to call it.
const USAGE: &str = "static-bench [--json] [--only PART_OF_A_NAME] [--assembly] | static-bench --launches [--json]";

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let (mut json, mut assembly, mut steps, mut only) = (false, false, false, String::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => json = true,
            // The machine code itself, for a closer look.
            "--assembly" => assembly = true,
            // Launches of attack steps, which need no compiler.
            "--launches" => steps = true,
            "--only" => only = words.next().unwrap_or_default(),
            // In a process of its own, as the driver asks its environment which card to play.
            "--card" => return row::serve(&words.next().unwrap_or_default(), &only, assembly),
            other => bail!("`{other}` is unknown: {USAGE}"),
        }
    }
    if steps {
        let steps = launches::all()?;
        match json {
            true => println!("{}", Value::Array(steps.iter().map(launches::Step::json).collect())),
            false => println!("{}", launches::show(&steps)),
        }
        return Ok(());
    }
    let cards = driver::all(&only, assembly)?;
    if json {
        println!("{}", Value::Array(cards.iter().map(row::Card::json).collect()));
    } else {
        cards.iter().for_each(|card| println!("{}", table::show(card)));
        if only.is_empty() {
            println!("{}", launches::show(&launches::all()?));
        }
    }
    Ok(())
}
