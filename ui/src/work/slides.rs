//! Records of slides, kept beside the studies: what each showed when it was made.

use super::Ground;
use super::views::Twin;

/// Where they are kept, among the studies.
const PLACE: &str = "slides";
/// A record that is larger, in bytes, was not written by us.
const LARGEST: usize = 256 << 20;

fn file(slide: u64) -> String {
    format!("slide-{slide}.json")
}

/// Keeps a record.
pub(super) fn record(ground: &dyn Ground, slide: u64, twin: &Twin) -> Result<(), String> {
    let explain = |why: &dyn std::fmt::Display| {
        format!("The slide is made, but what it shows cannot be kept for the next start: {why}")
    };
    let bytes = serde_json::to_vec(twin).map_err(|error| explain(&error))?;
    let store = ground.store(PLACE).map_err(|error| explain(&error))?;
    store.put(&file(slide), &bytes).map_err(|error| explain(&error))
}

/// A record, where there is one that can be read.
pub(super) fn recall(ground: &dyn Ground, slide: u64) -> Option<Twin> {
    let bytes = ground.store(PLACE).ok()?.get(&file(slide)).ok()??;
    if bytes.len() > LARGEST { None } else { serde_json::from_slice(&bytes).ok() }
}
