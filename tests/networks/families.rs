//! The architectures that people bring: read, cut at the places they know, as PyTorch computes them, whole when stitched to
//! themselves.
//!
//! `families/make.py` makes each network at a small size with the exporter that users have, and notes PyTorch's results.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use stitchscope_core::cut::Tap;
use stitchscope_core::data::{Images, Parts, Pixels};
use stitchscope_core::engine::Engine;
use stitchscope_core::engine::reference::{Precision, evaluate};
use stitchscope_core::engine::wgpu::Tuning;
use stitchscope_core::rewrite::simplify;
use stitchscope_core::tensor::{Array, Data, Tensor, Tolerance};
use stitchscope_tests::{
    ADAPTERS, Failures, Fallible, adapter, close, image_batch, label_batch, network_file, ort, run,
};

use crate::donors::{Donor, noise};
use crate::gradient::{own_scale, with_gradient};
use crate::stitches::note_self_stitches;

/// A fixture and its block outputs in order.
type Family = (&'static str, &'static [&'static str]);

const FAMILIES: &[Family] = &[
    (
        "resnet",
        &["relu", "layer1.0.relu_1", "layer1.1.relu_1", "layer2.0.relu_1", "layer3.0.relu_1", "layer4.0.relu_1"],
    ),
    ("resnet-bottleneck", &["relu", "layer1.0.relu_2", "layer2.0.relu_2", "layer3.0.relu_2", "layer4.0.relu_2"]),
    ("resnet-cifar", &["relu", "layer1.0.relu", "layer2.0.relu", "layer3.0.relu", "layer4.0.relu"]),
    ("preactresnet", &["layer1.0.add", "layer1.1.add", "layer2.0.add", "layer3.0.add", "layer4.0.add"]),
    ("wideresnet", &["block1.layer.0.add", "block2.layer.0.add", "block3.layer.0.add"]),
    ("vgg", &["features.2", "features.6", "features.9", "classifier.1"]),
    (
        "densenet",
        &[
            "features.relu0",
            "features.denseblock1.concat",
            "features.denseblock2.concat",
            "features.denseblock3.concat",
        ],
    ),
    (
        "mobilenet-v2",
        &[
            "features.0.2",
            "features.1.add",
            "features.2.conv.3",
            "features.3.add",
            "features.4.conv.3",
            "features.5.add",
            "features.6.2",
        ],
    ),
    (
        "mobilenet-v3",
        &["features.0.2", "features.1.block.2.1", "features.2.block.2.1", "features.3.add", "features.4.2"],
    ),
    ("efficientnet", &["features.0.2", "features.1.0.add", "features.2.0.block.3.1", "features.2.1.add"]),
    ("convnext", &["features.1.0.add", "features.3.0.add", "features.3.1.add", "features.5.0.add"]),
    (
        "vit",
        &[
            "encoder.layers.encoder_layer_0.add",
            "encoder.layers.encoder_layer_0.add_1",
            "encoder.layers.encoder_layer_1.add",
            "encoder.layers.encoder_layer_1.add_1",
        ],
    ),
    (
        "swin",
        &[
            "features.1.0.add",
            "features.1.0.add_1",
            "features.1.1.add",
            "features.1.1.add_1",
            "features.3.0.add",
            "features.3.0.add_1",
            "features.3.1.add",
            "features.3.1.add_1",
        ],
    ),
    ("timm-resnet", &["act1", "layer1.0.act2", "layer2.0.act2", "layer3.0.act2", "layer4.0.act2"]),
    (
        "timm-convnext",
        &["stages.0.blocks.0.add", "stages.1.blocks.0.add", "stages.2.blocks.0.add", "stages.3.blocks.0.add"],
    ),
    ("timm-vit", &["blocks.0.add", "blocks.0.add_1", "blocks.1.add", "blocks.1.add_1"]),
    (
        "timm-swin",
        &[
            "layers.0.blocks.0.add",
            "layers.0.blocks.0.add_1",
            "layers.0.blocks.1.add",
            "layers.0.blocks.1.add_1",
            "layers.1.blocks.0.add",
            "layers.1.blocks.0.add_1",
            "layers.1.blocks.1.add",
            "layers.1.blocks.1.add_1",
        ],
    ),
];

/// Those that a software adapter is tried with: branches side by side, gates, and attention.
const ON_A_SOFTWARE_ADAPTER: &[&str] = &["densenet", "mobilenet-v3", "vit"];

/// A network with PyTorch's results on its images.
struct Fixture {
    donor: Donor,
    /// `[N, classes]`, in f64.
    logits: Array,
    /// Of the summed cross-entropy by the image, `[N, C, H, W]`; computed in f64.
    gradient: Array,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("networks/families").join(name)
}

fn fixture(name: &'static str) -> Fallible<Fixture> {
    let bytes = std::fs::read(file(&format!("{name}.safetensors")))?;
    let golden = SafeTensors::deserialize(&bytes)?;
    let (image, label) = (golden.tensor("image")?, golden.tensor("label")?);
    let &[_, channels, rows, columns] = image.shape() else { return Err("images have four axes".into()) };
    let own = || format!("{name}'s own");
    let images = Images::new(Parts {
        name: own(),
        images_file: own(),
        labels_file: own(),
        shape: [channels, rows, columns],
        pixels: Pixels::U8(image.data().to_vec()),
        labels: label.data().chunks(8).map(|bytes| u32::from(bytes[0])).collect(),
        classes: Vec::new(),
    })?;
    let graph = network_file(&file(&format!("{name}.onnx")))?;
    Ok(Fixture {
        donor: Donor { name, graph, images },
        logits: doubles(&golden.tensor("logits")?)?,
        gradient: floats(&golden.tensor("gradient")?)?,
    })
}

fn doubles(view: &TensorView<'_>) -> Fallible<Array> {
    let values = view.data().as_chunks::<8>().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect::<Vec<_>>();
    Ok(Tensor::new(view.shape(), Data::F64(values.into()))?.to_array())
}

fn floats(view: &TensorView<'_>) -> Fallible<Array> {
    let values = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect::<Vec<_>>();
    Ok(Tensor::f32(view.shape(), values)?.to_array())
}

fn block_outputs(donor: &Donor) -> Fallible<Vec<Tap>> {
    Ok(donor.taps()?.into_iter().filter(|tap| tap.block_output).collect())
}

/// Logits and gradient on `engine` against PyTorch's.
fn agrees_with_pytorch(fixture: &Fixture, engine: &Rc<dyn Engine>) -> Fallible {
    let graph = simplify(&with_gradient(&fixture.donor.graph)?)?;
    let arguments = [image_batch(&fixture.donor.images)?, label_batch(&fixture.donor.images)];
    let found = run(engine, &graph, &arguments)?;
    close(&found[0], &fixture.logits, Tolerance::Network, "logits")?;
    close(&found[2], &fixture.gradient, Tolerance::Network, "gradient")?;
    own_scale(&found[2], &fixture.gradient, Tolerance::Network)
}

#[test]
fn every_family_can_be_cut_where_its_blocks_end() -> Fallible {
    let mut failures = Failures::default();
    for (name, expected) in FAMILIES {
        let blocks = block_outputs(&fixture(name)?.donor)?;
        let found: Vec<&str> = blocks.iter().map(|tap| tap.name.as_str()).collect();
        let same = found == *expected;
        failures.note(name, if same { Ok(()) } else { Err(format!("its blocks end at {found:?}, not {expected:?}")) });
    }
    failures.settle();
    Ok(())
}

/// In f64 nothing hides: what is left are constants that the file rounds to f32, such as the root in a GELU.
#[test]
fn every_family_has_the_logits_and_gradients_of_pytorch() -> Fallible {
    let mut failures = Failures::default();
    for (name, _) in FAMILIES {
        let check = || -> Fallible {
            let fixture = fixture(name)?;
            let graph = with_gradient(&fixture.donor.graph)?;
            let images = &fixture.donor.images;
            let arguments = [image_batch(images)?, label_batch(images)];
            let found = evaluate(&graph, &arguments, images.len(), Precision::Double)?;
            close(&found[0], &fixture.logits, Tolerance::Gradient, "logits")?;
            close(&found[2], &fixture.gradient, Tolerance::Gradient, "gradient")?;
            own_scale(&found[2], &fixture.gradient, Tolerance::Gradient)
        };
        failures.note(name, check());
    }
    failures.settle();
    Ok(())
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn onnx_runtime_computes_every_family_as_pytorch_does() -> Fallible {
    let engine = ort();
    let mut failures = Failures::default();
    for (name, _) in FAMILIES {
        failures.note(name, fixture(name).and_then(|fixture| agrees_with_pytorch(&fixture, &engine)));
    }
    failures.settle();
    Ok(())
}

#[test]
#[cfg_attr(without_adapters, ignore = "STITCHSCOPE_SKIP_WGPU=1 leaves out what needs a software adapter")]
fn a_graphics_processor_computes_families_as_pytorch_does() -> Fallible {
    let engine = adapter(ADAPTERS[0], Tuning::ForAdapter);
    let engine: Rc<dyn Engine> = engine;
    let mut failures = Failures::default();
    for name in ON_A_SOFTWARE_ADAPTER {
        failures.note(name, fixture(name).and_then(|fixture| agrees_with_pytorch(&fixture, &engine)));
    }
    failures.settle();
    Ok(())
}

#[test]
#[cfg_attr(without_ort, ignore = "STITCHSCOPE_SKIP_ORT=1 leaves out what needs ONNX Runtime")]
fn every_family_stitched_to_itself_is_itself() -> Fallible {
    let mut failures = Failures::default();
    for (name, _) in FAMILIES {
        let mut donor = fixture(name)?.donor;
        let [channels, rows, columns] = [donor.images.channels, donor.images.height, donor.images.width];
        donor.images = noise([channels, rows, columns], 160)?;
        let blocks = block_outputs(&donor)?;
        let few = [0, blocks.len() / 2, blocks.len() - 1];
        let mut taps: Vec<Tap> = few.iter().filter_map(|at| blocks.get(*at)).cloned().collect();
        taps.dedup_by(|a, b| a.name == b.name);
        note_self_stitches(&donor, &taps, &mut failures)?;
    }
    failures.settle();
    Ok(())
}
