//! The ground core stands on: files, clock, waiting. The only place in core that asks which target it is on.
//!
//! [`files`] has the same names on every target. The browser has no file system; there they are the files that the page was given
//! or has fetched, in memory.

#[cfg_attr(not(target_arch = "wasm32"), path = "native/breath.rs")]
#[cfg_attr(target_arch = "wasm32", path = "web/breath.rs")]
mod breath;
#[cfg_attr(not(target_arch = "wasm32"), path = "native/driver.rs")]
#[cfg_attr(target_arch = "wasm32", path = "web/driver.rs")]
pub mod driver;
mod error;
#[cfg_attr(not(target_arch = "wasm32"), path = "native/graphics.rs")]
#[cfg_attr(target_arch = "wasm32", path = "web/graphics.rs")]
pub mod graphics;
mod lock;
pub mod memory;
#[cfg(not(target_arch = "wasm32"))]
mod native;
pub mod simd;
mod table;
#[cfg_attr(not(target_arch = "wasm32"), path = "native/tables.rs")]
#[cfg_attr(target_arch = "wasm32", path = "web/tables.rs")]
pub mod tables;
#[cfg_attr(not(target_arch = "wasm32"), path = "native/threads.rs")]
#[cfg_attr(target_arch = "wasm32", path = "web/threads.rs")]
pub mod threads;
// Tests compile the browser's file too, so that a name missing on one side shows on any machine.
#[cfg(any(target_arch = "wasm32", test))]
mod web;

#[cfg(not(target_arch = "wasm32"))]
use native::free_memory;
#[cfg(not(target_arch = "wasm32"))]
pub use native::{block_on, files};
#[cfg(target_arch = "wasm32")]
pub use web::files;
#[cfg(target_arch = "wasm32")]
use web::free_memory;

pub use breath::{breathe, listen};
pub use error::{Action, FileError};
pub use lock::{Held, Lock};
pub use table::{Cell, Column, Kind, TableError};

/// Time that only goes forward, on every target.
pub mod clock {
    use web_time::SystemTime;
    pub use web_time::{Duration, Instant};

    /// The present moment. Differences between two of them are real seconds; a single one means nothing.
    pub fn now() -> Instant {
        Instant::now()
    }

    /// Seconds since the beginning of 1970 (UTC), as the system's clock has it; 0 where it stands before that. For dates that people
    /// read, never for anything that is computed.
    #[must_use]
    pub fn since_1970() -> u64 {
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_targets_offer_the_same_files() {
        macro_rules! same {
            ($($name:ident: $signature:ty),+ $(,)?) => {
                $(let _: [$signature; 2] = [native::files::$name, web::files::$name];)+
            };
        }
        same! {
            read: fn(&std::path::Path) -> Result<bytes::Bytes, FileError>,
            size: fn(&std::path::Path) -> Result<u64, FileError>,
            read_start: fn(&std::path::Path, usize) -> Result<(Vec<u8>, u64), FileError>,
            read_range: fn(&std::path::Path, u64, usize) -> Result<Vec<u8>, FileError>,
            read_own: fn(&std::path::Path) -> Result<bytes::Bytes, FileError>,
            read_inside: fn(&std::path::Path, &std::path::Path, u64, usize) -> Result<Vec<u8>, FileError>,
            write_atomic: fn(&std::path::Path, &[u8]) -> Result<(), FileError>,
            append_synced: fn(&std::path::Path, &[u8]) -> Result<(), FileError>,
            list: fn(&std::path::Path) -> Result<Vec<std::path::PathBuf>, FileError>,
            is_file: fn(&std::path::Path) -> bool,
            clear_temporaries: fn(&std::path::Path),
            is_dir: fn(&std::path::Path) -> bool,
            exists: fn(&std::path::Path) -> bool,
            create_dir: fn(&std::path::Path) -> Result<(), FileError>,
            create_dir_all: fn(&std::path::Path) -> Result<(), FileError>,
            lock: fn(&std::path::Path) -> Result<Held, FileError>,
        }
    }

    #[test]
    fn files_in_memory_are_files() {
        use std::path::{Path, PathBuf};
        let [file, other] = ["given/a/one.bin", "given/a/two.bin"].map(Path::new);
        assert!(matches!(web::files::read(file), Err(FileError::NotFound { .. })));
        web::files::create_dir_all(Path::new("given/a")).unwrap();
        web::files::write_atomic(file, b"0123").unwrap();
        assert!(matches!(web::files::append_synced(other, b"45"), Err(FileError::Gone { .. })));
        web::files::write_atomic(other, b"45").unwrap();
        web::files::append_synced(other, b"67").unwrap();
        assert_eq!(web::files::read(other).unwrap(), &b"4567"[..]);
        assert_eq!(web::files::read_start(file, 2).unwrap(), (b"01".to_vec(), 4));
        assert_eq!(web::files::read_range(file, 1, 2).unwrap(), b"12");
        assert_eq!(web::files::read_inside(Path::new("given"), Path::new("./a/one.bin"), 1, 2).unwrap(), b"12");
        let out = web::files::read_inside(Path::new("given/a"), Path::new("../a/one.bin"), 1, 2);
        assert!(matches!(out, Err(FileError::Outside { .. })));
        assert!(matches!(web::files::read_range(file, u64::MAX, 2), Err(FileError::Short { actual: 4, .. })));
        assert!(web::files::is_dir(Path::new("given")) && !web::files::is_dir(file) && web::files::exists(file));
        assert_eq!(web::files::list(Path::new("given")).unwrap(), [PathBuf::from("given/a")]);
        assert_eq!(web::files::list(Path::new("given/a")).unwrap(), [file, other]);
        assert!(matches!(web::files::read(Path::new("given")), Err(FileError::IsFolder { .. })));
        assert!(matches!(web::files::write_atomic(Path::new("given"), b""), Err(FileError::IsFolder { .. })));
        assert!(matches!(web::files::create_dir_all(file), Err(FileError::NotFolder { .. })));
        assert_eq!(web::files::changed(), [file, other]);
        assert!(web::files::changed().is_empty());
        assert_eq!(web::free_memory(), None);
        web::files::forget(Path::new("given/a"));
        assert!(!web::files::exists(Path::new("given")));
    }

    #[test]
    fn the_clock_goes_forward_and_block_on_waits() {
        let start = clock::now();
        assert_eq!(block_on(async { 7 }), 7);
        assert!(clock::now() >= start);
    }
}
