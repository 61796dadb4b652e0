//! Files whole, cut, locked, and of every kind that is no file.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::files::*;
use super::write::{append, is_temporary, replace};
use crate::platform::{Action, FileError, Held};

fn full(file: &mut File) -> io::Result<()> {
    file.write_all(b"half")?;
    Err(io::ErrorKind::StorageFull.into())
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    write_atomic(&path, b"old").unwrap();
    write_atomic(&path, b"new").unwrap();
    assert_eq!(read(&path).unwrap(), &b"new"[..]);
    assert_eq!(list(folder.path()).unwrap(), [path]);
}

#[test]
fn a_full_disk_leaves_the_old_file_and_no_litter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    write_atomic(&path, b"old").unwrap();
    let error = FileError::new(&path, Action::Write, replace(&path, full).unwrap_err());
    assert!(matches!(error, FileError::DiskFull { .. }));
    assert!(error.to_string().contains("report.json: the disk is full"), "{error}");
    assert_eq!(read(&path).unwrap(), &b"old"[..]);
    assert_eq!(list(folder.path()).unwrap(), [path]);
}

#[test]
fn a_failed_append_leaves_whole_entries() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    write_atomic(&path, b"one\n").unwrap();
    append(&path, full).unwrap_err();
    append_synced(&path, b"two\n").unwrap();
    assert_eq!(read(&path).unwrap(), &b"one\ntwo\n"[..]);
}

#[test]
fn a_range_beyond_the_end_is_refused_before_allocating() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights");
    write_atomic(&path, b"0123456789").unwrap();
    assert_eq!(read_range(&path, 3, 4).unwrap(), b"3456");
    for (offset, length) in [(8, 3), (0, usize::MAX), (u64::MAX, 1)] {
        let error = read_range(&path, offset, length).unwrap_err();
        assert!(matches!(error, FileError::Short { actual: 10, .. }), "{error}");
    }
}

#[test]
fn a_lock_is_one_programs_until_it_is_dropped_and_a_crash_leaves_a_trace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let first = lock(&path).unwrap();
    assert!(matches!(first, Held::Mine(_)));
    assert!(matches!(lock(&path).unwrap(), Held::Theirs(Some(id)) if id == std::process::id()));
    drop(first);
    assert!(matches!(lock(&path).unwrap(), Held::Mine(_)));
    // What a program leaves that was killed: its number, and no lock.
    fs::write(&path, "4194304").unwrap();
    assert!(matches!(lock(&path).unwrap(), Held::Stale(_)));
}

#[test]
fn errors_name_the_path_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere").join("file");
    for error in [read(&missing).unwrap_err(), write_atomic(&missing, b"").unwrap_err(), list(&missing).unwrap_err()] {
        assert!(matches!(error, FileError::NotFound { .. }), "{error}");
        assert_eq!(error.path(), missing);
        assert!(error.to_string().contains("check the spelling"), "{error}");
    }
    let gone = append_synced(&missing, b"").unwrap_err();
    assert!(matches!(gone, FileError::Gone { .. }) && gone.to_string().contains("deleted or moved"), "{gone}");
    assert!(!missing.exists());
    assert!(matches!(read(folder.path()).unwrap_err(), FileError::IsFolder { .. }));
    assert!(matches!(write_atomic(folder.path(), b"").unwrap_err(), FileError::IsFolder { .. }));
}

#[test]
fn a_file_in_the_way_of_a_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("taken");
    write_atomic(&path, b"").unwrap();
    assert!(matches!(create_dir_all(&path).unwrap_err(), FileError::NotFolder { .. }));
    assert!(matches!(list(&path).unwrap_err(), FileError::NotFolder { .. }));
    create_dir_all(&folder.path().join("a/b")).unwrap();
    assert!(is_dir(&folder.path().join("a/b")) && exists(&path) && !is_dir(&path));
}

#[test]
fn a_name_that_an_earlier_run_left_hinders_nobody_and_is_cleared() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    // What versions before left under this very process number.
    let litter = [format!(".journal.jsonl.{}-0.tmp", std::process::id()), ".cell-0.0123456789abcdef.tmp".to_owned()];
    for name in &litter {
        fs::write(folder.path().join(name), "half").unwrap();
    }
    fs::write(folder.path().join(".mine.tmp"), "a person's").unwrap();
    write_atomic(&path, b"whole").unwrap();
    clear_temporaries(folder.path());
    assert_eq!(list(folder.path()).unwrap(), [folder.path().join(".mine.tmp"), path]);
    for (name, ours) in
        [(".a.0123456789abcdef.tmp", true), (".a.12-3.tmp", true), (".a.tmp", false), ("a.1-2.tmp", false)]
    {
        assert_eq!(is_temporary(name.as_ref()), ours, "{name}");
    }
}

#[test]
fn a_file_of_holes_larger_than_memory_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("holes");
    let file = File::create(&path).unwrap();
    // File systems that cannot hold it have nothing to show here.
    if file.set_len(1 << 43).is_ok() {
        assert!(read_range(&path, 0, 4).is_ok());
        assert_eq!(read_start(&path, 2).unwrap(), (vec![0, 0], 1 << 43));
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;

    fn pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }

    #[test]
    fn pipes_and_devices_are_refused_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        pipe(&path);
        let link = folder.path().join("link");
        symlink("/dev/zero", &link).unwrap();
        for path in [path.as_path(), &link, Path::new("/dev/zero")] {
            for error in [
                read(path).unwrap_err(),
                size(path).unwrap_err(),
                read_start(path, 4).unwrap_err(),
                read_range(path, 0, 4).unwrap_err(),
            ] {
                assert!(matches!(error, FileError::NotOrdinary { .. }), "{error}");
                assert!(error.to_string().contains("no ordinary file"), "{error}");
            }
        }
        assert!(matches!(lock(&path).unwrap_err(), FileError::NotOrdinary { .. }));
        assert!(matches!(append_synced(&path, b"x").unwrap_err(), FileError::NotOrdinary { .. }));
    }

    #[test]
    fn a_persons_link_is_followed_and_that_of_a_files_content_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (inner, secret) = (folder.path().join("model"), folder.path().join("secret"));
        fs::create_dir(&inner).unwrap();
        fs::write(&secret, b"0123").unwrap();
        fs::write(inner.join("w.bin"), b"4567").unwrap();
        symlink(&secret, inner.join("out.bin")).unwrap();
        symlink("w.bin", inner.join("in.bin")).unwrap();
        symlink(folder.path(), inner.join("up")).unwrap();
        symlink(".", inner.join("here")).unwrap();
        fs::hard_link(&secret, inner.join("hard.bin")).unwrap();
        pipe(&inner.join("pipe"));
        let get = |location: &str| read_inside(&inner, Path::new(location), 1, 2);
        assert_eq!(read(&inner.join("out.bin")).unwrap(), &b"0123"[..]);
        for location in ["w.bin", "./w.bin", "here/w.bin"] {
            assert_eq!(get(location).unwrap(), b"56", "{location}");
        }
        for location in ["out.bin", "in.bin"] {
            assert!(matches!(get(location).unwrap_err(), FileError::Link { .. }), "{location}");
        }
        for location in ["up/secret", "../secret", "/etc/passwd", ""] {
            assert!(matches!(get(location).unwrap_err(), FileError::Outside { .. }), "{location}");
        }
        assert!(matches!(get("hard.bin").unwrap_err(), FileError::ManyNames { .. }));
        assert!(matches!(get("pipe").unwrap_err(), FileError::NotOrdinary { .. }));
        assert!(matches!(get("none").unwrap_err(), FileError::NotFound { .. }));
        assert!(matches!(read_own(&inner.join("in.bin")).unwrap_err(), FileError::Link { .. }));
    }

    #[test]
    fn a_lock_that_is_a_link_or_no_lock_harms_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("lock"), folder.path().join("thesis.tex"));
        let untouched = || assert_eq!(fs::read(&other).unwrap(), b"years of work");
        fs::write(&other, b"years of work").unwrap();
        symlink(&other, &path).unwrap();
        assert!(matches!(lock(&path).unwrap_err(), FileError::Link { .. }));
        untouched();
        fs::remove_file(&path).unwrap();
        fs::hard_link(&other, &path).unwrap();
        assert!(matches!(lock(&path).unwrap_err(), FileError::ManyNames { .. }));
        untouched();
        fs::remove_file(&path).unwrap();
        fs::rename(&other, &path).unwrap();
        let said = lock(&path).unwrap_err();
        assert!(matches!(said, FileError::NoLock { .. }) && said.to_string().contains("another folder"), "{said}");
        fs::rename(&path, &other).unwrap();
        untouched();
        // A link to nowhere makes nothing there.
        symlink(folder.path().join("new"), &path).unwrap();
        assert!(lock(&path).is_err() && !folder.path().join("new").exists());
    }

    #[test]
    fn a_journal_that_is_a_link_is_not_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("journal"), folder.path().join("other"));
        fs::write(&other, b"one").unwrap();
        symlink(&other, &path).unwrap();
        assert!(matches!(append_synced(&path, b"two").unwrap_err(), FileError::Link { .. }));
        write_atomic(&path, b"two").unwrap();
        assert_eq!((fs::read(&other).unwrap(), fs::read(&path).unwrap()), (b"one".to_vec(), b"two".to_vec()));
    }
}
