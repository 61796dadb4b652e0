//! Stitch looks into a finished connector: its weights, its directions, and what the networks say of the same images.

use egui_kittest::kittest::Queryable as _;
use stitchscope_core::recipe::Recipe;
use stitchscope_ui::command::Act;
use stitchscope_ui::state::View;
use stitchscope_ui::work::name;
use stitchscope_ui::world::{Found, Standing};

use crate::shell::{SMALL, Window};

#[test]
fn a_finished_connector_shows_its_weights_its_directions_and_its_answers() {
    let recipe = Recipe::parse(&SMALL.replace("test_images = 40", "test_images = 47"), "small").unwrap();
    let id = name(&recipe);
    let mut window = Window::open([1366.0, 1400.0], None);
    window.send(Act::Edit(Box::new(recipe.clone())));
    window.send(Act::Run(Box::new(recipe), false));
    window.until("the report", |app| app.world().study(&id).is_some_and(|study| study.standing == Standing::Done));
    window.send(Act::Go(View::Stitch));
    window.until("the weights", |app| app.world().weights.values().any(|found| matches!(found, Found::Here(_))));
    window.until("the samples", |app| app.world().samples.is_some());
    window.until_idle();
    let Some(Found::Here(view)) = window.app().world().weights.get(&(id.clone(), 0)) else { panic!("it was there") };
    assert_eq!(view.size, view.shown, "a small stitch is shown channel by channel");
    assert_eq!((view.values.len(), view.singular.len()), (view.size[0] * view.size[1], view.size[0].min(view.size[1])));
    assert!(view.singular.windows(2).all(|pair| pair[0] >= pair[1]), "largest first: {:?}", view.singular);
    let (question, samples) = window.app().world().samples.clone().unwrap();
    let samples = samples.unwrap();
    assert_eq!(question.cell, Some((id.clone(), 0)));
    assert_eq!(samples.networks, ["front", "end", "stitched"]);
    assert!(samples.said.iter().all(|said| said.len() == 16), "sixteen images, three networks");
    // The front network is right nearly always; its answers are those of its own classes.
    let right = samples.said[0].iter().zip(&samples.labels).filter(|((said, _), label)| *said == **label as usize);
    assert!(right.count() >= 12);
    window.harness.check_accessibility();
    for said in ["Weights of the stitch", "Singular values", "Image 0, "] {
        assert!(window.harness.query_all_by_label_contains(said).next().is_some(), "{said}");
    }
}
