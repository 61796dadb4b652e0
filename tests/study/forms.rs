//! Forms of stitches: what joins unequal shapes, each through a whole small study, and networks stitched to themselves.

use bytes::Bytes;
use stitchscope_core::engine::Engine;
use stitchscope_core::engine::wgpu::Tuning;
use stitchscope_core::graph::{Builder, Graph, GraphError, ValueId, translate};
use stitchscope_core::onnx::{self, WriteOptions};
use stitchscope_core::platform::block_on;
use stitchscope_core::recipe::Recipe;
use stitchscope_core::report::{Cell, Counts};
use stitchscope_core::stitch;
use stitchscope_core::study::{self, Event, FileSources, Flow, Memory, Network, Plan, Shelf, Store, StudyError};
use stitchscope_core::{data::Images, rewrite};
use stitchscope_tests::{ADAPTERS, adapter_unless_left_out, ort};

use crate::bench::{Zoo, oracle, recipe, run_observed};

/// The zoo, one of its networks with tokens in place of a map for a moment, and one without BatchNorm.
pub struct Wards;

impl Shelf for Wards {
    fn model(&self, name: &str) -> Option<Bytes> {
        match name {
            "tokens" => Some(detour(false)),
            "class-tokens" => Some(detour(true)),
            "folded" => {
                let folded = rewrite::simplify(&donor("fashion-robust-a").graph).unwrap();
                Some(onnx::write(&folded, &WriteOptions::named("folded")).unwrap().into())
            }
            other => Zoo.model(other),
        }
    }

    fn images(&self, name: &str) -> Result<Option<Images>, StudyError> {
        Zoo.images(name)
    }

    fn names(&self) -> Vec<String> {
        Zoo.names()
    }
}

/// The end donor of the tests; what leaves layer3.0 becomes tokens, under the tensor name `tokens`, and a map again.
fn detour(class: bool) -> Bytes {
    let network = donor("fashion-robust-a");
    let place = network.taps[network.tap("layer3.0.relu").unwrap()].value;
    let graph = translate(&network.graph, |b, node, inputs| {
        if !node.outputs.contains(&place) {
            return Ok(None);
        }
        let map = b.apply_named(&node.name, node.op.clone(), inputs, &[])?[0];
        Ok(Some(vec![there_and_back(b, map, class)?]))
    });
    onnx::write(&graph.unwrap(), &WriteOptions::named("detour")).unwrap().into()
}

fn there_and_back(b: &mut Builder, map: ValueId, class: bool) -> Result<ValueId, GraphError> {
    let shape = b.ty(map).shape.clone();
    let flat = b.reshape(map, &[shape[0], shape[1], 16.into()])?;
    let patches = b.transpose(flat, &[0, 2, 1])?;
    let mean = b.reduce_mean(patches, &[1], true)?;
    let all = if class { b.concat(&[mean, patches], 1)? } else { patches };
    // An activation ends a block, and tokens of an activation are not below 0.
    let tokens =
        b.apply_named("blocks.0.act", stitchscope_core::ops::relu::Relu.into(), &[all], &["tokens".to_owned()])?[0];
    let kept = b.slice(tokens, 1, usize::from(class), 16)?;
    let turned = b.transpose(kept, &[0, 2, 1])?;
    b.reshape(turned, &shape)
}

pub fn donor(name: &str) -> Network {
    let bytes = Zoo.model(name).unwrap();
    Network::new(name, &onnx::read(bytes, name, &onnx::external::none).unwrap()).unwrap()
}

pub fn plan(recipe: &Recipe) -> Plan {
    Plan::load(recipe, &FileSources { shelf: &Wards }).unwrap()
}

/// The first cell of a study, the file of its stitch, and the loss of every step.
pub fn cell(recipe: &Recipe, engine: &dyn Engine) -> (Cell, Vec<u8>, Vec<f32>) {
    let store = Memory::default();
    let mut losses = Vec::new();
    let hear = &mut |event: &Event| {
        losses.extend(if let Event::Progress(work) = event { work.loss } else { None });
        Flow::Continue
    };
    let report = run_observed(&plan(recipe), engine, &store, hear).unwrap();
    let file = store.get("stitches/cell-0.safetensors").unwrap().unwrap();
    (report.cells[0].clone(), file, losses)
}

/// What the stitched network that the files give counts: the export is the network that was measured.
pub fn restored(recipe: &Recipe, cell: &Cell, file: &[u8], engine: &dyn Engine) -> Counts {
    let plan = plan(recipe);
    let taps = (cell.front_tap.as_str(), cell.end_tap.as_str());
    let graph = study::restored(recipe, (&plan.front, &plan.end), taps, file).unwrap();
    // Once through the format that people get.
    let bytes = onnx::write(&graph, &WriteOptions::named("stitched")).unwrap();
    let graph: Graph = onnx::read(bytes.into(), "stitched", &onnx::external::none).unwrap().graph;
    let program = block_on(engine.compile(&rewrite::simplify(&graph).unwrap())).unwrap();
    let all = block_on(study::evaluate(engine, &program, &plan.test, 30, &mut |_| Ok(()))).unwrap();
    all[0].counts(&plan.test.labels)
}

/// One pair, and what its stitch is like.
pub fn of(images: usize, pair: [&str; 2], stitch: &str) -> Recipe {
    recipe(images, 60, &format!("[taps]\npairs = [[{:?}, {:?}]]\n[stitch]\n{stitch}", pair[0], pair[1]))
}

pub fn with_itself(mut recipe: Recipe) -> Recipe {
    recipe.front = recipe.end.clone();
    recipe
}

pub fn between(mut recipe: Recipe, front: &str, end: &str) -> Recipe {
    recipe.front.model = format!("zoo:{front}");
    recipe.end.model = format!("zoo:{end}");
    recipe
}

pub const STEPS: &str = "train = \"task\"\nepochs = 3\nbatch = 60\nlr = 1e-2\n";
pub const NO_STEPS: &str = "train = \"none\"\n";

pub fn learns(losses: &[f32], what: &str) {
    let half = losses.len() / 2;
    let mean = |range: &[f32]| range.iter().sum::<f32>() / range.len() as f32;
    assert!(half > 0 && mean(&losses[half..]) < mean(&losses[..half]), "{what}: {losses:?}");
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn unequal_sizes_are_joined_and_learn() {
    let engine = ort();
    for pair in [["layer1.0.relu", "layer3.0.relu"], ["layer3.0.relu", "layer2.1.relu"]] {
        for by in ["bilinear", "nearest"] {
            let found = ["before", "after"].map(|at| {
                let recipe = of(240, pair, &format!("resize = \"{by}\"\nresize_at = \"{at}\"\n{STEPS}"));
                let (cell, file, losses) = cell(&recipe, engine.as_ref());
                learns(&losses, &format!("{pair:?} {by} {at}"));
                assert_eq!(restored(&recipe, &cell, &file, engine.as_ref()), cell.clean);
                (cell, losses)
            });
            // The same map: the same direct matching to the bit, and steps that differ in rounding alone.
            let [(before, first), (after, second)] = &found;
            assert_eq!((before.direct.residual, before.cka), (after.direct.residual, after.cka));
            assert!((first[0] - second[0]).abs() < 1e-3 * first[0].abs(), "{first:?} {second:?}");
            assert!(before.direct.residual < 1.0, "{pair:?} {by}: {before:?}");
        }
    }
}

#[test]
fn a_map_of_all_pairs_gets_whole_with_a_resize() {
    let with = |stitch: &str| plan(&recipe(40, 10, &format!("[taps]\npairs = \"all\"\n[stitch]\n{stitch}")));
    let whole = with("resize = \"nearest\"\n");
    assert_eq!((whole.pairs.len(), whole.notes.len()), (49, 0));
    let part = with("");
    assert_eq!(part.pairs.len(), 17);
    assert!(part.notes[0].contains("32 pairs") && part.notes[0].contains("resize = \"bilinear\""), "{:?}", part.notes);
}

/// Both orders of seeing a tap, with and without a change of size, from one pass and its caches.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn pairs_of_equal_and_unequal_sizes_share_a_pass() {
    let engine = ort();
    let list = "pairs = [[\"layer2.0.relu\", \"layer3.0.relu\"], [\"layer2.0.relu\", \"layer2.1.relu\"]]";
    let both =
        recipe(120, 30, &format!("[taps]\n{list}\n[stitch]\nresize = \"bilinear\"\nresize_at = \"after\"\n{STEPS}"));
    let report = run_observed(&plan(&both), engine.as_ref(), &Memory::default(), &mut |_| Flow::Continue).unwrap();
    for (index, pair) in
        [["layer2.0.relu", "layer3.0.relu"], ["layer2.0.relu", "layer2.1.relu"]].into_iter().enumerate()
    {
        let mut alone = of(120, pair, &format!("resize = \"bilinear\"\nresize_at = \"after\"\n{STEPS}"));
        alone.data.test_images = Some(30);
        alone.run.cache_mib = if index == 0 { 0 } else { 2048 };
        let (alone, _, _) = cell(&alone, engine.as_ref());
        let shared = &report.cells[index];
        assert_eq!((shared.direct, shared.clean, shared.cka), (alone.direct, alone.clean, alone.cka), "{pair:?}");
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn a_dense_stitch_is_itself_between_a_network_and_itself() {
    let engine = ort();
    // 48 features: more images determine them, fewer are only fitted.
    let own = with_itself(of(200, ["avgpool", "avgpool"], &format!("form = \"dense\"\n{NO_STEPS}")));
    let (cell_of, file, _) = cell(&own, engine.as_ref());
    assert_eq!(
        (cell_of.stitch.form.as_str(), cell_of.agreement.same, cell_of.flags.len()),
        ("dense", 60, 0),
        "{cell_of:?}"
    );
    assert!(cell_of.direct.residual < 1e-6 && cell_of.cka > 0.999_999, "{cell_of:?}");
    assert_eq!(restored(&own, &cell_of, &file, engine.as_ref()), cell_of.clean);
    let few = with_itself(of(40, ["avgpool", "avgpool"], &format!("form = \"dense\"\n{NO_STEPS}")));
    let (few, _, _) = cell(&few, engine.as_ref());
    assert!(few.direct.residual < 1e-4 && few.flags.iter().any(|f| f.contains("smallest norm")), "{few:?}");
    assert!(few.agreement.same > 40, "{few:?}");
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn dense_stitches_join_what_nothing_else_does_and_learn() {
    let engine = ort();
    // The features of a map are many: one such pair is enough for a test.
    for (pair, trains) in [(["avgpool", "layer3.1.relu"], 1), (["avgpool", "avgpool"], 3)] {
        for train in
            [STEPS.to_owned(), STEPS.replace("task", "match"), STEPS.replace("task", "fula")].into_iter().take(trains)
        {
            let recipe = of(240, pair, &format!("form = \"dense\"\ninit = \"random\"\n{train}"));
            let (cell, file, losses) = cell(&recipe, engine.as_ref());
            learns(&losses, &format!("{pair:?} {train}"));
            assert_eq!(restored(&recipe, &cell, &file, engine.as_ref()), cell.clean);
        }
    }
    let far = of(40, ["layer3.0.relu", "layer1.0.relu"], &format!("form = \"dense\"\n{NO_STEPS}"));
    assert_eq!(plan(&far).pairs.len(), 1);
}

/// A map as tokens and back is the same network, so both ways are the identity, class token or not.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn tokens_and_maps_of_one_network_are_stitched_by_the_identity() {
    let engine = ort();
    let own = "fashion-robust-a";
    for (front, end, pair, form) in [
        (own, "tokens", ["layer3.0.relu", "tokens"], "conv-to-tokens"),
        (own, "class-tokens", ["layer3.0.relu", "tokens"], "conv-to-tokens"),
        ("tokens", own, ["tokens", "layer3.0.relu"], "tokens-to-conv"),
        ("class-tokens", own, ["tokens", "layer3.0.relu"], "tokens-to-conv"),
        ("tokens", "class-tokens", ["tokens", "tokens"], "token-linear"),
        ("class-tokens", "class-tokens", ["tokens", "tokens"], "token-linear"),
    ] {
        let recipe = between(of(120, pair, NO_STEPS), front, end);
        let (cell, file, _) = cell(&recipe, engine.as_ref());
        assert_eq!((cell.stitch.form.as_str(), cell.agreement.same), (form, 60), "{front} {end}");
        assert!(cell.direct.residual < 1e-6, "{front} {end}: {cell:?}");
        assert_eq!(restored(&recipe, &cell, &file, engine.as_ref()), cell.clean);
    }
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn tokens_and_maps_of_other_sizes_learn() {
    let engine = ort();
    for (front, end, pair) in [
        ("fashion-standard-a", "class-tokens", ["layer2.0.relu", "tokens"]),
        ("class-tokens", "fashion-robust-a", ["tokens", "layer2.0.relu"]),
    ] {
        for at in ["before", "after"] {
            let stitch = format!("resize = \"bilinear\"\nresize_at = \"{at}\"\n{}", STEPS.replace("task", "match"));
            let recipe = between(of(240, pair, &format!("init = \"random\"\n{stitch}")), front, end);
            let (cell, file, losses) = cell(&recipe, engine.as_ref());
            learns(&losses, &format!("{front} {end} {at}"));
            assert_eq!(restored(&recipe, &cell, &file, engine.as_ref()), cell.clean);
        }
    }
}

/// The oracle and a graphics processor do every form's step as ONNX Runtime does.
#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn engines_agree_on_forms() {
    let engine = ort();
    for (pair, stitch) in [
        (["layer3.0.relu", "layer2.1.relu"], "resize = \"bilinear\"\nresize_at = \"after\"\n"),
        (["avgpool", "avgpool"], "form = \"dense\"\n"),
        (["layer3.0.relu", "layer3.0.relu"], "form = \"bn-conv-bn\"\n"),
        (["layer3.0.relu", "layer3.1.relu"], "batchnorm = \"adapted\"\n"),
    ] {
        let stitch = format!("{stitch}init = \"random\"\noptimizer = \"sgd\"\nepochs = 1\nbatch = 10\nlr = 1e-2\n");
        let mut few = of(20, pair, &stitch);
        few.data.test_images = Some(4);
        let of = |engine: &dyn Engine| {
            let (_, file, _) = cell(&few, engine);
            let (weights, adapted) = (stitch::read(&file).unwrap(), stitch::read_adapted(&file).unwrap());
            let numbers = weights.weight.into_iter().chain(weights.bias);
            let moved = adapted.front.into_iter().chain(adapted.end).flat_map(|r| [r.mean, r.variance]).flatten();
            numbers.chain(moved).map(f64::from).collect::<Vec<_>>()
        };
        let expected = of(oracle().as_ref());
        let close = |found: &[f64]| stitchscope_core::tensor::Tolerance::Network.accepts(found, &expected);
        assert!(close(&of(engine.as_ref())), "{pair:?}");
        if let Some(processor) = adapter_unless_left_out(ADAPTERS[0], Tuning::ForAdapter) {
            assert!(close(&of(processor.as_ref())), "{pair:?} on a graphics processor");
        }
    }
}
