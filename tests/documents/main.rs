//! Do the documents say what the program does? `docs/operators.md` is written by this suite and compared with the file.
//!
//! After a change of operators: `STITCHSCOPE_WRITE_DOCS=1 cargo xtask test documents` writes the file anew.

mod operators;

use std::fs;
use std::path::{Path, PathBuf};

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[test]
fn the_table_of_operators_is_up_to_date() {
    let (path, expected) = (file("docs/operators.md"), operators::document());
    if std::env::var_os("STITCHSCOPE_WRITE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let differs = expected.lines().zip(found.lines()).find(|(e, f)| e != f);
    let remedy = "run `STITCHSCOPE_WRITE_DOCS=1 cargo xtask test documents`";
    assert!(found == expected, "docs/operators.md is out of date: {remedy}; first difference: {differs:?}");
}
