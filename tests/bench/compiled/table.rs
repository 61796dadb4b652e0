//! The table for people, in Markdown.

use std::fmt::Write;

use serde_json::Value;

use crate::row::Card;

/// Kernels with fewer products in their inner loop are not made of products.
const FEW: u64 = 4;

/// What the kernels' inner loops do, a line per variant.
pub fn show(card: &Card) -> String {
    let mut text = format!(
        "{}\n\n| kernel | instructions | products | a load from workgroup memory | a word of it | a load from a buffer | \
         registers | occupancy | spilled | peak |\n|---|---|---|---|---|---|---|---|---|---|\n",
        card.name
    );
    let most = card.most_subgroups();
    let (counted, others): (Vec<&Value>, Vec<&Value>) =
        card.rows.iter().partition(|row| row["products"].as_u64().is_some_and(|products| products >= FEW));
    for row in counted {
        let number = |key: &str| row[key].as_f64().unwrap_or(0.0);
        let per = |key: &str| match number(key) {
            0.0 => "".to_owned(),
            loads => format!("{:.1}", number("products") / loads),
        };
        let name = row["kernel"].as_str().unwrap_or_default().trim_end_matches(" default");
        let _ = writeln!(
            text,
            "| `{name}` | {} | {} | {} | {} | {} | {} | {:.2} | {} | {} |",
            row["instructions"],
            row["products"],
            per("shared_loads"),
            per("shared_words"),
            per("loads"),
            row["registers"],
            number("subgroups") / most,
            spilled(row),
            share(row).map_or_else(String::new, |share| format!("{:.0} %", 100.0 * share)),
        );
    }
    let least = others.iter().filter_map(|row| row["subgroups"].as_f64()).fold(most, f64::min) / most;
    let spills = others.iter().filter(|row| spilled(row) != "0").count();
    let _ = writeln!(
        text,
        "\nThe other {} have fewer than {FEW} products in their inner loop; occupancy at least {least:.2}, {spills} of them spill.",
        others.len()
    );
    text
}

fn spilled(row: &Value) -> String {
    match (row["spilled"].as_u64(), row["scratch_bytes"].as_u64()) {
        (Some(0), Some(0) | None) => "0".to_owned(),
        (registers, bytes) => format!("{}, {} bytes in memory", registers.unwrap_or(0), bytes.unwrap_or(0)),
    }
}

/// Products over the cycles in which the compiler believes a subgroup of 64 to be done, one product a cycle being the peak; for kernels that
/// are made of products.
fn share(row: &Value) -> Option<f64> {
    let (products, cycles) = (row["weighed_products"].as_f64()?, row["cycles"].as_f64()?);
    (row["products"].as_u64()? >= 16).then(|| products / cycles.max(1.0))
}
