//! `cargo xtask soak`: the command line, the window's workers and studies on devices that get lost, for hours.

use anyhow::Result;

use crate::bring::{adapters, runtime};
use crate::command::Tool;

/// Suites with a test whose name begins with `soak`.
const SUITES: [&str; 3] = ["kills", "ui", "study"];

/// Runs each of the suites for its share of `minutes`; memory of each round is printed, and must stay flat.
///
/// # Errors
/// If something fails, or memory grows.
pub fn run(minutes: u64) -> Result<()> {
    let (library, adapters) = (runtime::set_up(), adapters::set_up());
    #[expect(clippy::cast_precision_loss, reason = "minutes of a person's time")]
    let share = minutes as f64 / SUITES.len() as f64;
    println!("{} suites, {minutes} minutes together; building them comes first", SUITES.len());
    for suite in SUITES {
        let cargo = adapters.only(Tool::cargo().runtime(library.as_deref()));
        let cargo = cargo.args(["test", "--workspace", "--features", "xtask/data", "--test", suite]);
        let cargo = cargo.env("STITCHSCOPE_SOAK_MINUTES", share.to_string());
        cargo.args(["--", "--ignored", "--nocapture", "--test-threads", "1", "soak"]).run()?;
    }
    Ok(())
}
