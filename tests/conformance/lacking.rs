//! What an engine is known to lack, each with its reason. An entry that is not needed any more fails too.

/// A check that is expected to fail.
pub struct Lacking {
    /// The check's name.
    pub check: &'static str,
    /// How the case's name begins.
    pub case: &'static str,
    /// Why, and what that means for users.
    pub why: &'static str,
}

/// Everything that is expected to fail.
pub const LACKING: &[Lacking] = &[];
