//! Taps, names, sides and halves on small graphs.

use super::*;
use crate::graph::{Builder, GraphError};
use crate::ops;
use crate::ops::Op;
use crate::tensor::Tensor;

struct Net {
    b: Builder,
    w: ValueId,
}

impl Net {
    fn new() -> (Self, ValueId) {
        let mut b = Builder::new();
        let x = b.input("image", TensorType::f32_batch(&[4]));
        let w = b.named_constant("w", Tensor::full(&[4, 4], 0.5));
        (Self { b, w }, x)
    }

    fn node(&mut self, name: &str, op: impl Into<Op>, inputs: &[ValueId]) -> Result<ValueId, GraphError> {
        Ok(self.b.apply_named(name, op.into(), inputs, &[format!("{name}_output_0")])?[0])
    }

    fn layer(&mut self, name: &str, x: ValueId) -> Result<ValueId, GraphError> {
        let w = self.w;
        self.node(name, ops::matmul::MatMul, &[x, w])
    }

    fn relu(&mut self, name: &str, x: ValueId) -> Result<ValueId, GraphError> {
        self.node(name, ops::relu::Relu, &[x])
    }

    fn done(mut self, logits: ValueId) -> Graph {
        self.b.output("logits", logits);
        self.b.finish()
    }
}

/// A stem, two residual blocks (the second with a layer on its shortcut) and a head, wrapped as PyTorch wraps it.
fn residual() -> Result<Graph, GraphError> {
    let (mut net, x) = Net::new();
    let y = net.layer("/1/conv1/Conv", x)?;
    let stem = net.relu("/1/Relu", y)?;
    let y = net.layer("/1/layer1/layer1.0/conv1/Conv", stem)?;
    let y = net.relu("/1/layer1/layer1.0/Relu", y)?;
    let y = net.layer("/1/layer1/layer1.0/conv2/Conv", y)?;
    let y = net.node("/1/layer1/layer1.0/Add", ops::add::Add, &[y, stem])?;
    let one = net.relu("/1/layer1/layer1.0/Relu_1", y)?;
    let short = net.layer("/1/layer2/layer2.0/down/down.0/Conv", one)?;
    let y = net.layer("/1/layer2/layer2.0/conv1/Conv", one)?;
    let y = net.node("/1/layer2/layer2.0/Add", ops::add::Add, &[y, short])?;
    let y = net.relu("/1/layer2/layer2.0/Relu", y)?;
    let y = net.layer("/1/fc/Gemm", y)?;
    Ok(net.done(y))
}

fn names(taps: &[Tap]) -> Vec<&str> {
    taps.iter().map(|t| t.name.as_str()).collect()
}

#[test]
fn only_tensors_that_every_path_crosses_are_taps() {
    let taps = taps(&residual().unwrap());
    let expected = ["conv1", "relu", "layer1.0.add", "layer1.0.relu_1", "layer2.0.add", "layer2.0.relu"];
    assert_eq!(names(&taps), expected);
    let blocks: Vec<&str> = taps.iter().filter(|t| t.block_output).map(|t| t.name.as_str()).collect();
    assert_eq!(blocks, ["relu", "layer1.0.relu_1", "layer2.0.relu"]);
    let pre: Vec<&str> = taps.iter().filter(|t| t.side == Side::Pre).map(|t| t.name.as_str()).collect();
    assert_eq!(pre, ["conv1", "layer1.0.add", "layer2.0.add"]);
    // Six products of [1, 4] and [4, 4], three of them up to the end of the first block.
    assert_eq!((taps[3].before.operations, taps[3].after.operations), (48, 48));
    assert_eq!(cost(&residual().unwrap()).operations, 96);
}

#[test]
fn a_module_used_once_has_its_name_alone() -> Result<(), GraphError> {
    let (mut net, x) = Net::new();
    // PyTorch's newer exporter counts an operator's uses through the whole network.
    let y = net.layer("/features/features.4/features.4.0/conv2d_7", x)?;
    let y = net.relu("/features/features.4/features.4.2/relu_3", y)?;
    let y = net.relu("/twice/relu_4", y)?;
    let y = net.layer("/fc/linear", y)?;
    let y = net.relu("/twice/relu_5", y)?;
    let y = net.layer("/head/linear_1", y)?;
    let taps = taps(&net.done(y));
    assert_eq!(names(&taps), ["features.4.0", "features.4.2", "twice_4", "fc", "twice_5"]);
    Ok(())
}

#[test]
fn a_plain_chain_ends_a_block_at_each_activation() -> Result<(), GraphError> {
    let (mut net, x) = Net::new();
    let y = net.layer("/conv1/Conv", x)?;
    let y = net.node("/act/Mul", ops::add::Add, &[y, y])?;
    let y = net.relu("/act/Relu", y)?;
    let y = net.layer("/conv2/Conv", y)?;
    let y = net.relu("/act_1/Relu", y)?;
    let y = net.layer("/fc/Gemm/parts/MatMul_5", y)?;
    let y = net.relu("/fc/Gemm", y)?;
    let taps = taps(&net.done(y));
    // `act` is a module of two steps; the inside of the last node is no tap.
    assert_eq!(names(&taps), ["conv1", "act.mul", "act", "conv2", "act_1"]);
    let blocks: Vec<&str> = taps.iter().filter(|t| t.block_output).map(|t| t.name.as_str()).collect();
    assert_eq!(blocks, ["act", "act_1"]);
    Ok(())
}

#[test]
fn branches_side_by_side_end_a_block() -> Result<(), GraphError> {
    let (mut net, x) = Net::new();
    let y = net.layer("/conv0/Conv", x)?;
    let stem = net.relu("/relu0/Relu", y)?;
    let y = net.layer("/features/features.0/conv/Conv", stem)?;
    let y = net.node("/features/features.0/Concat", ops::concat::Concat { axis: 1 }, &[stem, y])?;
    let y = net.node("/norm/Mul", ops::mul::Mul, &[y, y])?;
    let y = net.relu("/relu/Relu", y)?;
    let taps = taps(&net.done(y));
    let blocks: Vec<&str> = taps.iter().filter(|t| t.block_output).map(|t| t.name.as_str()).collect();
    assert_eq!(blocks, ["relu0", "features.0.concat"]);
    Ok(())
}

/// Patches with channels last, as Swin has them between its blocks, and one convolution before and behind.
#[test]
fn channels_last_are_turned_to_the_front() -> Result<(), GraphError> {
    let mut b = Builder::new();
    let x = b.input("image", TensorType::f32_batch(&[4, 2, 3]));
    let mut node = |name: &str, op: Op, inputs: &[ValueId]| {
        Ok::<_, GraphError>(b.apply_named(name, op, inputs, &[format!("{name}_output_0")])?[0])
    };
    let turn = |order: [usize; 4]| Op::Transpose(ops::transpose::Transpose { order: order.to_vec() });
    let y = node("/relu/Relu", Op::Relu(ops::relu::Relu), &[x])?;
    let y = node("/permute/Transpose", turn([0, 2, 3, 1]), &[y])?;
    let y = node("/act/Relu", Op::Relu(ops::relu::Relu), &[y])?;
    let y = node("/back/Transpose", turn([0, 3, 1, 2]), &[y])?;
    let y = node("/last/Relu", Op::Relu(ops::relu::Relu), &[y])?;
    b.output("logits", y);
    let graph = b.finish();
    let taps = taps(&graph);
    let found: Vec<(&str, bool)> = taps.iter().map(|t| (t.name.as_str(), t.channels_last)).collect();
    assert_eq!(found, [("relu", false), ("permute", true), ("act", true), ("back", false)]);
    for tap in &taps {
        assert_eq!(tap.ty, TensorType::f32_batch(&[4, 2, 3]), "{}", tap.name);
        let (front, end) = split(&graph, tap).unwrap();
        assert_eq!((front.ty(front.outputs()[0].value), end.ty(end.inputs()[0])), (&tap.ty, &tap.ty), "{}", tap.name);
    }
    Ok(())
}

#[test]
fn halves_hold_half_and_join_to_the_whole() {
    let graph = residual().unwrap();
    let taps = taps(&graph);
    let middle = find(&taps, "layer1.0.relu_1").unwrap();
    let (front, end) = split(&graph, middle).unwrap();
    assert_eq!(front.nodes().len() + end.nodes().len(), graph.nodes().len());
    assert_eq!(front.outputs()[0].name, "layer1.0.relu_1");
    assert_eq!(end.outputs()[0].name, "logits");
    assert_eq!(end.inputs().len(), 1);
    assert_eq!(front.ty(front.outputs()[0].value), end.ty(end.inputs()[0]));
    let mut b = Builder::new();
    let x = b.input("image", TensorType::f32_batch(&[4]));
    let cut = crate::graph::inline(&mut b, &front, &[x]).unwrap();
    let logits = crate::graph::inline(&mut b, &end, &cut).unwrap();
    b.output("logits", logits[0]);
    assert_eq!(b.finish().nodes().len(), graph.nodes().len());
    let two = front_at(&graph, &[&taps[0], middle]).unwrap();
    assert_eq!(two.outputs().len(), 2);
}

#[test]
fn taps_are_found_by_either_name_and_errors_offer_near_ones() {
    let graph = residual().unwrap();
    let taps = taps(&graph);
    assert_eq!(find(&taps, "/1/layer1/layer1.0/Add_output_0").unwrap().name, "layer1.0.add");
    let error = find(&taps, "layer1.0.ad").unwrap_err().to_string();
    assert!(error.contains("`layer1.0.ad`") && error.contains("layer1.0.add"), "{error}");
}

#[test]
fn a_graph_that_cannot_be_cut_has_no_taps() {
    let (net, x) = Net::new();
    assert!(taps(&net.done(x)).is_empty());
    assert!(taps(&Graph::default()).is_empty());
}
