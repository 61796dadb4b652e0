//! Functions, built message by message.

use super::*;
use crate::onnx::proto::{OperatorSetIdProto, ValueInfoProto};

fn node(op_type: &str, name: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let words = |all: &[&str]| all.iter().map(|w| (*w).to_owned()).collect();
    NodeProto {
        op_type: op_type.into(),
        name: name.into(),
        input: words(inputs),
        output: words(outputs),
        ..NodeProto::default()
    }
}

fn of(mut node: NodeProto, domain: &str) -> NodeProto {
    node.domain = domain.into();
    node
}

fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.into(), f: Some(value), r#type: kind::FLOAT, ..AttributeProto::default() }
}

fn refers(name: &str, to: &str) -> AttributeProto {
    let r#type = kind::FLOAT;
    AttributeProto { name: name.into(), ref_attr_name: to.into(), r#type, ..AttributeProto::default() }
}

/// `leak(x; slope = 0.5) = LeakyRelu(x; alpha = slope) + x`, and `twice(x) = leak(leak(x; slope = 0.25))`.
fn functions() -> Vec<FunctionProto> {
    let mut sloped = node("LeakyRelu", "act", &["x"], &["h"]);
    sloped.attribute = vec![refers("alpha", "slope")];
    let leak = FunctionProto {
        name: "leak".into(),
        domain: "own".into(),
        input: vec!["x".into(), "unused".into()],
        output: vec!["y".into()],
        attribute_proto: vec![float("slope", 0.5)],
        node: vec![sloped, node("Add", "sum", &["h", "x"], &["y"])],
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }],
        ..FunctionProto::default()
    };
    let mut inner = of(node("leak", "inner", &["x"], &["h"]), "own");
    inner.attribute = vec![float("slope", 0.25)];
    let twice = FunctionProto {
        name: "twice".into(),
        node: vec![inner, of(node("leak", "outer", &["h"], &["y"]), "own")],
        attribute_proto: Vec::new(),
        ..leak.clone()
    };
    vec![leak, twice]
}

fn inlined(functions: Vec<FunctionProto>, call: NodeProto, opset: i64) -> Result<GraphProto, OnnxError> {
    let mut graph = GraphProto {
        node: vec![of(call, "own")],
        output: vec![ValueInfoProto { name: "logits".into(), ..ValueInfoProto::default() }],
        ..GraphProto::default()
    };
    inline(&ModelProto { functions, ..ModelProto::default() }, &mut graph, opset)?;
    Ok(graph)
}

#[test]
fn calls_become_the_functions_nodes_with_names_of_their_own() {
    let graph = inlined(functions(), node("twice", "block", &["image"], &["logits"]), 17).unwrap();
    let shown: Vec<String> = graph.node.iter().map(|n| format!("{} {:?} {:?}", n.name, n.input, n.output)).collect();
    let expected = [
        r#"block/inner/act ["image"] ["logits/twice/h/leak/h"]"#,
        r#"block/inner/sum ["logits/twice/h/leak/h", "image"] ["logits/twice/h"]"#,
        r#"block/outer/act ["logits/twice/h"] ["logits/leak/h"]"#,
        r#"block/outer/sum ["logits/leak/h", "logits/twice/h"] ["logits"]"#,
    ];
    assert_eq!(shown, expected);
    let slopes: Vec<Option<f32>> = graph.node.iter().filter_map(|n| n.attribute.first()).map(|a| a.f).collect();
    assert_eq!(slopes, [Some(0.25), Some(0.5)]);
}

#[test]
fn functions_that_call_themselves_or_are_of_another_set_are_refused() {
    let mut all = functions();
    all[0].node[1] = of(node("twice", "again", &["h"], &["y"]), "own");
    let why = inlined(all, node("leak", "block", &["image"], &["logits"]), 17).unwrap_err().to_string();
    assert!(why.contains("itself"), "{why}");
    let why = inlined(functions(), node("leak", "block", &["image"], &["logits"]), 18).unwrap_err().to_string();
    assert!(why.contains("`block`") && why.contains("operator set 17"), "{why}");
}
