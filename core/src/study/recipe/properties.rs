//! What holds for every recipe, not only for those that people thought of.

use proptest::prelude::*;

use super::*;

fn word<W: Word + std::fmt::Debug>() -> impl Strategy<Value = W> {
    proptest::sample::select(W::ALL)
}

fn name() -> impl Strategy<Value = String> {
    // Any characters at all, with one that is not white space.
    ".{0,12}".prop_map(|rest| format!("n{rest}\"\\\n"))
}

fn size() -> impl Strategy<Value = Strength> {
    prop_oneof![
        (1u32..=255, 255u32..9999).prop_map(|(above, below)| format!("{above}/{below}").parse().unwrap()),
        (1e-12f64..=1.0).prop_map(|number| Strength::from_number(number).unwrap()),
    ]
}

fn any_pairs() -> impl Strategy<Value = Pairs> {
    let list = proptest::collection::hash_set((name(), name()), 1..4);
    prop_oneof![Just(Pairs::Same), Just(Pairs::All), list.prop_map(|pairs| Pairs::List(pairs.into_iter().collect())),]
}

prop_compose! {
    fn any_stitch()(
        (form, init, train, schedule) in (word(), word(), word(), word()),
        epochs in 1usize..1000, lr in 1e-9f64..1e3, batch in 1usize..=65_536, weight_decay in 0.0f64..1.0,
        seeds in proptest::collection::hash_set(0..=i64::MAX.unsigned_abs(), 1..4),
    ) -> StitchRecipe {
        StitchRecipe { form, init, train, epochs, lr, batch, schedule, weight_decay, seeds: seeds.into_iter().collect() }
    }
}

prop_compose! {
    fn any_attack()(
        norm in word(), start in word(), loss in word(), eps in size(), alpha in size(), steps in 1usize..1000, many in 1usize..50,
    ) -> AttackRecipe {
        let restarts = if start == Start::Clean { 1 } else { many };
        AttackRecipe { norm, eps, alpha, steps, restarts, start, loss }
    }
}

prop_compose! {
    fn any_recipe()(
        (front, end, train, test) in (name(), name(), name(), name()),
        (train_images, test_images) in (proptest::option::of(1usize..100_000), proptest::option::of(1usize..100_000)),
        pairs in any_pairs(), stitch in any_stitch(), attack in proptest::option::of(any_attack()),
        (engine, batch, cache_mib) in (word(), 1usize..=65_536, 0usize..=4096),
    ) -> Recipe {
        Recipe {
            front: DonorRef { model: front },
            end: DonorRef { model: end },
            data: DataRecipe { train, test, train_images, test_images },
            taps: TapsRecipe { pairs },
            stitch,
            attack,
            run: RunRecipe { engine, batch, cache_mib },
        }
    }
}

proptest! {
    #[test]
    fn every_recipe_reads_back_from_its_text(recipe in any_recipe()) {
        let text = recipe.to_toml();
        let back = Recipe::parse(&text, "recipe.toml").map_err(|err| TestCaseError::fail(format!("{err}\n{text}")))?;
        prop_assert_eq!(&back, &recipe);
        prop_assert_eq!(back.to_toml(), text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        let _ = Recipe::parse(&text, "recipe.toml");
        let _ = Recipe::parse(&format!("[front]\nmodel = {text}\n"), "recipe.toml");
        let _ = Recipe::parse(&format!("[{text}]\n"), "recipe.toml");
    }
}
