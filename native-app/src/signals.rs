//! Ctrl-C and a polite request to end: a study stops at its next step, keeps what is finished, says so, and ends with the exit code
//! that shells expect. Whoever asks twice does not wait.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Added to a signal's number in the exit code of a program that it ended.
const SHELL: i32 = 128;

/// The signal that came; 0 before one did.
static ASKED: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Hears signals from now on. Without it, which no system refuses, they end the program as before: the journal is whole at any moment.
pub fn listen() {
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first one raises the flag that lets the second end the program.
        let _ = flag::register_conditional_shutdown(signal, SHELL + signal, Arc::clone(&again));
        let _ = flag::register(signal, Arc::clone(&again));
        let _ = flag::register_usize(signal, Arc::clone(&ASKED), usize::try_from(signal).unwrap_or_default());
    }
}

/// A file above the limit is an error of the write, with a sentence, and not the end.
#[cfg(unix)]
pub fn large_files() {
    let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

#[cfg(not(unix))]
pub fn large_files() {}

/// Whether somebody asked to end.
pub fn asked() -> bool {
    ASKED.load(Ordering::Relaxed) != 0
}

/// The exit code for the signal that came, if one did.
pub fn exit_code() -> Option<u8> {
    let signal = i32::try_from(ASKED.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)?;
    u8::try_from(SHELL + signal).ok()
}
