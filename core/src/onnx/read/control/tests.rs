//! Branches and loops, built message by message.

use prost::Message;

use super::super::read_step;
use crate::engine::reference::{Precision, evaluate};
use crate::graph::Graph;
use crate::onnx::OnnxError;
use crate::onnx::proto::{
    AttributeProto, Dimension, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorShapeProto,
    TensorTypeProto, TypeProto, ValueInfoProto, attribute as kind,
};
use crate::onnx::tensor::encode;
use crate::tensor::{Array, Data, Tensor};

fn node(op_type: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let words = |all: &[&str]| all.iter().map(|w| (*w).to_owned()).collect();
    NodeProto { op_type: op_type.into(), input: words(inputs), output: words(outputs), ..NodeProto::default() }
}

fn with(mut node: NodeProto, name: &str, graph: &GraphProto) -> NodeProto {
    let g = Some(graph.encode_to_vec().into());
    node.attribute.push(AttributeProto { name: name.into(), g, r#type: kind::GRAPH, ..AttributeProto::default() });
    node
}

fn port(name: &str, shape: Option<Vec<Dimension>>) -> ValueInfoProto {
    let dim = |value| DimensionProto { value: Some(value) };
    let tensor = |dims: Vec<Dimension>| TensorTypeProto {
        elem_type: 1,
        shape: Some(TensorShapeProto { dim: dims.into_iter().map(dim).collect() }),
    };
    ValueInfoProto {
        name: name.into(),
        r#type: shape.map(|s| TypeProto { tensor_type: Some(tensor(s)), ..TypeProto::default() }),
    }
}

fn graph(nodes: Vec<NodeProto>, inputs: &[&str], outputs: &[&str], weights: &[(&str, Tensor)]) -> GraphProto {
    GraphProto {
        node: nodes,
        input: inputs.iter().map(|name| port(name, None)).collect(),
        output: outputs.iter().map(|name| port(name, None)).collect(),
        initializer: weights.iter().map(|(name, tensor)| encode(name, tensor)).collect(),
        ..GraphProto::default()
    }
}

/// A network from `image` [N, 2] to `y`.
fn network(mut graph: GraphProto) -> Result<Graph, OnnxError> {
    let image = vec![Dimension::Param("N".into()), Dimension::Value(2)];
    graph.input = vec![port("image", Some(image))];
    let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 17 }];
    let model = ModelProto { ir_version: 8, graph: Some(graph), opset_import, ..ModelProto::default() };
    read_step(model.encode_to_vec().into(), "net.onnx")
}

fn run(graph: &Graph) -> Vec<f64> {
    let image = Tensor::f32(&[1, 2], vec![1.0, -2.0]).unwrap().to_array();
    match evaluate(graph, &[image], 1, Precision::Double).unwrap().remove(0) {
        Array::Real(a) => a.iter().copied().collect(),
        other => panic!("{other:?}"),
    }
}

fn int(value: i64) -> Tensor {
    Tensor::new(&[], Data::I64(vec![value].into())).unwrap()
}

/// `y = image + w` where the image has as many axes as asked, `y = -image` else; both branches call their weight alike.
fn branching(rank: i64) -> GraphProto {
    let added = graph(vec![node("Add", &["image", "w"], &["sum"])], &[], &["sum"], &[("w", Tensor::full(&[2], 10.0))]);
    let scaled = graph(vec![node("Mul", &["image", "w"], &["sum"])], &[], &["sum"], &[("w", Tensor::full(&[2], -1.0))]);
    let choice = with(with(node("If", &["same"], &["y"]), "then_branch", &added), "else_branch", &scaled);
    let nodes = vec![
        node("Shape", &["image"], &["shape"]),
        node("Size", &["shape"], &["rank"]),
        node("Equal", &["rank", "wanted"], &["same"]),
        choice,
    ];
    graph(nodes, &[], &["y"], &[("wanted", int(rank))])
}

#[test]
fn the_branch_that_is_taken_takes_the_nodes_place() {
    assert_eq!(run(&network(branching(2)).unwrap()), [11.0, 8.0]);
    assert_eq!(run(&network(branching(3)).unwrap()), [-1.0, 2.0]);
}

#[test]
fn a_branch_by_what_is_in_the_image_is_refused() {
    let mut model = branching(2);
    model.node[2] = node("Less", &["image", "limit"], &["same"]);
    model.initializer.push(encode("limit", &Tensor::scalar(0.0)));
    let why = network(model).unwrap_err().to_string();
    assert!(why.contains("`y` (If)") && why.contains("condition"), "{why}");
}

/// A loop that doubles `image` and adds the turn's number, and collects what it had before.
fn looping(turns: &str, going: &[&str]) -> GraphProto {
    let body = graph(
        vec![
            node("Identity", &["on"], &["still"]),
            node("Cast", &["turn"], &["number"]),
            node("Add", &["x", "x"], &["twice"]),
            node("Add", &["twice", "number"], &["next"]),
            node("ReduceSum", &["x"], &["kept"]),
        ],
        &["turn", "on", "x"],
        &[going.first().copied().unwrap_or("still"), "next", "kept"],
        &[],
    );
    let mut body = body;
    let to = AttributeProto { name: "to".into(), i: Some(1), r#type: kind::INT, ..AttributeProto::default() };
    body.node[1].attribute.push(to);
    let nodes = vec![with(node("Loop", &[turns, "", "image"], &["y", "all"]), "body", &body)];
    graph(nodes, &[], &["y"], &[("three", int(3)), ("many", int(1 << 40))])
}

#[test]
fn the_turns_of_a_loop_come_one_after_the_other() {
    // x -> 2x + turn, three times: 8x + 4 * 0 + 2 * 1 + 2.
    assert_eq!(run(&network(looping("three", &[])).unwrap()), [12.0, -12.0]);
}

#[test]
fn what_a_loop_collects_lies_along_a_new_axis() {
    let mut model = looping("three", &[]);
    model.output = vec![port("y", None)];
    model.node[0].output = vec!["last".into(), "all".into()];
    let mut sums = node("ReduceSum", &["all", "zero"], &["sums"]);
    sums.attribute.push(AttributeProto {
        name: "keepdims".into(),
        i: Some(0),
        r#type: kind::INT,
        ..AttributeProto::default()
    });
    model.node.push(sums);
    model.node.push(node("Add", &["last", "sums"], &["y"]));
    model.initializer.push(encode("zero", &Tensor::indices(&[0])));
    // Sums of x: -1, then -2 + 2 * 0, then -4 + 2 * 1 = -2; together -5.
    let found = run(&network(model).unwrap());
    assert_eq!(found, [7.0, -17.0]);
}

#[test]
fn loops_without_a_known_end_are_refused() {
    for (turns, says) in [("many", "too often"), ("image", "known only at run time")] {
        let why = network(looping(turns, &[])).unwrap_err().to_string();
        assert!(why.contains("(Loop)") && why.contains(says), "{why}");
    }
    let mut model = looping("three", &[]);
    model.node[0].input[1] = "image".into();
    assert!(network(model).unwrap_err().to_string().contains("depends on the image"));
}
