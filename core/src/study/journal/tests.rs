//! Journals whole, cut and damaged.

use super::super::report::samples;
use super::*;

fn entries() -> Vec<Entry> {
    let report = samples::report();
    let cell = samples::complete();
    vec![
        Entry::Donor(report.donors[0].clone()),
        Entry::Cell { cell: Box::new(cell.clone()), stitch_file: "stitches/0.safetensors".to_owned() },
        Entry::Cell { cell: Box::new(Cell { seed: 1, ..cell }), stitch_file: "stitches/1.safetensors".to_owned() },
    ]
}

fn written() -> String {
    let mut text = Header::new("ab12".to_owned()).to_line().unwrap();
    for entry in entries() {
        text.push_str(&entry.to_line().unwrap());
    }
    text
}

#[test]
fn a_journal_reads_back() {
    let text = written();
    let journal = Journal::resume(text.as_bytes(), "ab12").unwrap().unwrap();
    assert_eq!(journal.entries, entries());
    assert_eq!(journal.whole_bytes, text.len());
    assert_eq!(journal.header.version, env!("CARGO_PKG_VERSION"));
    let (cell, file) = journal.cell("layer1.0", "layer1.0", 1).unwrap();
    assert_eq!((cell.seed, file), (1, "stitches/1.safetensors"));
    assert_eq!(journal.cell("layer1.0", "layer1.0", 2), None);
}

#[test]
fn lines_are_golden() {
    let header = Header { schema: 1, fingerprint: "ab12".to_owned(), version: "0.1.0".to_owned() };
    assert_eq!(header.to_line().unwrap(), "{\"schema\":1,\"fingerprint\":\"ab12\",\"version\":\"0.1.0\"}\n");
    let donor = entries()[0].to_line().unwrap();
    let golden = r#"{"donor":{"role":"front","model":"zoo:fashion-robust-a","clean":{"correct":820,"total":1000},"robust":{"correct":610,"total":1000}}}"#;
    assert_eq!(donor, format!("{golden}\n"));
    assert!(entries()[1].to_line().unwrap().starts_with(r#"{"cell":{"cell":{"front_tap":"layer1.0","#));
}

#[test]
fn a_kill_at_any_byte_loses_only_the_line_in_writing() {
    let text = written();
    for length in 0..text.len() {
        let bytes = &text.as_bytes()[..length];
        let whole_lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        let journal = Journal::resume(bytes, "ab12").unwrap();
        assert_eq!(journal.as_ref().map_or(0, |journal| 1 + journal.entries.len()), whole_lines, "cut at {length}");
        if let Some(journal) = journal {
            assert!(bytes[..journal.whole_bytes].ends_with(b"\n"));
            assert_eq!(journal.entries, entries()[..journal.entries.len()]);
        }
    }
}

#[test]
fn damage_before_the_last_line_is_told() {
    let mut lines: Vec<&str> = written().leak().lines().collect();
    lines[2] = &lines[2][..20];
    let said = Journal::parse(format!("{}\n", lines.join("\n")).as_bytes()).unwrap_err().to_string();
    assert!(said.starts_with("line 3 of the journal is damaged: "), "{said}");
    assert!(Journal::parse(b"hello\n").unwrap_err().to_string().starts_with("line 1 "));
    assert!(Journal::parse(b"\n\n").is_err());
}

#[test]
fn another_recipe_is_named_with_the_remedy() {
    let said = Journal::resume(written().as_bytes(), "cd34").unwrap_err().to_string();
    for part in ["the recipe differs", "ab12", "cd34", "another --out", "delete the journal"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_newer_journal_is_refused_by_name() {
    let said = Journal::parse(b"{\"schema\": 7}\n").unwrap_err().to_string();
    assert_eq!(said, "journal is of schema 7, this program reads up to 1: update Stitchscope");
}
