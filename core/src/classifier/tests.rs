//! Networks in other forms than images `[N, C, H, W]` to logits `[N, K]`, against what they were made from.

use super::*;
use crate::engine::reference::{Precision, evaluate};
use crate::graph::{Builder, Graph, ValueId};
use crate::onnx::{External, Range, WriteOptions, external, write};
use crate::ops::concat::Concat;
use crate::random::{Purpose, Stream};
use crate::tensor::{Array, DType, Dim, Tensor, TensorType};

mod pictures;

const NONE: External<'static> = &external::none;

/// Random numbers of these sizes.
fn drawn(sizes: &[usize], index: u64) -> Tensor {
    let mut values = vec![0.0; sizes.iter().product()];
    Stream::new(1, Purpose::Test, index, 0).fill_uniform(&mut values, 0.0, 1.0);
    Tensor::f32(sizes, values).unwrap()
}

/// A file made from a graph.
fn file(first: Dim, image: &[usize], build: impl FnOnce(&mut Builder, ValueId) -> ValueId) -> Bytes {
    let mut b = Builder::new();
    let shape: Vec<Dim> = std::iter::once(first).chain(image.iter().copied().map(Dim::fixed)).collect();
    let x = b.input("image", TensorType::new(DType::F32, &shape));
    let y = build(&mut b, x);
    b.output("logits", y);
    write(&b.finish(), &WriteOptions::named("net")).unwrap().into()
}

fn open(bytes: Bytes, asked: &Interface) -> Result<Model, OnnxError> {
    read(bytes, "net.onnx", NONE, asked)
}

fn plain(bytes: Bytes) -> Result<Model, OnnxError> {
    open(bytes, &Interface::default())
}

fn logits(graph: &Graph, images: &Tensor) -> Vec<f64> {
    let results = evaluate(graph, &[images.to_array()], images.shape()[0], Precision::Double).unwrap();
    match results.into_iter().next() {
        Some(Array::Real(values)) => values.into_iter().collect(),
        other => panic!("{other:?}"),
    }
}

fn close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() < 1e-5 * (1.0 + e.abs()), "{found:?} {expected:?}");
    }
}

fn shape_of(model: &Model) -> (String, String) {
    let graph = &model.graph;
    (graph.ty(graph.inputs()[0]).to_string(), graph.ty(graph.outputs()[0].value).to_string())
}

/// `[n, features]` times a drawn matrix.
fn dense(b: &mut Builder, x: ValueId, features: usize, classes: usize) -> ValueId {
    let w = b.constant(drawn(&[features, classes], 7));
    b.matmul(x, w).unwrap()
}

#[test]
fn probabilities_become_the_logits_they_were_made_from() {
    let logits_of = |b: &mut Builder, x| dense(b, x, 4, 3);
    let images = drawn(&[5, 1, 2, 2], 0);
    let flat = [Dim::BATCH, Dim::fixed(4)];
    let expected = logits(
        &plain(file(Dim::BATCH, &[1, 2, 2], |b, x| {
            let x = b.reshape(x, &flat).unwrap();
            logits_of(b, x)
        }))
        .unwrap()
        .graph,
        &images,
    );
    for last in ["Softmax", "LogSoftmax"] {
        let model = plain(file(Dim::BATCH, &[1, 2, 2], |b, x| {
            let x = b.reshape(x, &flat).unwrap();
            let z = logits_of(b, x);
            if last == "Softmax" { b.softmax(z, 1).unwrap() } else { b.log_softmax(z, 1).unwrap() }
        }))
        .unwrap();
        assert!(model.warnings[0].contains(last) && model.warnings[0].contains("left out"), "{:?}", model.warnings);
        close(&logits(&model.graph, &images), &expected);
    }
    // More axes of size 1 are dropped, behind a softmax too.
    let model = plain(file(Dim::BATCH, &[1, 2, 2], |b, x| {
        let x = b.reshape(x, &flat).unwrap();
        let z = logits_of(b, x);
        let wide = b.reshape(z, &[Dim::BATCH, Dim::fixed(3), Dim::ONE, Dim::ONE]).unwrap();
        b.softmax(wide, 1).unwrap()
    }))
    .unwrap();
    assert_eq!(shape_of(&model).1, "f32[N, 3]");
    close(&logits(&model.graph, &images), &expected);
}

#[test]
fn what_keeps_the_order_of_the_classes_is_left_out_too() {
    let flat = [Dim::BATCH, Dim::fixed(4)];
    let images = drawn(&[5, 1, 2, 2], 0);
    let ending = |end: fn(&mut Builder, ValueId) -> ValueId| {
        plain(file(Dim::BATCH, &[1, 2, 2], |b, x| {
            let x = b.reshape(x, &flat).unwrap();
            let z = dense(b, x, 4, 3);
            end(b, z)
        }))
        .unwrap()
    };
    let expected = logits(&ending(|_, z| z).graph, &images);
    // One sigmoid for each class saturates as a softmax does; the logarithm of a softmax; probabilities in another precision.
    for (model, what) in [
        (ending(|b, z| b.sigmoid(z).unwrap()), "Sigmoid"),
        (
            ending(|b, z| {
                let p = b.softmax(z, 1).unwrap();
                b.log(p).unwrap()
            }),
            "Softmax",
        ),
        (
            ending(|b, z| {
                let p = b.softmax(z, 1).unwrap();
                b.cast(p, DType::F64).unwrap()
            }),
            "Softmax",
        ),
    ] {
        assert!(model.warnings[0].contains(what) && model.warnings[0].contains("left out"), "{:?}", model.warnings);
        close(&logits(&model.graph, &images), &expected);
    }
    // Several sigmoids are a network of several labels an image.
    let several = ending(|b, z| b.sigmoid(z).unwrap());
    assert!(several.warnings[0].contains("several labels"), "{:?}", several.warnings);
    close(&logits(&several.graph, &images), &expected);
    // A cast or logarithm of anything else stays.
    let kept = ending(|b, z| {
        let z = b.exp(z).unwrap();
        b.log(z).unwrap()
    });
    assert!(kept.warnings.is_empty(), "{:?}", kept.warnings);
}

#[test]
fn one_logit_is_two_classes() {
    let images = drawn(&[4, 1, 1, 4], 0);
    let flat = [Dim::BATCH, Dim::fixed(4)];
    let one = |sigmoid: bool| {
        plain(file(Dim::BATCH, &[1, 1, 4], |b, x| {
            let x = b.reshape(x, &flat).unwrap();
            let z = dense(b, x, 4, 1);
            let z = b.shift(z, -1.0).unwrap();
            if sigmoid { b.sigmoid(z).unwrap() } else { z }
        }))
        .unwrap()
    };
    let (logit, sigmoid) = (one(false), one(true));
    assert_eq!(shape_of(&logit).1, "f32[N, 2]");
    let found = logits(&logit.graph, &images);
    assert!(found.chunks(2).all(|row| row[0] == 0.0) && found.chunks(2).any(|row| row[1] != 0.0));
    close(&logits(&sigmoid.graph, &images), &found);
    assert!(
        sigmoid.warnings[0].contains("Sigmoid") && sigmoid.warnings[1].contains("one logit"),
        "{:?}",
        sigmoid.warnings
    );
}

/// What a file of a fixed batch gives for that batch, and what the model gives for more images of the same.
fn holds(bytes: Bytes, size: usize, image: &[usize]) -> Model {
    let file = onnx::read(bytes.clone(), "net.onnx", NONE).unwrap();
    let model = plain(bytes).unwrap();
    let fixed = file.origin.fixed.unwrap();
    let all = drawn(&[&[3 * size], image].concat(), 5);
    let each = all.len() / 3;
    let expected: Vec<f64> = (0..3)
        .flat_map(|part| {
            let values = all.as_f32().unwrap()[part * each..(part + 1) * each].to_vec();
            logits(&fixed, &Tensor::f32(&[&[size], image].concat(), values).unwrap())
        })
        .collect();
    close(&logits(&model.graph, &all), &expected);
    model
}

#[test]
fn a_fixed_batch_is_let_go_or_each_image_is_put_through_alone() {
    // Attention's way with heads: images and heads in one axis.
    let heads = file(Dim::fixed(2), &[1, 6, 4], |b, x| {
        let f = Dim::fixed;
        let x = b.reshape(x, &[f(2), f(6), f(2), f(2)]).unwrap();
        let x = b.transpose(x, &[0, 2, 1, 3]).unwrap();
        let x = b.reshape(x, &[f(4), f(6), f(2)]).unwrap();
        let turned = b.transpose(x, &[0, 2, 1]).unwrap();
        let x = b.matmul(turned, x).unwrap();
        let x = b.reshape(x, &[f(2), f(8)]).unwrap();
        dense(b, x, 8, 3)
    });
    assert!(holds(heads, 2, &[1, 6, 4]).warnings.is_empty());
    // The batch of one is dropped on the way.
    let dropped = file(Dim::ONE, &[1, 2, 4], |b, x| {
        let x = b.reshape(x, &[Dim::fixed(2), Dim::fixed(4)]).unwrap();
        let x = b.transpose(x, &[1, 0]).unwrap();
        let x = b.softmax(x, 0).unwrap();
        let w = b.constant(drawn(&[2, 4], 3));
        let x = b.matmul(x, w).unwrap();
        b.reduce_sum(x, &[0], false).unwrap()
    });
    assert!(holds(dropped, 1, &[1, 2, 4]).warnings[0].contains("exactly 1 image"));
    // A row that belongs to no image stands behind the batch and is cut off again.
    let behind = file(Dim::fixed(2), &[1, 1, 4], |b, x| {
        let x = b.reshape(x, &[Dim::fixed(2), Dim::fixed(4)]).unwrap();
        let more = b.constant(drawn(&[1, 4], 9));
        let all = b.apply1(Concat { axis: 0 }, &[x, more]).unwrap();
        let own = b.slice(all, 0, Dim::fixed(0), Dim::fixed(2)).unwrap();
        dense(b, own, 4, 3)
    });
    let model = holds(behind, 2, &[1, 1, 4]);
    assert!(model.warnings[0].contains("1 copies of itself"), "{:?}", model.warnings);
}

#[test]
fn what_is_put_through_alone_can_be_cut_and_has_a_gradient() {
    // Four images as two by two: no number of images but four has that form.
    let square = file(Dim::fixed(4), &[1, 2, 4], |b, x| {
        let f = Dim::fixed;
        let x = b.relu(x).unwrap();
        let x = b.reshape(x, &[f(2), f(2), f(8)]).unwrap();
        let x = b.tanh(x).unwrap();
        let x = b.reshape(x, &[f(4), f(8)]).unwrap();
        let x = b.relu(x).unwrap();
        dense(b, x, 8, 3)
    });
    let model = holds(square, 4, &[1, 2, 4]);
    assert!(model.warnings[0].contains("3 copies of itself"), "{:?}", model.warnings);
    let network = crate::study::Network::new("square", &model).unwrap();
    let images = drawn(&[5, 1, 2, 4], 4);
    let expected = logits(&model.graph, &images);
    assert!(network.taps.iter().filter(|tap| tap.op == "Relu").count() == 2, "{:?}", network.taps);
    for tap in &network.taps {
        let (front, end) = crate::cut::split(&network.graph, tap).unwrap();
        let signal = evaluate(&front, &[images.to_array()], 5, Precision::Double).unwrap();
        let found = evaluate(&end, &signal, 5, Precision::Double).unwrap();
        assert_eq!(signal[0].shape()[0], 5, "{}", tap.name);
        match &found[0] {
            Array::Real(found) => close(&found.iter().copied().collect::<Vec<_>>(), &expected),
            other => panic!("{other:?}"),
        }
    }
    let mut b = Builder::new();
    let x = b.input("image", model.graph.ty(model.graph.inputs()[0]).clone());
    let z = crate::graph::inline(&mut b, &model.graph, &[x]).unwrap()[0];
    let loss = b.reduce_sum(z, &[0, 1], false).unwrap();
    assert!(crate::autodiff::gradients(&mut b, loss, &[x]).unwrap()[0].is_some());
}

#[test]
fn images_that_meet_are_refused() {
    let centred = |first: Dim| {
        file(first, &[1, 1, 4], move |b, x| {
            let x = b.reshape(x, &[first, Dim::fixed(4)]).unwrap();
            let mean = b.reduce_sum(x, &[0], true).unwrap();
            let x = b.sub(x, mean).unwrap();
            dense(b, x, 4, 3)
        })
    };
    let free = plain(centred(Dim::BATCH)).unwrap_err().to_string();
    assert!(free.contains("the images of a batch meet") && free.contains("model.eval()"), "{free}");
    let fixed = plain(centred(Dim::fixed(3))).unwrap_err().to_string();
    assert!(fixed.contains("exactly 3 image(s)") && fixed.contains("meet"), "{fixed}");
    // Of one image at a time each is centred by itself, whatever that is good for.
    assert!(plain(centred(Dim::ONE)).is_ok());
    // A row of logits for every row of the image is no row for every image.
    let rows = file(Dim::fixed(2), &[1, 3, 4], |b, x| {
        let x = b.reshape(x, &[Dim::fixed(6), Dim::fixed(4)]).unwrap();
        dense(b, x, 4, 3)
    });
    assert!(plain(rows).unwrap_err().to_string().contains("one row of logits for each image"));
}
