//! Do the documents say what the program does? `docs/operators.md` and `docs/recipe.md` are written by this suite and compared with
//! the files.
//!
//! After a change of operators or keys: `STITCHSCOPE_WRITE_DOCS=1 cargo xtask test documents` writes the files anew.

mod commands;
mod operators;

use std::fs;
use std::path::{Path, PathBuf};

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The document at `path` is what `expected` says.
fn up_to_date(path: &str, expected: &str) {
    let place = file(path);
    if std::env::var_os("STITCHSCOPE_WRITE_DOCS").is_some() {
        assert!(fs::write(&place, expected).is_ok(), "{path} cannot be written");
    }
    let found = fs::read_to_string(&place).unwrap_or_default().replace("\r\n", "\n");
    let differs = expected.lines().zip(found.lines()).find(|(e, f)| e != f);
    let remedy = "run `STITCHSCOPE_WRITE_DOCS=1 cargo xtask test documents`";
    assert!(found == expected, "{path} is out of date: {remedy}; first difference: {differs:?}");
}

#[test]
fn the_table_of_operators_is_up_to_date() {
    up_to_date("docs/operators.md", &operators::document());
}

#[test]
fn the_page_of_recipes_is_up_to_date() {
    up_to_date("docs/recipe.md", &stitchscope_core::recipe::schema::page());
}
