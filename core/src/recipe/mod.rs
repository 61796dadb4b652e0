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

use crate::data::{Order, Reading};
pub use strength::{Strength, StrengthError};
pub use tables::controls::ControlsRecipe;
pub use tables::donor::DonorRef;
pub use tables::pairs::Pairs;
pub use tables::probe::ProbeRecipe;
use tables::stitch::MOST_RANK;
pub use tables::stitch::StitchRecipe;
pub use tables::train_attack::TrainAttackRecipe;
use tables::{attack, controls, data, donor, pairs, probe, stitch, train_attack};
pub use text::error::RecipeError;
use text::error::Source;
use text::{error, fields, foreign, keys, raw};
pub use words::{
    AttackLoss, AttackMethod, AttackPreset, BatchNorm, Control, Distance, EngineChoice, Form, Init, Mask, Norm,
    Optimizer, Resize, ResizeAt, Schedule, Start, Teacher, Train, Word,
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

/// The images of a study, not yet opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataRecipe {
    /// Images that stitches are fitted and trained on: `zoo:NAME` or a path.
    pub train: String,
    /// Images that everything is measured on: `zoo:NAME` or a path.
    pub test: String,
    /// Use so many training images; absent means all.
    pub train_images: Option<usize>,
    /// Use so many test images; absent means all.
    pub test_images: Option<usize>,
    /// Other images that donors and stitched networks are tried on too, such as those of the front's own task: `zoo:NAME` or a
    /// path. As many as there are test images count.
    pub also: Option<String>,
    /// Which images are used where only some are: the first ones, or drawn at random; left out, the first ones, but of a set that is
    /// sorted by class some at random.
    pub order: Order,
    /// Seed of the draw; 0 when left out.
    pub seed: u64,
    /// How the files are read.
    pub reading: Reading,
}

/// Where to cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TapsRecipe {
    /// The (front tap, end tap) pairs to join.
    pub pairs: Pairs,
}

/// The attack. Sizes are in pixel values, which run from 0 to 1. A setting that the method does not have keeps its default.
#[derive(Clone, Debug, PartialEq)]
pub struct AttackRecipe {
    /// Which attack; `pgd` when left out.
    pub method: AttackMethod,
    /// Which attacks `autoattack` makes; `standard` when left out.
    pub preset: AttackPreset,
    /// The norm that bounds the change; `linf` when left out.
    pub norm: Norm,
    /// The bound: in (0, 1] for `linf`, above 0 for `l2` and `l1`. Must be given.
    pub eps: Strength,
    /// Size of one step of `pgd`, above 0; 2.5 eps / steps when left out, so that the walk can cross the ball and come back a
    /// quarter. Of preset `paper` the first step; a quarter of eps when left out.
    pub alpha: Strength,
    /// Steps per restart; 20 for `pgd`, 100 for `apgd-*` and `fab*` when left out.
    pub steps: usize,
    /// Independent starts; an image is fooled if any of them fools it. 1 when left out.
    pub restarts: usize,
    /// Where each restart of `pgd` begins; `uniform` when left out.
    pub start: Start,
    /// What `pgd` climbs; `cross-entropy` when left out.
    pub loss: AttackLoss,
    /// Wrong classes that `apgd-t` and `fab-t` aim at; 9 when left out.
    pub targets: usize,
    /// Changes that `square` tries per restart; 5000 when left out.
    pub queries: usize,
    /// `fab` and `fab-t`: look for the smallest change of each image, whatever its size; the report then tells their sizes.
    pub smallest: bool,
    /// Evaluate each stitched network also on the images made to fool the donors; no when left out.
    pub transfer: bool,
    /// Look twice at each result with attacks of their own on a few images; no when left out.
    pub checks: bool,
}

/// How to compute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecipe {
    /// What computes.
    pub engine: EngineChoice,
    /// Images per step of an evaluation or attack.
    pub batch: usize,
    /// Memory for cached front activations, in MiB; 0 caches nothing.
    pub cache_mib: usize,
    /// Memory that a network with what is computed on it may take, in MiB; 0 is half of what is free.
    pub memory_mib: usize,
}

impl Default for RunRecipe {
    /// The fastest engine there is, 128 images a step, 2 GiB of cache, half of the free memory.
    fn default() -> Self {
        Self { engine: EngineChoice::default(), batch: 128, cache_mib: 2048, memory_mib: 0 }
    }
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

    /// Everything that a study of this recipe opens, each once: references to networks, then to image sets.
    #[must_use]
    pub fn references(&self) -> Vec<&str> {
        // Taken apart whole, so that a new key that names a file does not compile until it is listed here.
        let Self { front, end, data, taps: _, stitch: _, attack: _, controls: _, probe: _, run: _ } = self;
        let DonorRef { model: front, output: _, layout: _, size: _, pixels: _ } = front;
        let DonorRef { model: end, output: _, layout: _, size: _, pixels: _ } = end;
        let DataRecipe { train, test, train_images: _, test_images: _, also, order: _, seed: _, reading: _ } = data;
        let mut all: Vec<&str> = Vec::new();
        for reference in [front, end, train, test].into_iter().chain(also) {
            if !all.contains(&reference.as_str()) {
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
