//! On a workstation a worker hears its messages while it computes: there is nothing to pause for.

/// Nothing to do.
pub async fn breathe() {}
