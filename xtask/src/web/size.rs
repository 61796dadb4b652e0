//! What a visitor waits for: sizes on the wire, held against a budget.

use anyhow::{Result, bail};

use super::assemble::Page;

/// The program, in bytes on the wire.
const PROGRAM: usize = 4_000_000;
/// What the first study needs besides: the pair of networks and the test images.
const FIRST: usize = 1_500_000;

/// Prints the sizes.
///
/// # Errors
/// When a budget is exceeded.
pub fn report(page: &Page) -> Result<()> {
    let sum = |wanted: &dyn Fn(&str) -> bool| -> usize {
        page.files.iter().filter(|(name, _)| wanted(name)).map(|(_, file)| file.packed).sum()
    };
    let is_program = |name: &str| !name.starts_with("zoo/");
    let program = sum(&is_program);
    let brotli: usize = page.files.iter().filter(|(name, _)| is_program(name)).map(|(_, file)| file.brotli).sum();
    let first = sum(&|name| {
        ["robust-a", "standard-a", "fashion-test"].iter().any(|part| name.contains(part)) && name.contains("fashion")
    });
    let all = sum(&|_| true);
    let module = page.files.get("stitchscope.wasm").map_or(0, |file| file.bytes);
    println!(
        "program   {program:>9} bytes gzipped (budget {PROGRAM}), {brotli} by Brotli; the module is {module} bytes"
    );
    println!("first     {first:>9} bytes: networks and test images of the first study (budget {FIRST})");
    println!("all       {all:>9} bytes, kept for visits without a network");
    if program > PROGRAM || first > FIRST {
        bail!("the page is larger than its budget");
    }
    Ok(())
}
