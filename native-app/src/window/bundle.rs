//! The zoo as the window shows it.

use stitchscope_ui::{Bundle, Example};

/// What the program brings.
pub fn bundle() -> Bundle {
    let examples = stitchscope_zoo::EXAMPLES.iter().map(|example| Example {
        title: example.title.to_owned(),
        about: example.about.to_owned(),
        length: example.length.to_owned(),
        recipes: example.recipes.iter().map(|text| (*text).to_owned()).collect(),
    });
    Bundle::of(stitchscope_zoo::MANIFEST, examples.collect())
}

#[cfg(test)]
mod tests {
    use stitchscope_core::recipe::Recipe;

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
