//! Drivers of a workstation name their devices themselves.

/// Nothing to add.
pub async fn name() -> Option<String> {
    None
}
