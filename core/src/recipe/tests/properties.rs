//! What holds for every recipe, not only for those that people thought of.

use proptest::prelude::*;

use super::*;
use crate::data::{Fit, Reading};

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
        (form, init, train, schedule, mask) in (word(), word(), word(), word(), word()),
        (teacher, distance, optimizer) in (word(), word(), word()),
        (resize, resize_at, batchnorm) in (word(), word(), word()),
        (temperature, beta, l1, momentum) in (1e-3f64..1e3, 0.0f64..100.0, 0.0f64..1.0, 0.0f64..0.999),
        (rank, crop, flip, nesterov) in (1usize..100, 0usize..9, proptest::bool::ANY, proptest::bool::ANY),
        epochs in 1usize..1000, lr in 1e-9f64..1e3, batch in 1usize..=65_536, weight_decay in 0.0f64..1.0,
        seeds in proptest::collection::hash_set(0..=i64::MAX.unsigned_abs(), 1..4),
        attack in proptest::option::of(any_train_attack()),
    ) -> StitchRecipe {
        let seeds = seeds.into_iter().collect();
        let mut stitch = StitchRecipe {
            form, init, train, epochs, lr, batch, schedule, weight_decay, seeds, optimizer, l1, crop, flip,
            ..StitchRecipe::default()
        };
        // What contradicts itself is refused, and settings that the stitch does not have are not written.
        if matches!(form, Form::Orthogonal | Form::Permutation) { (stitch.train, stitch.init) = (Train::None, Init::Direct) }
        if !matches!(form, Form::Orthogonal | Form::Permutation | Form::LowRank | Form::BnConvBn) { stitch.mask = mask }
        stitch.attack = attack.filter(|_| train_attack::attacks(stitch.train)).map(|a: TrainAttackRecipe| {
            if stitch.train == Train::Adversarial { a } else { TrainAttackRecipe { start: Start::Clean, share: 1.0, ..a } }
        });
        if stitch.has("batchnorm") { stitch.batchnorm = batchnorm }
        if stitch.has("resize") { stitch.resize = resize }
        if stitch.has("resize_at") { stitch.resize_at = resize_at }
        let [has_rank, has_teacher, has_beta, has_distance, has_momentum] =
            ["rank", "teacher", "beta", "distance", "momentum"].map(|key| stitch.has(key));
        if has_rank { stitch.rank = rank }
        if has_teacher { (stitch.teacher, stitch.temperature) = (teacher, temperature) }
        if stitch.has("match_epochs") { stitch.match_epochs = crop }
        if stitch.has("validation") && flip { (stitch.validation, stitch.patience) = (momentum, rank) }
        if has_beta { stitch.beta = beta }
        if has_distance { stitch.distance = distance }
        if has_momentum { (stitch.momentum, stitch.nesterov) = (momentum, nesterov) }
        stitch
    }
}

prop_compose! {
    fn any_train_attack()(
        (norm, start) in (word(), word()), eps in size(), alpha in size(), steps in 1usize..1000, share in 0.0f64..=1.0,
    ) -> TrainAttackRecipe {
        let norm = if norm == Norm::L0 { Norm::L1 } else { norm };
        TrainAttackRecipe { norm, eps, alpha, steps, start, share }
    }
}

prop_compose! {
    fn any_attack()(
        (method, preset, norm, start, loss) in (word(), word(), word(), word(), word()),
        eps in size(), alpha in size(), steps in 1usize..1000, many in 1usize..50,
        (targets, queries) in (1usize..100, 1usize..10_000),
        (smallest, transfer, checks) in (proptest::bool::ANY, proptest::bool::ANY, proptest::bool::ANY),
    ) -> AttackRecipe {
        let restarts = if start == Start::Clean { 1 } else { many };
        // Settings that the method does not have are not written, so they are at their defaults.
        let known = AttackMethod::known(method).norms;
        let norm = if known.contains(&norm) { norm } else { known[0] };
        let eps = if norm == Norm::L0 { Strength::from_number(3.0).unwrap() } else { eps };
        let mut recipe = AttackRecipe::new(method, norm, eps).unwrap();
        if recipe.has("preset") { recipe.preset = preset }
        let has = |key| recipe.has(key);
        let [has_alpha, has_steps, has_restarts, has_start, has_targets, has_queries, has_smallest] =
            ["alpha", "steps", "restarts", "start", "targets", "queries", "smallest"].map(has);
        if has_alpha { recipe.alpha = alpha }
        if has_steps { recipe.steps = steps }
        if has_restarts { recipe.restarts = if has_start { restarts } else { many } }
        if has_start { (recipe.start, recipe.loss) = (start, loss) }
        if has_targets { recipe.targets = targets }
        if has_queries { recipe.queries = queries }
        if has_smallest { recipe.smallest = smallest }
        (recipe.transfer, recipe.checks) = (transfer, checks);
        recipe
    }
}

prop_compose! {
    fn any_probe()(
        (ood, linear) in (proptest::bool::ANY, proptest::bool::ANY), shift in 0usize..2000,
        ranks in proptest::collection::hash_set(1usize..600, 0..5),
    ) -> ProbeRecipe {
        ProbeRecipe { ood, shift, ranks: ranks.into_iter().collect(), linear }
    }
}

prop_compose! {
    fn any_donor()(
        model in name(), output in proptest::option::of(name()), layout in proptest::option::of(word()),
        size in proptest::option::of([1usize..2000, 1usize..2000]), pixels in proptest::option::of(word()),
    ) -> DonorRef {
        DonorRef { model, output, layout, size, pixels }
    }
}

prop_compose! {
    fn any_reading()(
        size in proptest::option::of([1usize..=8192, 1..=8192]), shorter_side in proptest::option::of(1usize..=8192),
        (fit, pixel_range, labels) in (word(), word(), word()), (class_order, orientation) in (word(), word()),
    ) -> Reading {
        let shorter_side = shorter_side.filter(|_| fit == Fit::CenterCrop);
        Reading { size, fit, shorter_side, pixel_range, labels, class_order, orientation }
    }
}

prop_compose! {
    fn any_recipe()(
        (front, end, train, test) in (any_donor(), any_donor(), name(), name()),
        (train_images, test_images) in (proptest::option::of(1usize..100_000), proptest::option::of(1usize..100_000)),
        also in proptest::option::of(name()),
        (order, seed, reading) in (word(), 0..=i64::MAX.unsigned_abs(), any_reading()),
        kinds in proptest::sample::subsequence(Control::ALL, 0..=Control::ALL.len()),
        pairs in any_pairs(), stitch in any_stitch(), attack in proptest::option::of(any_attack()),
        mut probe in any_probe(),
        (engine, batch, cache_mib, memory_mib) in (word(), 1usize..=65_536, 0usize..=4096, 0usize..=65_536),
    ) -> Recipe {
        Recipe {
            front,
            end,
            data: DataRecipe { train, test, train_images, test_images, also, order, seed, reading },
            taps: TapsRecipe { pairs },
            stitch,
            probe: { if attack.is_none() { probe.shift = 0 } probe },
            attack,
            controls: ControlsRecipe { kinds },
            run: RunRecipe { engine, batch, cache_mib, memory_mib },
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
