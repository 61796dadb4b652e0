//! What a program brings along: networks, images and examples, by name.

use stitchscope_core::study::report::Counts;
use toml::{Table, Value};

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

impl Bundle {
    /// What a manifest in TOML lists: `[[model]]` with `name`, `kind`, `trained_on` and counts `clean.bundled`, `pgd20.bundled`;
    /// `[[images]]` with `name` and `images`. What it lacks is left out.
    #[must_use]
    pub fn of(manifest: &str, examples: Vec<Example>) -> Self {
        let manifest: Table = manifest.parse().unwrap_or_default();
        let entries = |key: &str| -> Vec<Table> {
            let list = manifest.get(key).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|entry| entry.as_table().cloned()).collect()
        };
        let images = entries("images");
        let set = |set: &Table| {
            let count = usize::try_from(set.get("images")?.as_integer()?).ok()?;
            Some((format!("zoo:{}", set.get("name")?.as_str()?), count))
        };
        Self {
            models: entries("model").iter().filter_map(known).collect(),
            images: images.iter().filter_map(set).collect(),
            examples,
        }
    }
}

fn known(entry: &Table) -> Option<Known> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
    Some(Known {
        reference: format!("zoo:{}", entry.get("name")?.as_str()?),
        about: format!("{}, trained on {}", text("kind"), text("trained_on")),
        clean: counts(entry, "clean"),
        robust: counts(entry, "pgd20"),
    })
}

/// Counts on the bundled test images.
fn counts(entry: &Table, key: &str) -> Option<Counts> {
    let counts = entry.get(key)?.get("bundled")?;
    let number = |key: &str| u64::try_from(counts.get(key)?.as_integer()?).ok();
    Some(Counts { correct: number("correct")?, total: number("total")? })
}
