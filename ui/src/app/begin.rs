//! What a window begins with.

use stitchscope_core::recipe::{
    ControlsRecipe, DataRecipe, DonorRef, ProbeRecipe, Recipe, RunRecipe, StitchRecipe, TapsRecipe,
};

use crate::bundle::Bundle;
use crate::state::State;

/// The kept recipe, else the first example's.
pub(super) fn first_recipe(state: &State, bundle: &Bundle) -> Recipe {
    let kept = Recipe::parse(&state.recipe, "kept recipe").ok();
    let example = || bundle.examples.first()?.recipes.first().and_then(|text| Recipe::parse(text, "example").ok());
    kept.or_else(example).unwrap_or_else(nothing)
}

/// A recipe for a program that brings nothing: everything is still to be chosen.
fn nothing() -> Recipe {
    Recipe {
        front: DonorRef::new("front.onnx"),
        end: DonorRef::new("end.onnx"),
        data: DataRecipe { train: "images".to_owned(), test: "images".to_owned(), ..DataRecipe::default() },
        taps: TapsRecipe::default(),
        stitch: StitchRecipe::default(),
        attack: None,
        controls: ControlsRecipe::default(),
        probe: ProbeRecipe::default(),
        run: RunRecipe::default(),
    }
}
