//! Small models built message by message, broken in every way we could think of; and the real ones where they are at hand.

mod forms;
mod whole;

use proptest::prelude::*;
use prost::Message;

use super::*;
use crate::graph::dump;
use crate::onnx::external::none;
use crate::onnx::proto::{
    AttributeProto, Dimension, DimensionProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto, attribute as kind,
};
use crate::onnx::proto::{GraphProto, ModelProto};
use crate::onnx::tensor::encode;
use crate::tensor::{Dim, Tensor};

enum Size {
    Is(i64),
    Named(&'static str),
}
use Size::{Is, Named};

fn node(op_type: &str, name: &str, input: &[&str], output: &str) -> NodeProto {
    NodeProto {
        input: input.iter().map(|i| (*i).to_owned()).collect(),
        output: vec![output.to_owned()],
        name: name.to_owned(),
        op_type: op_type.to_owned(),
        ..NodeProto::default()
    }
}

fn int(mut node: NodeProto, name: &str, value: i64) -> NodeProto {
    node.attribute.push(AttributeProto {
        name: name.into(),
        i: Some(value),
        r#type: kind::INT,
        ..AttributeProto::default()
    });
    node
}

fn port(name: &str, sizes: Vec<Size>) -> ValueInfoProto {
    let dim = |s| match s {
        Is(value) => DimensionProto { value: Some(Dimension::Value(value)) },
        Named(name) => DimensionProto { value: Some(Dimension::Param(name.into())) },
    };
    let shape = TensorShapeProto { dim: sizes.into_iter().map(dim).collect() };
    let tensor = TensorTypeProto { elem_type: 1, shape: Some(shape) };
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { tensor_type: Some(tensor), ..TypeProto::default() }) }
}

/// image [N, 2, 3] -> flattened by its own shape -> product with a weight -> ReLU -> logits.
fn flattening() -> ModelProto {
    let ints = |name: &str, values: &[i64]| encode(name, &Tensor::indices(values));
    let zero = encode("zero", &Tensor::new(&[], crate::tensor::Data::I64(vec![0].into())).unwrap());
    let node_list = vec![
        node("Relu", "/relu/Relu", &["h"], "logits"),
        node("Shape", "", &["image"], "s"),
        node("Gather", "", &["s", "zero"], "n"),
        node("Unsqueeze", "", &["n", "axes"], "n1"),
        int(node("Concat", "", &["n1", "rest"], "target"), "axis", 0),
        node("Reshape", "/Reshape", &["image", "target"], "flat"),
        node("MatMul", "/fc/MatMul", &["flat", "copy"], "h"),
        node("Identity", "", &["fc.weight"], "copy"),
        node("Unheard", "dead", &["image"], "unused"),
    ];
    let graph = GraphProto {
        node: node_list,
        name: "g".into(),
        initializer: vec![
            zero,
            ints("axes", &[0]),
            ints("rest", &[-1]),
            encode("fc.weight", &Tensor::full(&[6, 2], 1.0)),
        ],
        input: vec![port("image", vec![Named("N"), Is(2), Is(3)]), port("fc.weight", vec![Is(6), Is(2)])],
        output: vec![port("logits", vec![Named("N"), Is(2)])],
        ..GraphProto::default()
    };
    ModelProto {
        ir_version: 8,
        producer_name: "test".into(),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }],
        ..ModelProto::default()
    }
}

fn load(model: &ModelProto) -> Result<Model, OnnxError> {
    read(model.encode_to_vec().into(), "net.onnx", &none)
}

/// The model after a change, and the message it must be refused with.
fn refused(change: impl FnOnce(&mut ModelProto, &mut GraphProto), says: &[&str]) {
    let mut model = flattening();
    let mut graph = model.graph.take().unwrap();
    change(&mut model, &mut graph);
    model.graph = Some(graph);
    let error = load(&model).unwrap_err().to_string();
    for part in says {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
}

#[test]
fn shape_arithmetic_disorder_and_dead_nodes_leave_a_plain_graph() {
    let model = load(&flattening()).unwrap();
    let text = dump(&model.graph);
    assert_eq!(model.graph.nodes().len(), 3, "{text}");
    assert!(text.contains("%flat: f32[N, 6]") && text.contains("%logits: f32[N, 2]"), "{text}");
    assert_eq!((model.producer.as_str(), model.opset), ("test", 17));
    assert!(model.warnings.is_empty());
}

#[test]
fn a_fixed_batch_becomes_free_where_the_network_allows_it() {
    let fixed = |target: &[i64]| {
        let mut model = flattening();
        let graph = model.graph.as_mut().unwrap();
        graph.input[0] = port("image", vec![Is(1), Is(2), Is(3)]);
        graph.node.retain(|n| n.op_type != "Concat");
        graph.initializer.push(encode("target", &Tensor::indices(target)));
        load(&model).unwrap()
    };
    // The exporter wrote the batch of its example image out; each image still becomes one row.
    for target in [[1, 6], [1, -1], [-1, 6]] {
        let free = fixed(&target);
        assert_eq!(free.graph.ty(free.graph.outputs()[0].value).shape[0], Dim::BATCH, "{target:?}");
        assert!(free.warnings.is_empty());
    }
    // A sum over the images has no meaning for another number of them: the batch stays, and the model says so.
    let mut model = flattening();
    let graph = model.graph.as_mut().unwrap();
    graph.input[0] = port("image", vec![Is(1), Is(2), Is(3)]);
    graph.node[0] = int(node("ReduceSum", "/sum", &["h", "axes"], "logits"), "keepdims", 1);
    let stuck = load(&model).unwrap();
    assert_eq!(stuck.graph.ty(stuck.graph.inputs()[0]).shape[0], Dim::ONE);
    assert!(stuck.origin.stuck.unwrap().contains("first dimension"));
}

#[test]
fn broken_graphs_are_refused_by_name_with_a_remedy() {
    refused(|_, g| g.node.clear(), &["net.onnx", "no nodes"]);
    refused(|_, g| g.output.clear(), &["no outputs"]);
    refused(|_, g| g.output[0].name = "nowhere".into(), &["`nowhere`", "export"]);
    refused(|m, _| m.opset_import[0].version = 5, &["operator set 5", "6 to 28", "opset_version"]);
    refused(|m, _| m.opset_import[0].version = 99, &["operator set 99"]);
    refused(|_, g| g.node[0].op_type = "Wiggle".into(), &["`/relu/Relu` (Wiggle)", "not supported"]);
    refused(|_, g| g.node[0].op_type = "If".into(), &["control flow"]);
    refused(|_, g| g.node[0].domain = "com.microsoft".into(), &["ONNX Runtime's optimiser"]);
    refused(|_, g| g.node[0].domain = "my.ops".into(), &["`my.ops`"]);
    refused(|_, g| g.node[0].input[0] = "ghost".into(), &["`/relu/Relu`", "`ghost`"]);
    refused(|_, g| g.node[6].input[0] = "logits".into(), &["cycle", "`/relu/Relu`", "`/fc/MatMul`"]);
    refused(|_, g| g.node[1].output[0] = "h".into(), &["`h` is defined twice"]);
    refused(|_, g| g.node[0].output[0] = "fc.weight".into(), &["`fc.weight` is defined twice"]);
    refused(|_, g| g.initializer.push(g.initializer[3].clone()), &["`fc.weight` is defined twice"]);
    refused(|_, g| g.initializer[3].dims = vec![5, 2], &["`fc.weight`", "48 are there"]);
    refused(|_, g| g.initializer[3] = encode("fc.weight", &Tensor::full(&[5, 2], 1.0)), &["`/fc/MatMul` (MatMul)"]);
    refused(
        |_, g| g.initializer[3] = encode("fc.weight", &Tensor::full(&[6, 2], f32::NAN)),
        &["`fc.weight`", "NaN", "index 0"],
    );
    refused(|_, g| g.input.clear(), &["0 inputs"]);
}

#[test]
fn inputs_that_are_no_image_are_refused_by_name() {
    refused(
        |_, g| g.input[0] = port("image", vec![Named("N"), Named("width"), Is(3)]),
        &["`image` [N, width, 3]", "dimension 1", "size = [rows, columns]"],
    );
    refused(|_, g| g.input.push(port("mask", vec![Is(1)])), &["2 inputs", "image, mask"]);
    refused(|_, g| g.input[0] = port("image", vec![Named("N")]), &["1 dimensions"]);
    refused(|_, g| g.input[0].r#type = None, &["`image`", "shape"]);
    refused(
        |_, g| {
            if let Some(t) = g.input[0].r#type.as_mut().and_then(|t| t.tensor_type.as_mut()) {
                t.elem_type = 7;
            }
        },
        &["int64 elements", "must be floats"],
    );
}

#[test]
fn other_files_are_recognised() {
    let says = |bytes: &[u8]| read(Bytes::copy_from_slice(bytes), "f.onnx", &none).unwrap_err().to_string();
    assert!(says(b"").contains("f.onnx is not an ONNX model: it is empty"));
    assert!(says(b"PK\x03\x04rest").contains("zip"));
    assert!(says(b"version https://git-lfs.github.com/spec/v1").contains("git lfs pull"));
    assert!(says(&[0; 64]).contains("not an ONNX model"));
    assert!(says(b"hello world").contains("not an ONNX model"));
    assert!(says(&[8, 8]).contains("no graph"));
    let bytes = flattening().encode_to_vec();
    assert!(says(&bytes[..bytes.len() / 2]).contains("cut short"));
}

#[test]
fn external_weights_are_asked_for_and_infinities_reported() {
    let mut model = flattening();
    let entry = |key: &str, value: &str| StringStringEntryProto { key: key.into(), value: value.into() };
    let weight = TensorProto {
        raw_data: None,
        data_location: 1,
        external_data: vec![entry("location", "net.bin")],
        ..model.graph.as_ref().unwrap().initializer[3].clone()
    };
    model.graph.as_mut().unwrap().initializer[3] = weight;
    let error = load(&model).unwrap_err().to_string();
    assert!(error.contains("`fc.weight`") && error.contains("`net.bin`"), "{error}");
    let infinite: Vec<u8> = [f32::INFINITY; 12].iter().flat_map(|x| x.to_le_bytes()).collect();
    let found = read(model.encode_to_vec().into(), "net.onnx", &|_, _, _| Ok(infinite.clone().into())).unwrap();
    assert!(found.warnings[0].contains("`fc.weight` holds 12 infinite"), "{:?}", found.warnings);
}

#[test]
fn the_newer_exporter_keeps_module_paths_in_metadata() {
    let mut model = flattening();
    let graph = model.graph.as_mut().unwrap();
    graph.node[0].name = "node_relu_1".into();
    graph.node[0].metadata_props = vec![StringStringEntryProto {
        key: "pkg.torch.onnx.name_scopes".into(),
        value: "['', 'layer1', 'layer1.0', 'relu_1']".into(),
    }];
    let model = load(&model).unwrap();
    assert_eq!(model.graph.nodes().last().unwrap().name, "/layer1/layer1.0/Relu_1");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_files_are_refused_or_read_but_never_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = flattening().encode_to_vec();
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        let _ = read(bytes.into(), "net.onnx", &none);
    }
}

/// The four published networks, where the checkout has them (`shared/models`, or the folder in `STITCHSCOPE_SHARED`).
#[test]
fn published_networks_are_read_with_their_taps() {
    let beside = || format!("{}/../shared", env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var("STITCHSCOPE_SHARED").unwrap_or_else(|_| beside());
    let folder = std::path::Path::new(&shared).join("models");
    let networks =
        [("tiny10-cifar10-0", 8), ("tiny10-cifar10-1", 8), ("resnet20-cifar10-0", 10), ("resnet20-cifar10-robust", 10)];
    for (name, blocks) in networks {
        let Ok(bytes) = std::fs::read(folder.join(format!("{name}.onnx"))) else {
            println!("skipped {name}: not in {}", folder.display());
            continue;
        };
        let model = read(bytes.into(), name, &none).unwrap_or_else(|e| panic!("{name}: {e}"));
        let options = crate::onnx::WriteOptions::named(name);
        let written = crate::onnx::write(&model.graph, &options).unwrap();
        let again = read(written.into(), name, &none).unwrap();
        assert_eq!(dump(&again.graph), dump(&model.graph), "{name}");
        let taps = crate::cut::taps(&model.graph);
        println!("{}", crate::inspect::Inspection::of(name, &model).to_text());
        assert_eq!(taps.iter().filter(|t| t.block_output).count(), blocks, "{name}");
        if name.starts_with("tiny10") {
            for layer in 1..=8 {
                let tap = crate::cut::find(&taps, &format!("bn{layer}")).unwrap();
                assert_eq!((tap.side, tap.op), (crate::cut::Side::Pre, "BatchNormalization"));
            }
        } else {
            // 272,474 in the network; the exporter stored two equal pairs of shifts once.
            assert_eq!(crate::cut::cost(&model.graph).parameters, 272_474 - 32 - 64);
            for block in ["layer1.0", "layer2.1", "layer3.2"] {
                let tap = crate::cut::find(&taps, &format!("{block}.add")).unwrap();
                assert_eq!((tap.side, tap.op), (crate::cut::Side::Pre, "Add"));
            }
        }
        for tap in taps.iter().filter(|t| t.block_output) {
            let (front, end) = crate::cut::split(&model.graph, tap).unwrap();
            assert_eq!(front.nodes().len() + end.nodes().len(), model.graph.nodes().len(), "{name} at {}", tap.name);
        }
    }
}

/// Both ways in which people export, from PyTorch itself; see `fixtures/make.py`.
#[test]
fn exports_of_one_network_with_free_and_fixed_batch_agree() {
    let dynamic = include_bytes!("fixtures/dynamic_batch.onnx");
    let fixed = include_bytes!("fixtures/fixed_batch.onnx");
    for (file, bytes) in [("dynamic", dynamic.as_slice()), ("fixed", fixed.as_slice())] {
        let model = read(Bytes::copy_from_slice(bytes), file, &none).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert!(model.warnings.is_empty(), "{file}: {:?}", model.warnings);
        assert_eq!(model.graph.ty(model.graph.outputs()[0].value).to_string(), "f32[N, 10]");
        let taps = crate::cut::taps(&model.graph);
        let blocks: Vec<&str> = taps.iter().filter(|t| t.block_output).map(|t| t.name.as_str()).collect();
        assert_eq!(blocks, ["stem.2", "layer1.0.relu", "layer1.1.relu"], "{file}");
        let (_, end) = crate::cut::split(&model.graph, &taps[2]).unwrap();
        let written = crate::onnx::write(&end, &crate::onnx::WriteOptions::named("end")).unwrap();
        assert_eq!(dump(&read_step(written.into(), "end").unwrap()), dump(&end), "{file}");
    }
}
