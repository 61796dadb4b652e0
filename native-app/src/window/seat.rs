//! Several windows at once: each has a seat, with settings, recipe and slides of its own, so that none overwrites another's.
//! Studies are common to all of them; who runs one holds its lock.

use std::path::{Path, PathBuf};

use stitchscope_core::platform::{Held, Lock, files};
use stitchscope_ui::state::State;

/// More windows than this share the last seat.
const SEATS: u64 = 16;
/// The largest state that is read, in bytes; every real one is a few thousand.
const LARGEST: u64 = 1 << 20;
/// Slides are numbered for good, and their records lie beside each other: each seat has numbers of its own.
const NUMBERS: u64 = 1_000_000_000;

/// A window's place in the folder.
pub struct Seat {
    /// From 1.
    number: u64,
    home: PathBuf,
    /// As long as the window is open; none where files know no locks.
    _lock: Option<Lock>,
}

impl Seat {
    /// The first one that is free.
    pub fn take(home: &Path) -> Self {
        let seat = |number, lock| Self { number, home: home.to_path_buf(), _lock: lock };
        // Without a folder nothing is kept, and there is nothing to overwrite.
        if files::create_dir_all(home).is_err() {
            return seat(1, None);
        }
        for number in 1..SEATS {
            match files::lock(&home.join(named(number, "lock"))) {
                Ok(Held::Theirs(_)) => {}
                Ok(Held::Mine(lock) | Held::Stale(lock)) => return seat(number, Some(lock)),
                Ok(Held::Free) | Err(_) => return seat(number, None),
            }
        }
        seat(SEATS, None)
    }

    /// Where its state is kept.
    pub fn file(&self) -> PathBuf {
        self.home.join(named(self.number, "json"))
    }

    /// The state that was kept at the last end. A further window begins as the first one was.
    pub fn kept(&self) -> Option<String> {
        let own = read(&self.file());
        if self.number == 1 || own.is_some() {
            return own;
        }
        let text = read(&self.home.join(named(1, "json")))?;
        let Ok(mut state) = State::parse(&text) else { return Some(text) };
        state.next_slide = state.next_slide.max(self.number * NUMBERS);
        Some(state.to_text())
    }

    /// What somebody should know who has opened a further window.
    pub fn remark(&self) -> Option<String> {
        let text = "Another Stitchscope window is open. Both show the same finished studies; this one has settings, recipe and slides of its own, and gets them back whenever two are open. A study that one of them runs cannot be run by the other at the same time.";
        (self.number > 1).then(|| text.to_owned())
    }
}

/// `window.json`, `window-2.json`.
fn named(number: u64, ending: &str) -> String {
    if number == 1 { format!("window.{ending}") } else { format!("window-{number}.{ending}") }
}

fn read(path: &Path) -> Option<String> {
    let fits = files::size(path).ok()? <= LARGEST;
    fits.then(|| files::read(path).ok()).flatten().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_window_begins_as_the_first_and_overwrites_nothing() {
        let home = tempfile::tempdir().unwrap();
        let first = Seat::take(home.path());
        assert!(first.remark().is_none() && first.kept().is_none());
        let state = State { image: 7, ..State::default() };
        std::fs::write(first.file(), state.to_text()).unwrap();
        let second = Seat::take(home.path());
        assert_ne!(first.file(), second.file());
        assert!(second.remark().is_some());
        let begun = State::parse(&second.kept().unwrap()).unwrap();
        assert_eq!(begun.image, 7);
        assert!(begun.next_slide >= 2 * NUMBERS, "its slides get numbers that the first window never gives");
        drop(first);
        assert!(Seat::take(home.path()).remark().is_none(), "a seat that is left is free");
    }

    #[test]
    fn a_home_that_cannot_be_made_is_no_reason_not_to_open() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("file"), b"in the way").unwrap();
        let seat = Seat::take(&home.path().join("file").join("home"));
        assert!(seat.remark().is_none() && seat.kept().is_none());
    }
}
