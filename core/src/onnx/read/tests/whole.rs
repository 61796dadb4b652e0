//! Nothing of a file is passed over in silence: attributes, inputs and results that a reader does not take in are errors, unless
//! nobody reads them.

use super::*;
use crate::ops::Op;

/// image [N, 2, 4, 4] -> one node -> output, in this operator set.
fn single(opset: i64, mut own: NodeProto, weights: &[(&str, Tensor)]) -> ModelProto {
    own.input[0] = "image".into();
    let mut model = flattening();
    model.opset_import[0].version = opset;
    let graph = model.graph.as_mut().unwrap();
    graph.initializer = weights.iter().map(|(name, tensor)| encode(name, tensor)).collect();
    graph.input = vec![port("image", vec![Named("N"), Is(2), Is(4), Is(4)])];
    graph.output = vec![port(&own.output[0], vec![Named("N")])];
    graph.node = vec![own];
    model
}

fn text(mut node: NodeProto, name: &str, value: &'static str) -> NodeProto {
    let s = Some(Bytes::from_static(value.as_bytes()));
    node.attribute.push(AttributeProto { name: name.into(), s, r#type: kind::STRING, ..AttributeProto::default() });
    node
}

fn ints(mut node: NodeProto, name: &str, values: &[i64]) -> NodeProto {
    let ints = values.to_vec();
    node.attribute.push(AttributeProto { name: name.into(), ints, r#type: kind::INTS, ..AttributeProto::default() });
    node
}

fn says(model: &ModelProto, part: &str) {
    let error = load(model).unwrap_err().to_string();
    assert!(error.contains(part), "{part:?} is not in {error:?}");
}

#[test]
fn attributes_and_inputs_that_are_not_understood_are_errors() {
    let relu = || node("Relu", "a", &[""], "y");
    assert!(load(&single(17, relu(), &[])).is_ok());
    says(&single(17, int(relu(), "leak", 1), &[]), "attribute leak is 1");
    says(&single(17, text(relu(), "kind", "soft"), &[]), "attribute kind");
    let two = node("Relu", "a", &["", "w"], "y");
    says(&single(17, two, &[("w", Tensor::full(&[2], 1.0))]), "input 1");
    let pool = ints(node("MaxPool", "p", &[""], "y"), "kernel_shape", &[2, 2]);
    says(&single(17, ints(text(pool, "auto_pad", "VALID"), "pads", &[1, 1, 1, 1]), &[]), "auto_pad VALID");
}

#[test]
fn results_that_nobody_reads_never_matter() {
    let with = |op: &str, more: &str| {
        let mut node = node(op, "a", &[""], "y");
        node.output.push(more.into());
        node
    };
    for opset in [7, 11, 17] {
        let graph = load(&single(opset, with("Dropout", "mask"), &[])).unwrap().graph;
        assert_eq!(graph.outputs()[0].value, graph.inputs()[0]);
    }
    assert!(load(&single(17, with("Relu", "spare"), &[])).is_ok());
    let mut read = single(17, with("Relu", "spare"), &[]);
    read.graph.as_mut().unwrap().output.push(port("spare", vec![Named("N")]));
    says(&read, "result 1, `spare`");
}

#[test]
fn training_mode_is_refused_where_it_matters() {
    let list = || Tensor::full(&[2], 1.0);
    let weights = [("s", list()), ("b", list()), ("m", list()), ("v", list())];
    let norm = || node("BatchNormalization", "bn", &["", "s", "b", "m", "v"], "y");
    assert!(load(&single(15, int(norm(), "training_mode", 0), &weights)).is_ok());
    says(&single(15, int(norm(), "training_mode", 1), &weights), "model.eval()");
    let mut old = norm();
    old.output.extend(["rm", "rv", "sm", "sv"].map(String::from));
    says(&single(9, old, &weights), "model.eval()");

    let truth = |value| Tensor::new(&[], crate::tensor::Data::Bool(vec![value].into())).unwrap();
    let drop = |ratio: f32, training| {
        let weights = [("r", Tensor::scalar(ratio)), ("t", truth(training))];
        load(&single(13, node("Dropout", "d", &["", "r", "t"], "y"), &weights))
    };
    assert!(drop(0.5, false).is_ok() && drop(0.0, true).is_ok());
    assert!(drop(0.5, true).unwrap_err().to_string().contains("model.eval()"));
}

#[test]
fn scales_belong_to_the_axes_in_the_order_given() {
    let resize = |axes: &[i64], scales: &[f32]| {
        let own = ints(node("Resize", "r", &["", "", "scales"], "y"), "axes", axes);
        let scales = Tensor::f32(&[scales.len()], scales.to_vec()).unwrap();
        let graph = load(&single(18, own, &[("scales", scales)])).unwrap().graph;
        graph.ty(graph.outputs()[0].value).at(1)
    };
    assert_eq!(resize(&[2, 3], &[2.0, 3.0]), [1, 2, 8, 12]);
    assert_eq!(resize(&[3, 2], &[2.0, 3.0]), [1, 2, 12, 8]);
    assert_eq!(resize(&[-1], &[2.0]), [1, 2, 4, 8]);
    assert_eq!(resize(&[1, 2], &[2.0, 3.0]), [1, 4, 12, 4]);
}

#[test]
fn a_weight_that_nobody_uses_may_hold_anything() {
    let mut model = flattening();
    let graph = model.graph.as_mut().unwrap();
    graph.initializer.push(encode("left_over", &Tensor::full(&[2], f32::NAN)));
    graph.initializer.push(TensorProto { name: "words".into(), data_type: 8, dims: vec![1], ..TensorProto::default() });
    assert!(load(&model).unwrap().warnings.is_empty());
}

#[test]
fn quantised_weights_become_floats_exactly() {
    let bytes = |name: &str, dims: &[i64], raw: &'static [u8]| TensorProto {
        name: name.into(),
        data_type: 3,
        dims: dims.to_vec(),
        raw_data: Some(Bytes::from_static(raw)),
        ..TensorProto::default()
    };
    let mut model = single(13, node("Add", "add", &["", "w"], "y"), &[]);
    let graph = model.graph.as_mut().unwrap();
    graph.node.push(int(node("DequantizeLinear", "dq", &["q", "scale", "zero"], "w"), "axis", 0));
    graph.initializer = vec![
        bytes("q", &[2, 1, 1], &[0xff, 100]),
        bytes("zero", &[2], &[0, 3]),
        encode("scale", &Tensor::f32(&[2], vec![0.5, 0.1]).unwrap()),
    ];
    let graph = load(&model).unwrap().graph;
    let weight = graph.nodes()[0].inputs[1];
    assert!(matches!(graph.nodes()[0].op, Op::Add(_)) && graph.nodes().len() == 1);
    let expected = [-0.5, 97.0 * 0.1];
    assert_eq!(graph.constant(weight).unwrap().as_f32().unwrap(), expected);
}
