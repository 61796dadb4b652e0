//! The ground core stands on: files, clock, waiting. The only place in core that asks which target it is on.
//!
//! [`files`] has the same names on every target. The browser has no file system, so there each of them answers
//! [`FileError::NoFileSystem`], and readers take bytes instead of paths.

#[cfg_attr(not(target_arch = "wasm32"), path = "driver_native.rs")]
#[cfg_attr(target_arch = "wasm32", path = "driver_web.rs")]
pub mod driver;
mod error;
mod lock;
#[cfg(not(target_arch = "wasm32"))]
mod native;
// Tests compile the browser's file too, so that a name missing on one side shows on any machine.
#[cfg(any(target_arch = "wasm32", test))]
mod web;

#[cfg(not(target_arch = "wasm32"))]
pub use native::{block_on, files};
#[cfg(target_arch = "wasm32")]
pub use web::files;

pub use error::{Action, FileError};
pub use lock::{Held, Lock};

/// Time that only goes forward, on every target.
pub mod clock {
    pub use web_time::{Duration, Instant};

    /// The present moment. Differences between two of them are real seconds; a single one means nothing.
    pub fn now() -> Instant {
        Instant::now()
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
            read: fn(&std::path::Path) -> Result<Vec<u8>, FileError>,
            size: fn(&std::path::Path) -> Result<u64, FileError>,
            read_start: fn(&std::path::Path, usize) -> Result<(Vec<u8>, u64), FileError>,
            read_range: fn(&std::path::Path, u64, usize) -> Result<Vec<u8>, FileError>,
            write_atomic: fn(&std::path::Path, &[u8]) -> Result<(), FileError>,
            append_synced: fn(&std::path::Path, &[u8]) -> Result<(), FileError>,
            list: fn(&std::path::Path) -> Result<Vec<std::path::PathBuf>, FileError>,
            is_dir: fn(&std::path::Path) -> bool,
            exists: fn(&std::path::Path) -> bool,
            create_dir_all: fn(&std::path::Path) -> Result<(), FileError>,
            lock: fn(&std::path::Path) -> Result<Held, FileError>,
        }
    }

    #[test]
    fn the_browser_says_that_it_has_no_files() {
        let error = web::files::read(std::path::Path::new("weights.onnx")).unwrap_err();
        assert!(matches!(error, FileError::NoFileSystem { .. }));
        assert!(error.to_string().contains("weights.onnx"), "{error}");
        assert!(!web::files::exists(std::path::Path::new("/")));
    }

    #[test]
    fn the_clock_goes_forward_and_block_on_waits() {
        let start = clock::now();
        assert_eq!(block_on(async { 7 }), 7);
        assert!(clock::now() >= start);
    }
}
