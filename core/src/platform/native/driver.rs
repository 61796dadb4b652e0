//! A thread that waits for a device whenever somebody awaits its answer: the part of a browser's event loop.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a closing driver waits for its thread, which ends at once unless a device hangs.
const FAREWELL: Duration = Duration::from_secs(3);

#[derive(Default)]
struct State {
    asked: u64,
    closed: bool,
}

type Shared = Arc<(Mutex<State>, Condvar)>;

/// Runs a waiting function on its own thread, once for every request that came while it was idle.
pub(crate) struct Driver {
    shared: Shared,
    thread: Option<JoinHandle<()>>,
}

impl Driver {
    /// `wait` returns when the work known to the device is done and its answers have been given.
    pub(crate) fn new(wait: impl Fn() + Send + 'static) -> Self {
        let shared = Shared::default();
        let theirs = Arc::clone(&shared);
        // Without the thread nobody would answer; the futures then stay pending, as with a device that hangs.
        let thread = thread::Builder::new().name("device".to_owned()).spawn(move || serve(&theirs, &wait)).ok();
        Self { shared, thread }
    }

    /// Somebody awaits an answer.
    pub(crate) fn wake(&self) {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).asked += 1;
        self.shared.1.notify_one();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.shared.1.notify_one();
        // A process that ends while a thread still holds the device can crash in the graphics driver.
        let start = Instant::now();
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && start.elapsed() < FAREWELL {
            thread::sleep(Duration::from_micros(200));
        }
    }
}

fn serve((state, changed): &(Mutex<State>, Condvar), wait: &impl Fn()) {
    loop {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.asked == 0 && !state.closed {
            state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return;
        }
        state.asked = 0;
        drop(state);
        wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn every_request_is_followed_by_a_wait() {
        let (told, heard) = mpsc::channel();
        let driver = Driver::new(move || told.send(()).unwrap());
        for _ in 0..3 {
            driver.wake();
            heard.recv().unwrap();
        }
        drop(driver);
        assert!(heard.recv().is_err(), "the thread ends with its owner");
    }
}
