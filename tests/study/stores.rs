//! A store that fails: a clear error, and what was kept before stays.

use std::cell::Cell;

use stitchscope_core::platform::{Action, FileError};
use stitchscope_core::study::{Memory, Store, StudyError};
use stitchscope_tests::ort;

use crate::bench::{plan, run, small, timeless};

/// A disk with room for so many more writes.
struct Disk {
    memory: Memory,
    room: Cell<usize>,
}

impl Disk {
    fn take(&self, name: &str, action: Action) -> Result<(), FileError> {
        let full = || FileError::new(name.as_ref(), action, std::io::ErrorKind::StorageFull.into());
        self.room.set(self.room.get().checked_sub(1).ok_or_else(full)?);
        Ok(())
    }
}

impl Store for Disk {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, FileError> {
        self.memory.get(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.take(name, Action::Write)?;
        self.memory.put(name, bytes)
    }

    fn append(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        self.take(name, Action::Append)?;
        self.memory.append(name, bytes)
    }

    fn place(&self, name: &str) -> String {
        self.memory.place(name)
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_full_disk_stops_the_study_and_harms_nothing() {
    let engine = ort();
    let plan = plan(&small());
    let whole = timeless(run(&plan, engine.as_ref(), &Memory::default()).unwrap());
    // Header, recipe, for each of two donors a table and an entry, and for each of two cells a stitch, a table and an entry.
    let disk = Disk { memory: Memory::default(), room: Cell::new(0) };
    let mut kept = Vec::new();
    for room in [0, 1, 3, 2, 1] {
        disk.room.set(room);
        let error = run(&plan, engine.as_ref(), &disk).unwrap_err();
        assert!(matches!(error, StudyError::File(FileError::DiskFull { .. })), "{error}");
        assert!(error.to_string().contains("the disk is full"), "{error}");
        let journal = disk.get("journal.jsonl").unwrap().unwrap_or_default();
        assert!(journal.starts_with(&kept) && (journal.is_empty() || journal.ends_with(b"\n")));
        kept = journal;
    }
    assert!(kept.iter().filter(|b| **b == b'\n').count() >= 3, "a header and two donors found room");
    disk.room.set(100);
    assert_eq!(timeless(run(&plan, engine.as_ref(), &disk).unwrap()), whole);
}
