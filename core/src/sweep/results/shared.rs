//! What the jobs of a study share, as files: `shared/ab/ID-PLACE-WHAT`, where ID is that of the study's shared job and PLACE a hash of engine,
//! device and threads, which decide the last bits.
//!
//! A file is written under a temporary name and renamed, and begins with the hash of what follows: one that was damaged is made anew. Who makes
//! one holds a lock of the file system and leaves signs of life; the others wait, and make it themselves where the signs cease, since some
//! file systems keep the lock of a node that is dead.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use crate::engine::EngineInfo;
use crate::platform::clock::{Duration, Instant, now};
use crate::platform::{Action, FileError, Held, Lock, files};
use crate::provenance::hash;
use crate::report::Role;
use crate::study::{Look, Piece, Pool, StudyError, What};

/// Who makes a piece leaves a sign so often.
const SIGN: Duration = Duration::from_secs(20);
/// Who waits for a piece gives up when there was no sign for so long.
const PATIENCE: Duration = Duration::from_mins(10);
/// A hash is so many bytes of text.
const HASH: usize = 64;

/// The folder of what the jobs of one study share.
pub struct SharedFolder {
    folder: PathBuf,
    /// Begins the names of its files.
    id: String,
    pause: Box<dyn Fn()>,
    patience: Duration,
    held: RefCell<Option<Claim>>,
    waits: RefCell<Option<Waiting>>,
}

/// A piece that we make.
struct Claim {
    place: PathBuf,
    _lock: Lock,
    said: Cell<Instant>,
    signs: Cell<u64>,
}

/// A piece that somebody else makes.
struct Waiting {
    place: PathBuf,
    /// The last sign, and when it was seen first.
    sign: Vec<u8>,
    since: Instant,
}

impl SharedFolder {
    /// Where the files lie of the study whose shared job has this id; their names begin with it.
    #[must_use]
    pub fn folder(root: &Path, id: &str) -> PathBuf {
        root.join("shared").join(id.get(..2).unwrap_or("00"))
    }

    /// In the folder of a sweep, of the study whose shared job has this id; `pause` spends a moment.
    #[must_use]
    pub fn of(root: &Path, id: &str, pause: Box<dyn Fn()>) -> Self {
        let folder = Self::folder(root, id);
        let (held, waits) = (RefCell::new(None), RefCell::new(None));
        Self { folder, id: id.to_owned(), pause, patience: PATIENCE, held, waits }
    }

    /// Says that we are alive, where others may wait for us. To be called now and then.
    pub fn alive(&self) {
        let held = self.held.borrow();
        let Some(claim) = held.as_ref().filter(|claim| claim.said.get().elapsed() > SIGN) else { return };
        claim.said.set(now());
        claim.signs.set(claim.signs.get() + 1);
        // One that cannot be left costs others time and nothing else.
        let _ = files::write_atomic(&sign(&claim.place), claim.signs.get().to_string().as_bytes());
    }

    fn place(&self, what: What, on: &EngineInfo) -> PathBuf {
        let machine = hash(format!("{}\n{}\n{}", on.engine, on.device, on.threads).as_bytes());
        let what = match what {
            What::Passes => "passes",
            What::Donor(Role::Front) => "front",
            What::Donor(Role::End) => "end",
            What::Teachers => "teachers",
        };
        self.folder.join(format!("{}-{machine:.16}-{what}", self.id))
    }

    /// Who waits for the piece: whether the other one still gives signs of life.
    fn lives(&self, place: &Path) -> bool {
        let sign = files::read_own(&sign(place)).map(|bytes| bytes.to_vec()).unwrap_or_default();
        let mut waits = self.waits.borrow_mut();
        match waits.as_ref().filter(|before| before.place == place && before.sign == sign) {
            Some(before) => before.since.elapsed() <= self.patience,
            None => {
                *waits = Some(Waiting { place: place.to_path_buf(), sign, since: now() });
                true
            }
        }
    }
}

impl Pool for SharedFolder {
    fn look(&self, what: What, on: &EngineInfo) -> Result<Look, StudyError> {
        let place = self.place(what, on);
        if let Some(piece) = read(&place) {
            return Ok(Look::There(piece));
        }
        if self.held.borrow().as_ref().is_some_and(|claim| claim.place == place) {
            return Ok(Look::Missing);
        }
        files::create_dir_all(&self.folder)?;
        match files::lock(&with(&place, ".lock"))? {
            Held::Theirs(_) if self.lives(&place) => Ok(Look::InWork),
            Held::Theirs(_) | Held::Free => Ok(Look::Missing),
            Held::Mine(lock) | Held::Stale(lock) => {
                // Who had the lock may have been done between the two looks.
                if let Some(piece) = read(&place) {
                    return Ok(Look::There(piece));
                }
                let claim = Claim { place, _lock: lock, said: Cell::new(now()), signs: Cell::new(0) };
                *self.held.borrow_mut() = Some(claim);
                Ok(Look::Missing)
            }
        }
    }

    fn keep(&self, what: What, on: &EngineInfo, piece: &Piece) -> Result<(), StudyError> {
        let place = self.place(what, on);
        let written = written(&place, piece);
        self.held.borrow_mut().take_if(|claim| claim.place == place);
        Ok(written?)
    }

    fn pause(&self) {
        (self.pause)();
    }
}

fn with(place: &Path, end: &str) -> PathBuf {
    let mut name = place.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn sign(place: &Path) -> PathBuf {
    with(place, ".alive")
}

fn written(place: &Path, piece: &Piece) -> Result<(), FileError> {
    let failed = |why: rmp_serde::encode::Error| FileError::new(place, Action::Write, std::io::Error::other(why));
    let mut bytes = vec![b'0'; HASH];
    // With names: fields that a report leaves out are left out here.
    rmp_serde::encode::write_named(&mut bytes, piece).map_err(failed)?;
    let (sum, piece) = bytes.split_at_mut(HASH);
    sum.copy_from_slice(hash(piece).as_bytes());
    files::write_atomic(place, &bytes)
}

/// The piece; `None` where it is not there or not as it was written.
fn read(place: &Path) -> Option<Piece> {
    if !files::exists(place) {
        return None;
    }
    let bytes = files::read_own(place).ok()?;
    let (sum, piece) = bytes.split_at_checked(HASH)?;
    if hash(piece).as_bytes() != sum {
        return None;
    }
    rmp_serde::from_slice(piece).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(threads: usize) -> EngineInfo {
        let (engine, device, notes) = ("processor", "a processor".to_owned(), Vec::new());
        EngineInfo { engine, device, threads, accelerated: false, notes }
    }

    fn piece() -> Piece {
        serde_json::from_value(serde_json::json!({ "Teachers": [[0.5, -1.25]] })).unwrap()
    }

    fn folder(root: &Path) -> SharedFolder {
        SharedFolder::of(root, "ab12", Box::new(|| {}))
    }

    #[test]
    fn a_piece_is_found_by_who_has_the_same_machine_and_made_anew_where_it_was_damaged() {
        let root = tempfile::tempdir().unwrap();
        let (one, other) = (folder(root.path()), folder(root.path()));
        let look = |of: &SharedFolder, threads| of.look(What::Teachers, &on(threads)).unwrap();
        assert!(matches!(look(&one, 1), Look::Missing));
        one.keep(What::Teachers, &on(1), &piece()).unwrap();
        let Look::There(found) = look(&other, 1) else { panic!("it is kept") };
        assert_eq!(format!("{found:?}"), format!("{:?}", piece()));
        assert!(matches!(look(&other, 2), Look::Missing), "other threads add up otherwise");
        assert!(matches!(other.look(What::Passes, &on(1)).unwrap(), Look::Missing));
        let place = one.place(What::Teachers, &on(1));
        let mut bytes = std::fs::read(&place).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&place, bytes).unwrap();
        assert!(matches!(look(&one, 1), Look::Missing));
    }

    #[test]
    fn others_wait_while_there_are_signs_of_life_and_until_who_is_at_it_has_gone() {
        let root = tempfile::tempdir().unwrap();
        let (one, mut other) = (folder(root.path()), folder(root.path()));
        let look = |of: &SharedFolder| of.look(What::Passes, &on(1)).unwrap();
        assert!(matches!(look(&one), Look::Missing));
        assert!(matches!(look(&one), Look::Missing), "who has claimed it may ask again");
        assert!(matches!(look(&other), Look::InWork));
        other.patience = Duration::ZERO;
        assert!(matches!(look(&other), Look::Missing), "without a sign of life");
        std::fs::write(sign(&one.place(What::Passes, &on(1))), "1").unwrap();
        assert!(matches!(look(&other), Look::InWork), "a new sign");
        drop(one);
        other.patience = PATIENCE;
        assert!(matches!(look(&other), Look::Missing), "its lock is gone with it");
    }
}
