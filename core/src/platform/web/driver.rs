//! In a browser the event loop gives the answers; there is nothing to drive.

/// Stands for the thread that a workstation needs.
pub(crate) struct Driver;

impl Driver {
    /// The waiting function is not needed here.
    pub(crate) fn new(_wait: impl Fn() + 'static) -> Self {
        Self
    }

    /// Nothing to do.
    pub(crate) const fn wake(&self) {}
}
