//! Keeps libraries from writing on our terminal: those of graphics drivers, and the reader of Parquet files.
//!
//! Mesa's layer that puts graphics cards in order asks Wayland's library for a display each time devices are listed. On a machine
//! without a session that library prints `error: XDG_RUNTIME_DIR is invalid or not set in the environment.`, as if we had failed.
//! An address at which nobody answers keeps it quiet.

/// Leaves out the messages of panics that are caught and told as errors of a file: those inside the reader of Parquet files.
pub fn leave_out_caught_panics() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !stitchscope_core::platform::tables::is_reading() {
            tell(panic);
        }
    }));
}

/// Starts this program anew with such an address, where the library would complain. Comes back where there is nothing to do, or
/// where that fails: then the complaint is all there is to it.
#[cfg(all(unix, not(target_os = "macos")))]
pub fn restart_without_complaints() {
    use std::os::unix::process::CommandExt as _;
    use std::path::PathBuf;
    use std::process::Command;

    /// Where sessions keep their sockets.
    const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
    /// The display's name in that folder, or its address.
    const DISPLAY: &str = "WAYLAND_DISPLAY";

    let names_a_place = |name: &str| std::env::var_os(name).is_some_and(|value| PathBuf::from(value).is_absolute());
    if names_a_place(RUNTIME_DIR) || names_a_place(DISPLAY) {
        return;
    }
    // Not by changing our own environment: other threads may be reading it.
    if let Ok(program) = std::env::current_exe() {
        drop(Command::new(program).args(std::env::args_os().skip(1)).env(DISPLAY, "/nonexistent/wayland").exec());
    }
}

/// There is no such library here.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub fn restart_without_complaints() {}
