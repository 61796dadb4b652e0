//! Starts this program anew in the environment that the libraries it uses read when they are loaded.
//!
//! - Mesa's layer that puts graphics cards in order asks Wayland's library for a display each time devices are listed. On a machine
//!   without a session that library prints `error: XDG_RUNTIME_DIR is invalid or not set in the environment.`, as if we had failed.
//!   An address at which nobody answers keeps it quiet.
//! - GNU's C library hands large blocks back to the system when they are freed, but takes "large" for more each time such a block is
//!   freed, up to 32 MiB. Activations of images of 224 x 224 pixels lie just below, and stay in pieces: two ResNet-50 then take twice
//!   the memory that lives at any moment. A fixed limit keeps what is free free.

/// Starts this program anew where a variable is missing. Comes back where there is nothing to do, or where that fails: then the
/// program works as it is, less quietly and with more memory. `screen` says whether a window will be opened, which looks for its display itself.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn where_needed(screen: bool) {
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    let missing: Vec<(&str, &str)> = [display().filter(|_| !screen), threshold()].into_iter().flatten().collect();
    if missing.is_empty() {
        return;
    }
    // Not by changing our own environment: other threads may be reading it, and libraries have.
    if let Ok(program) = std::env::current_exe() {
        drop(Command::new(program).args(std::env::args_os().skip(1)).envs(missing).exec());
    }
}

/// An address at which no display answers, where none is named.
#[cfg(all(unix, not(target_os = "macos")))]
fn display() -> Option<(&'static str, &'static str)> {
    /// Where sessions keep their sockets.
    const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
    /// The display's name in that folder, or its address.
    const DISPLAY: &str = "WAYLAND_DISPLAY";

    let names_a_place =
        |name: &str| std::env::var_os(name).is_some_and(|value| std::path::PathBuf::from(value).is_absolute());
    (!names_a_place(RUNTIME_DIR) && !names_a_place(DISPLAY)).then_some((DISPLAY, "/nonexistent/wayland"))
}

/// From how many bytes on the C library hands a block back, where nobody has chosen.
#[cfg(all(unix, not(target_os = "macos")))]
fn threshold() -> Option<(&'static str, &'static str)> {
    /// In bytes: 8 MiB. Blocks below are many and live briefly: what one image of that size takes while its sums are made.
    const THRESHOLD: (&str, &str) = ("MALLOC_MMAP_THRESHOLD_", "8388608");
    /// The other way to say it.
    const TUNABLES: &str = "GLIBC_TUNABLES";

    let chosen = std::env::var_os(THRESHOLD.0).is_some() || std::env::var_os(TUNABLES).is_some();
    (cfg!(target_env = "gnu") && !chosen).then_some(THRESHOLD)
}

/// There are no such libraries here.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub const fn where_needed(_screen: bool) {}
