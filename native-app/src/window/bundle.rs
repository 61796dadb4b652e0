//! The zoo as the window shows it: networks with what was measured when they were made, images, examples.

use stitchscope_core::study::report::Counts;
use stitchscope_ui::{Bundle, Example, Known};
use toml::Table;

use crate::commands::demo::STUDIES;

/// A pair of twins, without an attack: seconds instead of minutes.
const TWINS: &str = include_str!("../../recipes/example-twins.toml");
/// Digits meet clothes.
const STRANGERS: &str = include_str!("../../recipes/example-strangers.toml");

/// What the program brings.
pub fn bundle() -> Bundle {
    let manifest: Table = stitchscope_zoo::MANIFEST.parse().unwrap_or_default();
    let models = manifest.get("model").and_then(|models| models.as_array()).into_iter().flatten();
    Bundle {
        models: models.filter_map(|entry| known(entry.as_table()?)).collect(),
        images: images(&manifest),
        examples: examples(),
    }
}

fn known(entry: &Table) -> Option<Known> {
    let text = |key: &str| entry.get(key).and_then(|value| value.as_str()).unwrap_or_default();
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

fn images(manifest: &Table) -> Vec<(String, usize)> {
    let sets = manifest.get("images").and_then(|sets| sets.as_array()).into_iter().flatten();
    let one = |set: &toml::Value| {
        let count = usize::try_from(set.get("images")?.as_integer()?).ok()?;
        Some((format!("zoo:{}", set.get("name")?.as_str()?), count))
    };
    sets.filter_map(one).collect()
}

fn examples() -> Vec<Example> {
    let example = |title: &str, about: &str, length: &str, recipes: &[&str]| Example {
        title: title.to_owned(),
        about: about.to_owned(),
        length: length.to_owned(),
        recipes: recipes.iter().map(|text| (*text).to_owned()).collect(),
    };
    let demo: Vec<&str> = STUDIES.iter().map(|(_, text)| *text).collect();
    vec![
        example(
            "Robust meets ordinary",
            "One network was hardened against attacks, one was not. Joined at each layer, both ways: whose strength survives?",
            "a few minutes",
            &demo,
        ),
        example(
            "Twins",
            "The same network, trained twice from different random numbers. Do they understand each other's signals?",
            "under a minute",
            &[TWINS],
        ),
        example(
            "Digits meet clothes",
            "A network that has only seen handwritten digits feeds one that has only seen clothes. How far does that go?",
            "under a minute",
            &[STRANGERS],
        ),
    ]
}

#[cfg(test)]
mod tests {
    use stitchscope_core::study::recipe::Recipe;

    use super::*;

    #[test]
    fn the_whole_zoo_is_on_the_shelf_with_its_numbers() {
        let bundle = bundle();
        assert_eq!(bundle.models.len(), stitchscope_zoo::MODELS.len());
        assert!(
            bundle.models.iter().all(|model| model.clean.is_some() && model.robust.is_some()),
            "{:?}",
            bundle.models
        );
        assert_eq!(bundle.images.len(), stitchscope_zoo::IMAGES.len());
    }

    #[test]
    fn every_example_is_a_recipe() {
        for example in bundle().examples {
            for text in &example.recipes {
                Recipe::parse(text, &example.title).unwrap();
            }
        }
    }
}
