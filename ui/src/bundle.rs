//! What a program brings along: networks, images and examples, by name.

use stitchscope_core::study::report::Counts;

/// What there is to play with.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// Networks.
    pub models: Vec<Known>,
    /// Image sets: reference and number of images.
    pub images: Vec<(String, usize)>,
    /// Studies that are ready to run.
    pub examples: Vec<Example>,
}

/// A bundled network.
#[derive(Clone, Debug)]
pub struct Known {
    /// The recipe's reference, `zoo:NAME`.
    pub reference: String,
    /// What it is, in a few words.
    pub about: String,
    /// Clean accuracy on its bundled test images, as measured when it was made.
    pub clean: Option<Counts>,
    /// Robust accuracy, likewise.
    pub robust: Option<Counts>,
}

/// A study to begin with.
#[derive(Clone, Debug)]
pub struct Example {
    /// Its name.
    pub title: String,
    /// The question it answers.
    pub about: String,
    /// How long it is, in words.
    pub length: String,
    /// Its recipes, as TOML; several are shown side by side.
    pub recipes: Vec<String>,
}
