//! On a workstation messages come from other threads while work goes on: there is nothing to pause for.

use crate::platform::clock::Duration;

/// Nothing to do.
pub async fn breathe() {}

/// Whatever there is to hear has been heard.
pub async fn listen(_patience: Duration, _heard: impl Fn() -> bool) {}
