//! Statistics of batches while a stitch is trained: in the stitch (`bn-conv-bn`) and in the donors (`batchnorm = "adapted"`).

use stitchscope_core::platform::block_on;
use stitchscope_core::study::{FileSources, Network, Plan};
use stitchscope_core::{rewrite, stitch};
use stitchscope_tests::ort;

use crate::forms::{NO_STEPS, STEPS, Wards, between, cell, learns, of, plan, restored, with_itself};

/// Between two BatchNorms that know what they will see, a stitch begins as direct matching, in a step as in evaluation.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_stitch_between_normalisations_begins_at_direct_matching() {
    let engine = ort();
    let pair = ["layer3.0.relu", "layer3.0.relu"];
    let own = with_itself(of(120, pair, &format!("form = \"bn-conv-bn\"\n{NO_STEPS}")));
    let (still, _, _) = cell(&own, engine.as_ref());
    assert_eq!((still.stitch.form.as_str(), still.agreement.same), ("bn-conv-bn", 60));
    // One batch of all images has just the statistics that were seen.
    let step = "train = \"task\"\nepochs = 1\nbatch = 120\n";
    let first = ["bn-conv-bn", "conv1x1"].map(|form| {
        let (_, _, losses) = cell(&of(120, pair, &format!("form = \"{form}\"\n{step}")), engine.as_ref());
        f64::from(losses[0])
    });
    assert!((first[0] - first[1]).abs() < 1e-3 * first[1], "{first:?}");
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn stitches_between_normalisations_learn() {
    let engine = ort();
    for rest in [
        "init = \"random\"\n",
        "init = \"direct\"\n",
        "init = \"random\"\nresize = \"nearest\"\nresize_at = \"after\"\n",
    ] {
        let pair = ["layer3.0.relu", if rest.contains("resize") { "layer2.1.relu" } else { "layer3.0.relu" }];
        let recipe = of(240, pair, &format!("form = \"bn-conv-bn\"\n{rest}{STEPS}"));
        let (cell, file, losses) = cell(&recipe, engine.as_ref());
        learns(&losses, rest);
        assert!(cell.clean.correct > 20, "{rest}: {:?}", cell.clean);
        assert_eq!(restored(&recipe, &cell, &file, engine.as_ref()), cell.clean, "{rest}");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn adapted_donors_learn_are_kept_and_are_exported() {
    let engine = ort();
    let attack = "[train_attack]\neps = \"0.1\"\nsteps = 2\n";
    let mut seen = Vec::new();
    for train in [
        STEPS.to_owned(),
        STEPS.replace("task", "soft"),
        STEPS.replace("task", "fula"),
        format!("form = \"bn-conv-bn\"\n{STEPS}"),
        format!("{}{attack}", STEPS.replace("task", "adversarial")),
        format!("{}{attack}", STEPS.replace("task", "trades")),
    ] {
        let recipe = of(
            240,
            ["layer3.0.relu", "layer3.0.relu"],
            &format!("init = \"random\"\nbatchnorm = \"adapted\"\n{train}"),
        );
        let (cell, file, losses) = cell(&recipe, engine.as_ref());
        learns(&losses, &train);
        assert_eq!(restored(&recipe, &cell, &file, engine.as_ref()), cell.clean, "{train}");
        let (adapted, donors) = (stitch::read_adapted(&file).unwrap(), plan(&recipe));
        let own = |n: &Network| rewrite::running(&n.graph);
        for (moved, network) in [(&adapted.front, &donors.front), (&adapted.end, &donors.end)] {
            assert!(!moved.is_empty(), "{train}");
            for found in moved {
                let old = own(network).into_iter().find(|r| r.node == found.node).unwrap();
                assert!(old.mean != found.mean && old.variance != found.variance, "{train}: {}", found.node);
                assert!(found.variance.iter().all(|v| *v >= 0.0 && v.is_finite()), "{train}: {}", found.node);
            }
        }
        assert!(!seen.contains(&adapted), "{train}");
        seen.push(adapted);
    }
    // Both halves are whole: no BatchNorm of the donors' is in neither.
    let both = plan(&of(60, ["layer3.0.relu", "layer3.0.relu"], ""));
    assert!(seen[0].front.len() < rewrite::running(&both.front.graph).len());
    assert_eq!(seen[0].front.len() + seen[0].end.len(), rewrite::running(&both.front.graph).len());
}

/// One step on one batch: the first BatchNorm's running mean is nine tenths of the old one and a tenth of the batch's.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn adapted_statistics_follow_the_batches() {
    let engine = ort();
    let step = "batchnorm = \"adapted\"\ntrain = \"task\"\nepochs = 1\nbatch = 40\n";
    let recipe = of(40, ["layer3.0.relu", "layer3.0.relu"], step);
    let (_, file, _) = cell(&recipe, engine.as_ref());
    let plan = plan(&recipe);
    let old = rewrite::running(&plan.front.graph).remove(0);
    let moved = stitch::read_adapted(&file).unwrap().front.into_iter().find(|r| r.node == old.node).unwrap();
    // What goes into it, of all images at once.
    let graph = &plan.front.graph;
    let node = graph.nodes().iter().find(|n| n.name == old.node).unwrap();
    let before = stitchscope_core::graph::extract(graph, graph.inputs(), &[("before", node.inputs[0])]).unwrap();
    let images =
        stitchscope_core::tensor::Tensor::f32(&[40, 1, 28, 28], plan.train.pixels_f32(&(0..40).collect::<Vec<_>>()));
    let program = block_on(engine.compile(&before)).unwrap();
    let input = block_on(engine.upload(&images.unwrap())).unwrap();
    let found = block_on(engine.read(&block_on(program.run(&[&input])).unwrap()[0])).unwrap();
    let (values, channels) = (found.to_f64(), found.shape()[1]);
    let places = found.shape()[2] * found.shape()[3];
    for c in 0..channels {
        let own: Vec<f64> =
            values.iter().enumerate().filter(|(i, _)| i / places % channels == c).map(|(_, v)| *v).collect();
        let n = own.len() as f64;
        let mean = own.iter().sum::<f64>() / n;
        let variance = own.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let near =
            |found: f32, old: f32, new: f64| (f64::from(found) - (0.9 * f64::from(old) + 0.1 * new)).abs() < 1e-5;
        assert!(
            near(moved.mean[c], old.mean[c], mean) && near(moved.variance[c], old.variance[c], variance),
            "channel {c}"
        );
    }
}

/// To the bit: without an attacked image, adversarial training of adapted donors is task matching.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn adapted_donors_without_an_attack_are_task_matching() {
    let engine = ort();
    let with = |train: &str| {
        let rest = format!("batchnorm = \"adapted\"\n{}", STEPS.replace("task", train));
        let attack = if train == "task" { "" } else { "[train_attack]\neps = \"0.1\"\nshare = 0.0\n" };
        let (_, file, losses) =
            cell(&of(120, ["layer3.0.relu", "layer3.0.relu"], &format!("{rest}{attack}")), engine.as_ref());
        (numbers(&file).to_vec(), losses)
    };
    assert_eq!(with("task"), with("adversarial"));
}

/// The tensors of a safetensors file without its header, which names the recipe.
fn numbers(file: &[u8]) -> &[u8] {
    let header = u64::from_le_bytes(file[..8].try_into().unwrap());
    &file[8 + usize::try_from(header).unwrap()..]
}

#[test]
fn folded_donors_are_told_to_keep_their_normalisation() {
    let pair = ["layer3.0.relu", "layer3.0.relu"];
    let adapted = between(of(60, pair, "batchnorm = \"adapted\"\n"), "fashion-robust-a", "folded");
    let said = Plan::load(&adapted, &FileSources { shelf: &Wards }).unwrap_err().to_string();
    for part in ["zoo:folded", "BatchNorm kept", "TrainingMode.PRESERVE", "zoo/export.py", "frozen"] {
        assert!(said.contains(part), "{said}");
    }
}
