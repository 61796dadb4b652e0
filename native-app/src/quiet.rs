//! Leaves out messages of panics that are caught and told as errors of a file: those inside the reader of Parquet files.

/// Puts a hook before the one that writes panics on the terminal.
pub fn leave_out_caught_panics() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !stitchscope_core::platform::tables::is_reading() {
            tell(panic);
        }
    }));
}
