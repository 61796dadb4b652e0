//! What a compiler for graphics cards makes of the kernels, on a machine without a card: the static bench (`tests/bench/compiled`).

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// Kernels that cards never get: they keep as much in registers as pays where a load costs as much as many products.
const OF_PROCESSORS: [&str; 5] =
    ["conv/direct", "conv/patch3x3", "conv/patch3x3_wide", "matmul/direct", "stitch/stitch_grad"];

/// The kernels of products and convolutions whose work cards share.
const TILED: [&str; 4] = ["conv/tiled", "matmul/quads", "matmul/tiled", "stitch/stitch_grad_tiled"];

/// Variants whose turns have too few products to reach half of the peak: of first layers with three channels, of stitches between few.
const THIN: [&str; 2] = ["_i4", "stitch_grad_tiled t32"];

/// The kernels of cards, on every card: its name, and what was found.
static OF_CARDS: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    let told = Command::new(env!("CARGO_BIN_EXE_static-bench")).arg("--json").output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let cards: Vec<Value> = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(cards.len(), 2, "two families of cards");
    let mut rows = Vec::new();
    for card in &cards {
        let subgroups = |row: &Value| row["subgroups"].as_f64().unwrap();
        let most = card["kernels"].as_array().unwrap().iter().map(subgroups).fold(0.0, f64::max);
        for row in card["kernels"].as_array().unwrap() {
            let family = row["kernel"].as_str().unwrap().split(' ').next().unwrap();
            if !OF_PROCESSORS.contains(&family) {
                let mut row = row.clone();
                row["occupancy"] = (subgroups(&row) / most).into();
                rows.push((format!("{} on {}", row["kernel"], card["card"]), row));
            }
        }
    }
    assert!(rows.len() > 60, "{} kernels", rows.len());
    rows
});

/// What does not fit the registers lies in memory, hundreds of times as far away.
#[test]
#[cfg_attr(not(radv), ignore = "needs Mesa's Vulkan driver for AMD cards (Debian: mesa-vulkan-drivers)")]
fn no_kernel_of_cards_spills() {
    for (name, row) in OF_CARDS.iter() {
        assert_eq!(row["spilled"], 0, "{name}: {row}");
        assert_eq!(row["scratch_bytes"].as_u64().unwrap_or(0), 0, "{name}: {row}");
    }
}

/// What makes a kernel worth its card: enough products for a load from workgroup memory and for every instruction, and enough subgroups at a
/// time to wait for memory.
#[test]
#[cfg_attr(not(radv), ignore = "needs Mesa's Vulkan driver for AMD cards (Debian: mesa-vulkan-drivers)")]
fn products_and_convolutions_fill_a_card() {
    let tiled = |name: &str| TILED.iter().any(|kernel| name.contains(kernel));
    for (name, row) in OF_CARDS.iter().filter(|(name, _)| tiled(name)) {
        let number = |key: &str| row[key].as_f64().unwrap();
        assert!(number("products") >= 4.0 * number("shared_loads"), "{name}: {row}");
        assert!(number("occupancy") >= 0.25, "{name}: {row}");
        let share = number("weighed_products") / number("cycles");
        assert!(
            share >= if THIN.iter().any(|thin| name.contains(thin)) { 0.35 } else { 0.5 },
            "{name}: {share:.2} of the peak, {row}"
        );
    }
}
