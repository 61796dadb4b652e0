//! How much memory the program may take: told before it is taken, since a system that runs out ends a program without a word.

use std::sync::atomic::{AtomicU64, Ordering};

/// Where the machine does not say what is free: what a small workstation and a browser's page can spare.
const UNKNOWN: u64 = 2 << 30;

/// What a person allows, in bytes; 0 where nobody said.
static ALLOWED: AtomicU64 = AtomicU64::new(0);

/// Allows so many MiB from now on; 0 leaves it to the machine.
pub fn allow_mib(mib: usize) {
    ALLOWED.store((mib as u64).saturating_mul(1 << 20), Ordering::Relaxed);
}

/// Bytes that one network with what is computed on it may take: what was allowed, else half of what is free, else a constant.
#[must_use]
pub fn budget() -> u64 {
    match ALLOWED.load(Ordering::Relaxed) {
        0 => super::free_memory().map_or(UNKNOWN, |free| free / 2),
        allowed => allowed,
    }
}

/// `12 bytes`, `3.5 MiB`, `1.0 GiB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub fn shown(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB")];
    match UNITS.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{:.1} {unit}", bytes as f64 / *size as f64),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        assert_eq!((shown(160), shown(7 << 19)), ("160 bytes".to_owned(), "3.5 MiB".to_owned()));
        assert_eq!(shown(u64::MAX), "16777216.0 TiB");
    }

    #[test]
    fn there_is_always_a_budget() {
        assert!(budget() > 1 << 20);
    }
}
