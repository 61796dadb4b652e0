//! Journals whole, cut and damaged.

use super::*;
use crate::provenance::Content;
use crate::report::samples;

fn entries() -> Vec<Entry> {
    let report = samples::report();
    let cell = samples::complete();
    vec![donor(report.donors[0].clone()), kept(cell.clone(), 0), kept(Cell { seed: 1, ..cell }, 1)]
}

fn donor(donor: Donor) -> Entry {
    Entry::Donor(KeptDonor { donor, verdicts_blake3: Some("5e".repeat(32)) })
}

fn kept(cell: Cell, index: usize) -> Entry {
    let (stitch_file, stitch_blake3) = (format!("stitches/cell-{index}.safetensors"), "a7".repeat(32));
    Entry::Cell { cell: Box::new(cell), stitch_file, stitch_blake3, verdicts_blake3: Some("5e".repeat(32)) }
}

fn inputs() -> Inputs {
    let mut inputs = Inputs::none();
    inputs.add("front network", [Content { file: "a.onnx".to_owned(), blake3: "0c".repeat(32) }]);
    inputs
}

fn header() -> Header {
    Header { schema: SCHEMA, fingerprint: "ab12".to_owned(), version: "0.1.0".to_owned(), inputs: inputs() }
}

fn written_of(entries: &[Entry]) -> String {
    let (mut text, mut tail) = Tail::begin(&header()).unwrap();
    for entry in entries {
        let (line, next) = tail.next(entry).unwrap();
        text.push_str(&line);
        tail = next;
    }
    text
}

fn written() -> String {
    written_of(&entries())
}

fn resumed(bytes: &[u8]) -> Result<Option<Journal>, JournalError> {
    Journal::resume(bytes, "ab12", &inputs())
}

#[test]
fn a_journal_reads_back_and_goes_on() {
    let text = written();
    let journal = resumed(text.as_bytes()).unwrap().unwrap();
    assert_eq!(journal.entries, entries());
    assert_eq!(journal.whole_bytes, text.len());
    assert_eq!(journal.header, header());
    let (line, _) = journal.tail().next(&entries()[0]).unwrap();
    let longer = [entries(), vec![entries()[0].clone()]].concat();
    assert_eq!(text + &line, written_of(&longer));
}

#[test]
fn lines_are_golden() {
    let text = written();
    let lines: Vec<&str> = text.lines().collect();
    let golden = r#"{"schema":2,"fingerprint":"ab12","version":"0.1.0","inputs":{"numerics":"#;
    assert!(lines[0].starts_with(golden), "{}", lines[0]);
    let golden = r#"{"donor":{"role":"front","model":"zoo:fashion-robust-a","clean":{"correct":820,"total":1000},"robust":{"correct":610,"total":1000},"verdicts_blake3":"5e"},"sum":""#;
    let golden = golden.replace("5e", &"5e".repeat(32));
    assert!(lines[1].starts_with(&golden), "{}", lines[1]);
    assert_eq!(lines[1].len(), golden.len() + 32 + 2);
    assert!(lines[2].starts_with(r#"{"cell":{"cell":{"front_tap":"layer1.0","#));
    for line in lines {
        assert!(serde_json::from_str::<serde_json::Value>(line).unwrap()["sum"].is_string());
    }
}

#[test]
fn a_kill_at_any_byte_loses_only_the_line_in_writing() {
    let text = written();
    for length in 0..text.len() {
        let bytes = &text.as_bytes()[..length];
        let whole_lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        let journal = resumed(bytes).unwrap();
        assert_eq!(journal.as_ref().map_or(0, |journal| 1 + journal.entries.len()), whole_lines, "cut at {length}");
        if let Some(journal) = journal {
            assert!(bytes[..journal.whole_bytes].ends_with(b"\n"));
            assert_eq!(journal.entries, entries()[..journal.entries.len()]);
        }
    }
}

#[test]
fn no_byte_of_a_whole_line_changes_unnoticed() {
    let text = written();
    for at in 0..text.len() - 1 {
        let mut bytes = text.clone().into_bytes();
        if bytes[at] == b'\n' {
            continue;
        }
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        let line = 1 + text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count();
        let said = Journal::parse(&bytes).unwrap_err().to_string();
        // A changed digit of the schema is another schema.
        let known = said.starts_with(&format!("line {line} of the journal is damaged: ")) || said.contains("of schema");
        assert!(known, "byte {at}: {said}");
    }
}

#[test]
fn lines_cannot_go_come_or_change_places() {
    let text = written();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for other in [
        [lines[0], lines[2], lines[3]].concat(),
        [lines[0], lines[2], lines[1], lines[3]].concat(),
        [lines[0], lines[1], lines[1], lines[2], lines[3]].concat(),
    ] {
        assert!(Journal::parse(other.as_bytes()).unwrap_err().to_string().contains("is damaged"));
    }
    assert!(Journal::parse(b"hello\n").unwrap_err().to_string().starts_with("line 1 "));
    assert!(Journal::parse(b"\n\n").is_err());
}

#[test]
fn what_cannot_be_is_refused_however_well_it_adds_up() {
    let cell = samples::complete();
    let donor = samples::report().donors[0].clone();
    let many = crate::report::Counts { correct: 99, total: 8 };
    let clean = Cell { clean: many, ..cell.clone() };
    let control = ControlCell {
        kind: "none-such".to_owned(),
        front_tap: String::new(),
        end_tap: String::new(),
        seed: 0,
        clean: cell.clean,
        agreement: cell.agreement,
        direct: None,
    };
    let elsewhere = |file: &str, digits: &str| Entry::Cell {
        cell: Box::new(cell.clone()),
        stitch_file: file.to_owned(),
        stitch_blake3: digits.to_owned(),
        verdicts_blake3: None,
    };
    for (entry, part) in [
        (kept(clean, 0), "99 of 8"),
        (self::donor(Donor { robust: Some(many), ..donor.clone() }), "donor.robust"),
        (Entry::Donor(KeptDonor { donor, verdicts_blake3: Some("none".to_owned()) }), "hash"),
        (Entry::Control(Box::new(control.clone())), "none-such"),
        (
            Entry::Control(Box::new(ControlCell { kind: "identity".to_owned(), direct: Some(many), ..control })),
            "99 of 8",
        ),
        (elsewhere("../../etc/passwd", &"a".repeat(64)), "passwd"),
        (elsewhere("stitches/cell-0.safetensors", "none"), "hash"),
    ] {
        let said = Journal::parse(written_of(&[entry]).as_bytes()).unwrap_err().to_string();
        assert!(said.starts_with("line 2 of the journal") && said.contains(part), "{said}");
    }
}

#[test]
fn another_recipe_is_named_with_the_remedy() {
    let said = Journal::resume(written().as_bytes(), "cd34", &inputs()).unwrap_err().to_string();
    for part in ["the recipe differs", "ab12", "cd34", "another --out", "delete the journal"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn another_network_of_the_same_name_is_named_with_the_remedy() {
    let mut other = Inputs::none();
    other.add("front network", [Content { file: "a.onnx".to_owned(), blake3: "0d".repeat(32) }]);
    let said = Journal::resume(written().as_bytes(), "ab12", &other).unwrap_err().to_string();
    for part in ["a.onnx has changed", "front network", "put the former file back", "another --out"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn journals_of_other_schemas_are_refused_by_name() {
    let said = Journal::parse(b"{\"schema\": 7}\n").unwrap_err().to_string();
    assert_eq!(said, "journal is of schema 7, this program reads up to 2: update Stitchscope");
    let said = Journal::parse(b"{\"schema\":1,\"fingerprint\":\"ab\",\"version\":\"0.1.0\"}\n").unwrap_err();
    assert!(said.to_string().contains("does not say which networks"), "{said}");
}

#[test]
fn a_journal_from_before_tables_of_verdicts_is_gone_on_with() {
    let text =
        written_of(&[Entry::Donor(KeptDonor { donor: samples::report().donors[0].clone(), verdicts_blake3: None })]);
    assert!(!text.contains("verdicts"), "{text}");
    assert!(resumed(text.as_bytes()).unwrap().is_some());
}
