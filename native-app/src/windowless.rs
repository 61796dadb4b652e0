//! In place of the window, in a program that was built without it.

use anyhow::{Result, bail};

/// Says so.
pub fn open(_files: Vec<String>) -> Result<()> {
    bail!(
        "this program was built without the window; `cargo run --release` in a checkout of Stitchscope builds and opens it, \
         and `stitchscope --help` lists what works here"
    )
}
