//! What is written is read back as the same graph.

use bytes::Bytes;

use super::*;
use crate::graph::{Builder, GraphError, dump};
use crate::onnx::read_step;
use crate::ops;
use crate::tensor::{DType, Tensor};

fn again(graph: &Graph) -> Graph {
    let bytes = write(graph, &WriteOptions::named("test")).unwrap();
    read_step(Bytes::from(bytes), "test.onnx").unwrap()
}

/// Two layers with a residual sum, shapes that keep, move and multiply the batch, two outputs of which one is an input.
fn network() -> Result<Graph, GraphError> {
    let n4 = Dim { batch: 4, fixed: 0 };
    let mut b = Builder::new();
    let image = b.input("image", TensorType::f32_batch(&[3, 4]));
    let weight = b.named_constant("fc.weight", Tensor::full(&[4, 4], 0.5));
    let named = |s: &str| [s.to_owned()];
    let product = b.apply_named("/fc/MatMul", ops::matmul::MatMul.into(), &[image, weight], &named("fc_out"))?[0];
    let sum = b.add(product, image)?;
    let rows = b.reshape(sum, &[n4, Dim::fixed(3)])?;
    let wide = b.expand(rows, &[Dim::fixed(2), n4, Dim::fixed(3)])?;
    let positive = b.relu(wide)?;
    let bias = b.input("bias", TensorType::f32(&[1, 1, 1]));
    let spread = b.expand(bias, &[Dim::fixed(1), n4.plus(Dim::ONE), Dim::fixed(1)])?;
    b.output("y", positive);
    b.output("same", image);
    b.output("spread", spread);
    b.output("half", weight);
    Ok(b.finish())
}

#[test]
fn a_graph_of_native_operators_comes_back_as_it_was() {
    let graph = network().unwrap();
    let once = again(&graph);
    // The first writing renames results to outputs; from then on nothing changes.
    assert_eq!(graph.nodes().len(), once.nodes().len());
    assert_eq!(dump(&once), dump(&again(&once)));
    for (a, b) in graph.nodes().iter().zip(once.nodes()) {
        assert_eq!((&a.name, &a.op), (&b.name, &b.op));
    }
    let weight = once.find("fc.weight").and_then(|w| once.constant(w)).unwrap();
    assert_eq!(weight, &Tensor::full(&[4, 4], 0.5));
    assert_eq!(once.ty(once.inputs()[0]), &TensorType::f32_batch(&[3, 4]));
    let shown: Vec<&str> = once.outputs().iter().map(|o| o.name.as_str()).collect();
    assert_eq!(shown, ["y", "same", "spread", "half"]);
}

#[test]
fn equal_settings_are_written_once_and_names_are_unique() {
    let mut b = Builder::new();
    let x = b.input("x", TensorType::f32(&[2, 2]));
    let flat = b.reshape(x, &[Dim::fixed(4)]).unwrap();
    let double = b.scale(flat, 2.0).unwrap();
    let square = b.reshape(double, &[Dim::fixed(2), Dim::fixed(2)]).unwrap();
    let flat_again = b.reshape(square, &[Dim::fixed(4)]).unwrap();
    b.output("setting", flat_again);
    let bytes = write(&b.finish(), &WriteOptions::named("test")).unwrap();
    let graph = ModelProto::decode(Bytes::from(bytes)).unwrap().graph.unwrap();
    let fours = graph.initializer.iter().filter(|i| i.dims == [1]).count();
    assert_eq!(fours, 1, "the shape [4] twice");
    let mut names: Vec<&String> =
        graph.node.iter().flat_map(|n| &n.output).chain(graph.initializer.iter().map(|i| &i.name)).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn every_example_of_every_operator_is_written_and_read() {
    for (name, examples) in ops::Op::all_examples() {
        for example in examples {
            let mut b = Builder::new();
            let inputs: Vec<_> =
                example.inputs.iter().enumerate().map(|(i, s)| b.input(&format!("x{i}"), s.ty())).collect();
            let outputs = b.apply(example.op.clone(), &inputs).unwrap();
            for (index, output) in outputs.iter().enumerate() {
                b.output(&format!("y{index}"), *output);
            }
            let graph = b.finish();
            let label = format!("{name}, {}", example.label);
            let bytes = write(&graph, &WriteOptions::named("test")).unwrap_or_else(|e| panic!("{label}: {e}"));
            let back = read_step(Bytes::from(bytes), "test.onnx").unwrap_or_else(|e| panic!("{label}: {e}"));
            for (a, b) in graph.outputs().iter().zip(back.outputs()) {
                assert_eq!(graph.ty(a.value), back.ty(b.value), "{label}");
            }
        }
    }
}

#[test]
fn a_batch_that_no_input_carries_is_an_error() {
    let mut b = Builder::new();
    let x = b.input("x", TensorType::new(DType::F32, &[Dim::ONE]));
    let wide = b.expand(x, &[Dim::BATCH]).unwrap();
    b.output("y", wide);
    let error = write(&b.finish(), &WriteOptions::named("test")).unwrap_err().to_string();
    assert!(error.contains("no input"), "{error}");
}
