//! The recipe of a study: TOML text in, checked values out, and back.
//!
//! The same text is what people write, what the window saves and what a report keeps, so reading is strict (an unknown key is an error
//! with its place) and writing is stable (the same recipe gives the same text, and that text reads back as the same recipe).
//!
//! ```
//! # use stitchscope_core::recipe::Recipe;
//! let text = "[front]\nmodel = \"a.onnx\"\n[end]\nmodel = \"b.onnx\"\n[data]\ntrain = \"cifar/\"\ntest = \"cifar/\"\n";
//! let recipe = Recipe::parse(text, "recipe.toml")?;
//! assert!(recipe.attack.is_none()); // clean accuracy only
//! assert_eq!(Recipe::parse(&recipe.to_toml(), "saved.toml")?, recipe);
//! # Ok::<(), stitchscope_core::recipe::RecipeError>(())
//! ```

pub mod packed;
mod resolve;
pub mod schema;
mod strength;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod words;
mod write;

use toml::de::DeTable;

pub use strength::{Strength, StrengthError};
pub use tables::attack::AttackRecipe;
pub use tables::controls::ControlsRecipe;
pub use tables::data::DataRecipe;
pub use tables::donor::DonorRef;
pub use tables::pairs::{Pairs, TapsRecipe};
pub use tables::probe::ProbeRecipe;
pub use tables::run::RunRecipe;
pub use tables::stitch::StitchRecipe;
pub use tables::train_attack::TrainAttackRecipe;
use tables::{attack, controls, data, donor, pairs, probe, run, stitch, train_attack};
pub use text::error::RecipeError;
use text::error::Source;
use text::{error, fields, foreign, keys, raw};
pub use words::{
    AttackMethod, BatchNorm, Choice, Control, Distance, Form, Init, Loss, Mask, Norm, Optimizer, Preset, Resize,
    ResizeAt, Schedule, Start, Teacher, Train, Word,
};

/// Longest text that is read as a recipe, in bytes; every real one is a few hundred.
const LONGEST: usize = 1 << 20;

/// Everything that decides a study's numbers, and in `run` what does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// Gives the layers before the stitch.
    pub front: DonorRef,
    /// Gives the layers after the stitch.
    pub end: DonorRef,
    /// The images.
    pub data: DataRecipe,
    /// Where to cut.
    pub taps: TapsRecipe,
    /// What joins the halves.
    pub stitch: StitchRecipe,
    /// The attack; absent means clean accuracy only.
    pub attack: Option<AttackRecipe>,
    /// What the cells are compared with.
    pub controls: ControlsRecipe,
    /// What is measured beside accuracies.
    pub probe: ProbeRecipe,
    /// How to compute it; changes the time a study takes, not its meaning.
    pub run: RunRecipe,
}

impl Recipe {
    /// Reads and checks a recipe; `file` is the name that errors give.
    ///
    /// # Errors
    /// The first fault with line and column: no TOML, an unknown table, key or word, a missing key, a value out of range.
    pub fn parse(text: &str, file: &str) -> Result<Self, RecipeError> {
        let source = Source { file, text };
        if text.len() > LONGEST {
            let message = format!("the text has {} bytes and a recipe at most {LONGEST}", text.len());
            return Err(source.fault(&(0..0), "", message, "check that this file is the recipe"));
        }
        let document = DeTable::parse(text).map_err(|err| foreign::syntax_fault(source, &err))?;
        let places = keys::check(source, document.get_ref())?;
        let raw = raw::read(document).map_err(|err| foreign::type_fault(source, &places, &err))?;
        resolve::resolve(source, raw)
    }

    /// Checks a recipe that was put together in a program, by the same rules as [`Recipe::parse`].
    ///
    /// # Errors
    /// As [`Recipe::parse`], with places in the text of [`Recipe::to_toml`].
    pub fn check(&self) -> Result<(), RecipeError> {
        Self::parse(&self.to_toml(), "recipe").map(|_| ())
    }

    /// The recipe as TOML: every key written out, always in the same order. [`Recipe::parse`] gives back an equal recipe.
    pub fn to_toml(&self) -> String {
        write::with_run(self)
    }

    /// Everything that a study of this recipe opens, each once: references to networks, then to image sets. They are the values of the
    /// schema's keys whose kind is a network or images.
    #[must_use]
    pub fn references(&self) -> Vec<String> {
        let keys = schema::TABLES.iter().flat_map(|table| table.keys);
        let files = keys.filter(|key| matches!(key.kind, schema::Kind::Network | schema::Kind::Images));
        let mut all: Vec<String> = Vec::new();
        for value in files.filter_map(|key| (key.written)(self)) {
            if let toml::Value::String(reference) = value
                && !all.contains(&reference)
            {
                all.push(reference);
            }
        }
        all
    }

    /// Names what a study computes: blake3 (64 hex digits) of [`Recipe::to_toml`] without `[run]`.
    ///
    /// Two runs with the same fingerprint may share a journal, whatever engine and batch size they use.
    pub fn fingerprint(&self) -> String {
        blake3::hash(write::without_run(self).as_bytes()).to_hex().to_string()
    }
}
