//! How much work to hand in at once, and when to wait.
//!
//! A device shared with a screen must get its work in short pieces, and one that is slower than the program must not be buried in
//! it. Both follow from how long pieces took.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use futures_channel::oneshot;

use super::device::Device;
use crate::engine::EngineError;
use crate::platform::clock::{self, Instant};

/// How long a piece should take: long enough that handing it in costs little, short enough that a screen stays smooth.
const PIECE_MS: f64 = 16.0;
/// Pieces under way before the program waits for the oldest.
const UNDER_WAY: usize = 4;
/// Work units (products and sums) of the first piece, before anything is known: a millisecond for a small GPU.
const FIRST: f64 = 2e7;

struct Piece {
    begun: Instant,
    work: f64,
    done: oneshot::Receiver<Instant>,
}

/// The pieces under way and what was learnt from those done.
pub(super) struct Pace {
    per_ms: Cell<f64>,
    last_done: Cell<Option<Instant>>,
    pieces: RefCell<VecDeque<Piece>>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { per_ms: Cell::new(FIRST / PIECE_MS), last_done: Cell::new(None), pieces: RefCell::default() }
    }
}

impl Pace {
    /// Work units to hand in at once.
    pub(super) fn piece(&self) -> u64 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and far below 2^64")]
        let work = (self.per_ms.get() * PIECE_MS) as u64;
        work.max(1)
    }

    /// Notes that a piece was handed in.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    pub(super) fn handed_in(&self, device: &Device, work: u64) {
        let (answer, done) = oneshot::channel();
        device.queue.on_submitted_work_done(move || {
            let _ = answer.send(clock::now());
        });
        self.pieces.borrow_mut().push_back(Piece { begun: clock::now(), work: work as f64, done });
    }

    /// Waits until few enough pieces are under way.
    ///
    /// # Errors
    /// [`EngineError::Lost`] or what the device reports.
    pub(super) async fn wait(&self, device: &Device) -> Result<(), EngineError> {
        loop {
            let Some(piece) = self.next(device) else { return device.check("running a program") };
            let (begun, work) = (piece.begun, piece.work);
            match piece.done.await {
                Ok(at) => self.learn(begun, work, at),
                // The device's health tells why the answer was dropped.
                Err(_) => return device.check("running a program"),
            }
        }
    }

    fn next(&self, device: &Device) -> Option<Piece> {
        let mut pieces = self.pieces.borrow_mut();
        if pieces.len() <= UNDER_WAY {
            return None;
        }
        device.wake();
        pieces.pop_front()
    }

    fn learn(&self, begun: Instant, work: f64, at: Instant) {
        // A piece begins when the one before it is done.
        let start = self.last_done.get().map_or(begun, |last| last.max(begun));
        self.last_done.set(Some(at));
        let took = at.saturating_duration_since(start).as_secs_f64() * 1e3;
        if took > 0.05 {
            // A geometric mean with the past: one slow piece (a kernel compiled late) must not halt everything.
            let per_ms = (self.per_ms.get() * (work / took)).sqrt();
            self.per_ms.set(per_ms.clamp(1e3, 1e12));
        }
    }
}
