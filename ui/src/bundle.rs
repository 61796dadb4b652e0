//! What a program brings along: networks, images and examples, by name.

use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::Counts;
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

/// What an example is cut down to on a slow device: images that stitches are trained and measured on, steps of the attack.
const FEW: (usize, usize, usize) = (1000, 200, 10);

/// How a card tells of it.
pub const FEW_WORDS: &str = "cut short for this slow device: 200 test images";

/// An example's recipe for a slow device. The recipe itself says so, and with it every figure and report.
pub fn cut_short(recipe: &mut Recipe) {
    let (train, test, steps) = FEW;
    let few = |given: Option<usize>, most: usize| Some(given.map_or(most, |given| given.min(most)));
    recipe.data.train_images = few(recipe.data.train_images, train);
    recipe.data.test_images = few(recipe.data.test_images, test);
    if let Some(attack) = &mut recipe.attack {
        attack.steps = attack.steps.min(steps);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
front = { model = "zoo:a" }
end = { model = "zoo:b" }
data = { train = "zoo:t", test = "zoo:u", test_images = 500, train_images = 300 }
attack = { norm = "linf", eps = "0.1", alpha = "0.0125", steps = 20 }
"#;

    #[test]
    fn a_slow_device_gets_fewer_images_and_steps_and_the_recipe_says_so() {
        let mut recipe = Recipe::parse(SMALL, "small").unwrap();
        cut_short(&mut recipe);
        assert_eq!((recipe.data.train_images, recipe.data.test_images), (Some(300), Some(FEW.1)));
        assert_eq!(recipe.attack.as_ref().unwrap().steps, FEW.2);
        assert!(recipe.to_toml().contains("test_images = 200"), "{}", recipe.to_toml());
        assert!(FEW_WORDS.contains(&FEW.1.to_string()));
    }
}
