//! Do files from anywhere end in an answer or an error? The fuzzer's targets on its seeds, on what it once found, and on a few
//! thousand changes of them; `cargo xtask fuzz` looks for more.

#[path = "../../fuzz/src/targets.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

use stitchscope_core::random::{Purpose, Stream};
use stitchscope_tests::Fallible;

/// Changes of each seed.
const CHANGES: usize = 60;

/// What is known of a target, in the order of names.
fn seeds(target: &str) -> Fallible<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let mut all = Vec::new();
    // `onnx_run` takes the files of `onnx`.
    let kind = target.split('_').next().unwrap_or(target);
    for known in ["seeds", "found"] {
        let folder = root.join(known).join(kind);
        if folder.is_dir() {
            for entry in fs::read_dir(&folder)? {
                all.push(entry?.path());
            }
        }
    }
    all.sort();
    Ok(all)
}

/// A few bytes written over, left out, doubled, or the rest cut off.
fn changed(bytes: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut below = |bound: usize| stream.below(u32::try_from(bound).unwrap_or(u32::MAX)) as usize;
    for _ in 0..=below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = below(bytes.len());
        let end = bytes.len().min(at + 1 + below(8));
        match below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            3 => bytes[at] ^= 1 << below(8),
            _ => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)],
        }
    }
    bytes
}

fn tried(target: &str, run: fn(&[u8])) -> Fallible {
    let seeds = seeds(target)?;
    assert!(!seeds.is_empty(), "fuzz/seeds/{target} has no seed");
    for (index, path) in seeds.iter().enumerate() {
        let bytes = fs::read(path)?;
        run(&bytes);
        let mut stream = Stream::new(1, Purpose::Test, index as u64, 0);
        for _ in 0..CHANGES {
            run(&changed(&bytes, &mut stream));
        }
    }
    Ok(())
}

macro_rules! targets {
    ($($target:ident),*) => {
        $(#[test]
        fn $target() -> Fallible {
            tried(stringify!($target), targets::$target)
        })*
    };
}

targets!(onnx, onnx_run, npz, idx, pickle, picture, stitch, recipe, link, report, journal);
