//! What a stitch is trained on: every kind of training runs and learns, and kinds that come to the same give the same bits.

use stitchscope_core::engine::Engine;
use stitchscope_core::engine::processor::Processor;
use stitchscope_core::engine::wgpu::Tuning;
use stitchscope_core::recipe::{DonorRef, Recipe};
use stitchscope_core::report::Cell;
use stitchscope_core::stitch::{self, Weights};
use stitchscope_core::study::{Event, Flow, Memory, Store};
use stitchscope_core::tensor::Tolerance;
use stitchscope_tests::{ADAPTERS, adapter, ort};

use crate::bench::{oracle, plan, recipe, run_observed};

const TAPS: &str = "[taps]\npairs = [[\"layer3.0.relu\", \"layer3.0.relu\"]]\n";

/// One pair at the end of the networks, where a step is cheap.
fn short(stitch: &str) -> Recipe {
    recipe(240, 60, &format!("{TAPS}[stitch]\nepochs = 3\nbatch = 60\nlr = 1e-2\n{stitch}"))
}

/// The cell, its stitch, and the loss of every step.
fn cell(recipe: &Recipe, engine: &dyn Engine) -> (Cell, Weights, Vec<f32>) {
    let store = Memory::default();
    let mut losses = Vec::new();
    let hear = &mut |event: &Event| {
        losses.extend(if let Event::Progress(work) = event { work.loss } else { None });
        Flow::Continue
    };
    let report = run_observed(&plan(recipe), engine, &store, hear).unwrap();
    let weights = stitch::read(&store.get("stitches/cell-0.safetensors").unwrap().unwrap()).unwrap();
    (report.cells[0].clone(), weights, losses)
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn every_training_learns() {
    let engine = ort();
    let kinds = [
        "train = \"task\"\n",
        "train = \"task\"\noptimizer = \"sgd\"\nweight_decay = 1e-4\n",
        "train = \"task\"\noptimizer = \"adamw\"\nschedule = \"cosine\"\nweight_decay = 0.01\nl1 = 0.1\n",
        "train = \"task\"\nflip = true\ncrop = 2\n",
        "train = \"task\"\nmask = \"semi-match\"\n",
        "train = \"task\"\nform = \"low-rank\"\nrank = 4\n",
        "train = \"soft\"\n",
        "train = \"soft\"\nteacher = \"both\"\ntemperature = 4\n",
        "train = \"soft\"\nteacher = \"mean\"\nflip = true\n",
        "train = \"soft\"\nteacher = \"front\"\n",
        "train = \"match\"\n",
        "train = \"match\"\ndistance = \"cka\"\n",
        "train = \"fula\"\n",
        "train = \"fula\"\ndistance = \"cka\"\nflip = true\n",
    ];
    for kind in kinds {
        let (cell, weights, losses) = cell(&short(&format!("init = \"random\"\n{kind}")), engine.as_ref());
        assert_eq!(losses.len(), 12, "{kind}");
        let mean = |range: &[f32]| range.iter().sum::<f32>() / range.len() as f32;
        assert!(mean(&losses[8..]) < mean(&losses[..4]), "{kind}: {losses:?}");
        assert!(cell.flags.iter().all(|f| !f.contains("not a number")), "{kind}: {:?}", cell.flags);
        assert!(weights.weight.iter().all(|w| w.is_finite()), "{kind}");
        assert!(kind.contains(&format!("train = \"{}\"", cell.stitch.train)));
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn trainings_under_attack_learn_and_are_their_own() {
    let engine = ort();
    let attack = "[train_attack]\neps = \"0.1\"\nsteps = 2\n";
    let (_, task, _) = cell(&short("train = \"task\"\n"), engine.as_ref());
    let mut seen = vec![task];
    for kind in [
        format!("train = \"adversarial\"\n{attack}"),
        format!("train = \"adversarial\"\n{attack}share = 0.5\nstart = \"uniform\"\nnorm = \"l2\"\n"),
        format!("train = \"trades\"\nbeta = 6\n{attack}"),
    ] {
        let (cell, weights, losses) = cell(&short(&kind), engine.as_ref());
        assert!(losses.iter().all(|l| l.is_finite()) && losses.len() == 12, "{kind}: {losses:?}");
        assert!(cell.clean.correct > 20, "{kind}: {:?}", cell.clean);
        assert!(!seen.contains(&weights), "{kind}");
        seen.push(weights);
    }
}

/// To the bit: without an attacked image, adversarial training and TRADES are task matching.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn without_an_attack_adversarial_training_is_task_matching() {
    let engine = ort();
    let task = cell(&short("train = \"task\"\n"), engine.as_ref());
    let attack = "[train_attack]\neps = \"0.1\"\n";
    for kind in
        [format!("train = \"adversarial\"\n{attack}share = 0.0\n"), format!("train = \"trades\"\nbeta = 0\n{attack}")]
    {
        let found = cell(&short(&kind), engine.as_ref());
        assert_eq!((&found.1, &found.2), (&task.1, &task.2), "{kind}");
        assert_eq!(found.0.clean, task.0.clean);
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn adversarial_training_keeps_more_under_attack_than_task_matching() {
    let engine = ort();
    let robust = |stitch: &str, rest: &str| {
        let attack = "[attack]\neps = \"0.03\"\nsteps = 10\nstart = \"clean\"\n";
        let mut tried = short(&format!("init = \"random\"\n{stitch}{attack}{rest}"));
        tried.stitch.epochs = 12;
        (tried.front, tried.end) = (DonorRef::new("zoo:fashion-standard-a"), DonorRef::new("zoo:fashion-robust-a"));
        cell(&tried, engine.as_ref()).0.robust.unwrap().correct
    };
    let hardened = robust("train = \"adversarial\"\n", "[train_attack]\neps = \"0.03\"\nsteps = 5\n");
    let plain = robust("train = \"task\"\n", "");
    assert!(hardened > plain + 3, "{hardened} and {plain} of 60");
}

/// What is kept is the stitch after the pass that it names, to the bit, and a training without a better pass ends.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn held_out_images_say_when_to_stop() {
    let engine = ort();
    let with = |epochs: usize, keys: &str| {
        let mut recipe = short(&format!("validation = 0.25\n{keys}"));
        recipe.stitch.epochs = epochs;
        cell(&recipe, engine.as_ref())
    };
    // A quarter of 240 images is held out, so that three batches of 60 are left.
    let long = with(8, "init = \"random\"\ntrain = \"task\"\npatience = 8\n");
    let kept = long.0.stitch.kept.unwrap();
    assert!(kept > 0 && kept <= 8 && long.2.len() == 8 * 3, "{kept} {:?}", long.2);
    let exact = with(kept, "init = \"random\"\ntrain = \"task\"\npatience = 8\n");
    assert_eq!((&exact.1, exact.0.stitch.kept), (&long.1, Some(kept)));
    // Steps that are far too long: the start is kept, and patience ends the training.
    let wild = with(8, "train = \"task\"\npatience = 2\noptimizer = \"sgd\"\nweight_decay = 1e6\n");
    assert_eq!((wild.0.stitch.kept, wild.2.len()), (Some(0), 2 * 3), "{:?}", wild.2);
    assert_eq!(wild.0.clean, wild.0.direct.clean);
    let adapted = with(2, "train = \"task\"\nform = \"bn-conv-bn\"\n");
    assert!(adapted.0.stitch.kept.is_some_and(|kept| kept <= 2));
    assert_eq!(cell(&short("train = \"task\"\n"), engine.as_ref()).0.stitch.kept, None);
}

/// Two stages, each with as many steps as it says, and each alone is the simpler training to the bit.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn final_features_come_first_and_labels_second() {
    let engine = ort();
    let with = |keys: &str| cell(&short(&format!("init = \"random\"\n{keys}")), engine.as_ref());
    let both = with("train = \"final\"\nmatch_epochs = 2\n");
    assert_eq!(both.2.len(), 8 + 12, "two passes that match and three that learn labels");
    assert!(both.2[7] < both.2[0] && both.2[19] < both.2[8], "both stages lower their own loss: {:?}", both.2);
    let task = with("train = \"task\"\n");
    let second = with("train = \"final\"\nmatch_epochs = 0\n");
    assert_eq!((&second.1, &second.2), (&task.1, &task.2));
    assert_eq!(second.0.clean, task.0.clean);
    let mut first = short("init = \"random\"\ntrain = \"final\"\nmatch_epochs = 2\n");
    first.stitch.epochs = 0;
    let first = cell(&first, engine.as_ref());
    assert_eq!(first.2, both.2[..8]);
    assert_ne!(first.1, both.1);
}

/// Where the end is cut before its last layer, its final features are those at the tap.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn at_the_last_tap_final_features_are_the_taps_own() {
    let engine = ort();
    let at = |stitch: &str, epochs: usize| {
        let taps = "[taps]\npairs = [[\"flatten\", \"flatten\"]]\n[stitch]\ninit = \"random\"\nbatch = 60\nlr = 1e-2\n";
        let mut recipe = recipe(240, 60, &format!("{taps}{stitch}"));
        recipe.stitch.epochs = epochs;
        cell(&recipe, engine.as_ref())
    };
    let (matched, last) = (at("train = \"match\"\n", 2), at("train = \"final\"\nmatch_epochs = 2\n", 0));
    assert_eq!((&matched.1, &matched.2), (&last.1, &last.2));
}

/// A network that learns its own outputs from the identity has nothing to learn.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_networks_own_outputs_are_no_news() {
    let engine = ort();
    for kind in ["train = \"soft\"\n", "train = \"fula\"\n", "train = \"match\"\n", "train = \"final\"\n"] {
        let mut own = short(&format!("init = \"identity\"\noptimizer = \"sgd\"\n{kind}"));
        own.front = own.end.clone();
        if kind.contains("final") {
            own.stitch.epochs = 0;
        }
        let (cell, _, losses) = cell(&own, engine.as_ref());
        assert!(losses.iter().all(|l| l.abs() < 1e-6), "{kind}: {losses:?}");
        assert_eq!(cell.agreement.same, 60, "{kind}");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn bounded_forms_are_what_they_say() {
    let engine = ort();
    let of = |stitch: &str| {
        let (cell, weights, _) = cell(&short(&format!("train = \"none\"\n{stitch}")), engine.as_ref());
        (cell, weights)
    };
    let (cell, turned) = of("form = \"orthogonal\"\n");
    assert_eq!((cell.stitch.form.as_str(), cell.clean), ("orthogonal", cell.direct.clean));
    for (i, j) in [(0, 0), (0, 1), (3, 5), (7, 7)] {
        let row = |r: usize| &turned.weight[r * turned.input..(r + 1) * turned.input];
        let dot: f32 = row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum();
        assert!((dot - f32::from(u8::from(i == j))).abs() < 1e-4, "{i} {j}: {dot}");
    }
    let (_, chosen) = of("form = \"permutation\"\n");
    let (_, begun) = of("init = \"permutation\"\n");
    assert_eq!(chosen.weight, begun.weight);
    for row in chosen.weight.chunks(chosen.input) {
        assert_eq!((row.iter().filter(|w| **w == 1.0).count(), row.iter().sum::<f32>()), (1, 1.0));
    }
    let residual = |rank: usize| of(&format!("form = \"low-rank\"\nrank = {rank}\n")).0.direct.residual;
    let (one, four, all) = (residual(1), residual(4), of("").0.direct.residual);
    assert!(one > four && four > all, "{one} {four} {all}");
    assert_eq!(of("mask = \"identity\"\n").1.weight.iter().filter(|w| **w != 0.0).count(), chosen.out);
    assert!(of("init = \"zeros\"\n").1.weight.iter().all(|w| *w == 0.0));
}

/// Views change what is learnt, and the cache does not: it is left out where images change.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn views_are_seen_whatever_the_cache() {
    let engine = ort();
    let fixed = cell(&short("train = \"task\"\n"), engine.as_ref()).1;
    let with = |mib: usize| {
        let mut viewed = short("train = \"task\"\nflip = true\n");
        viewed.run.cache_mib = mib;
        cell(&viewed, engine.as_ref()).1
    };
    assert_ne!(with(2048), fixed);
    assert_eq!(with(2048), with(0));
}

/// Two steps of every kind against the oracle. Plain descent: Adam would blow rounding of vanishing gradients up.
fn trains_as_the_oracle_does(engine: &dyn Engine) {
    let attack = "[train_attack]\neps = \"0.1\"\nsteps = 1\nnorm = \"l2\"\n";
    let kinds = [
        "train = \"task\"\nl1 = 0.1\nweight_decay = 0.01\n".to_owned(),
        "train = \"soft\"\nteacher = \"both\"\ntemperature = 2\n".to_owned(),
        "train = \"match\"\n".to_owned(),
        "train = \"match\"\ndistance = \"cka\"\n".to_owned(),
        "train = \"fula\"\n".to_owned(),
        "train = \"final\"\nmatch_epochs = 1\n".to_owned(),
        "train = \"task\"\nform = \"low-rank\"\nrank = 4\n".to_owned(),
        "train = \"task\"\nform = \"bn-conv-bn\"\n".to_owned(),
        "train = \"task\"\nbatchnorm = \"adapted\"\n".to_owned(),
        format!("train = \"adversarial\"\n{attack}share = 0.5\n"),
        format!("train = \"trades\"\n{attack}"),
    ];
    for kind in kinds {
        let few = format!(
            "{TAPS}[stitch]\ninit = \"random\"\noptimizer = \"sgd\"\nepochs = 1\nbatch = 10\nlr = 0.01\n{kind}"
        );
        // A front of many more channels than images needs positions to be determined.
        let few = recipe(20, 4, &few);
        let (found, expected) = (cell(&few, engine), cell(&few, oracle().as_ref()));
        let numbers = |w: &Weights| w.weight.iter().chain(&w.bias).map(|v| f64::from(*v)).collect::<Vec<_>>();
        assert!(Tolerance::Network.accepts(&numbers(&found.1), &numbers(&expected.1)), "{kind}");
        let losses = |l: &[f32]| l.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
        assert!(
            Tolerance::Network.accepts(&losses(&found.2), &losses(&expected.2)),
            "{kind}: {:?} {:?}",
            found.2,
            expected.2
        );
        assert_ne!(found.1, Weights::random(found.1.out, found.1.input, 0), "{kind}");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn onnx_runtime_trains_as_the_oracle_does() {
    let engine = ort();
    trains_as_the_oracle_does(engine.as_ref());
}

#[test]
fn the_processor_alone_trains_as_the_oracle_does() {
    trains_as_the_oracle_does(&Processor::new());
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn a_graphics_processor_trains_as_the_oracle_does() {
    let engine = adapter(ADAPTERS[0], Tuning::ForAdapter);
    trains_as_the_oracle_does(engine.as_ref());
}
