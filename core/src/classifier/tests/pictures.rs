//! Images in the form that a file takes: turned, flattened, scaled.

use super::*;
use crate::onnx::Layout;

#[test]
fn images_are_turned_flattened_and_scaled_for_the_file() {
    let images = drawn(&[3, 3, 2, 4], 0);
    let by_hand = |b: &mut Builder, x: ValueId| {
        let flat = b.reshape(x, &[Dim::BATCH, Dim::fixed(24)]).unwrap();
        dense(b, flat, 24, 5)
    };
    let expected = logits(&plain(file(Dim::BATCH, &[3, 2, 4], by_hand)).unwrap().graph, &images);
    // Channels last, turned back by its first node: nothing is left of either turn.
    let last = plain(file(Dim::BATCH, &[2, 4, 3], |b, x| {
        let x = b.transpose(x, &[0, 3, 1, 2]).unwrap();
        by_hand(b, x)
    }))
    .unwrap();
    assert_eq!(shape_of(&last).0, "f32[N, 3, 2, 4]");
    assert!(!last.graph.nodes().iter().any(|node| node.op.rules().name() == "Transpose"));
    close(&logits(&last.graph, &images), &expected);
    // Flat: the images say the shape; without them it stays open.
    let flat = file(Dim::BATCH, &[24], |b, x| dense(b, x, 24, 5));
    assert_eq!(shape_of(&plain(flat.clone()).unwrap()).0, "f32[N, 24]");
    let asked = Interface { images: Some([3, 2, 4]), ..Interface::default() };
    close(&logits(&open(flat.clone(), &asked).unwrap().graph, &images), &expected);
    let other = Interface { images: Some([1, 2, 4]), ..Interface::default() };
    assert!(open(flat, &other).unwrap_err().to_string().contains("24 numbers"));
    // Rows and columns alone are grey.
    let grey = plain(file(Dim::BATCH, &[2, 4], |b, x| {
        let x = b.reshape(x, &[Dim::BATCH, Dim::fixed(8)]).unwrap();
        dense(b, x, 8, 5)
    }));
    assert_eq!(shape_of(&grey.unwrap()).0, "f32[N, 1, 2, 4]");
    // 0 to 255, as the first node shows, unless the recipe knows better.
    let scaled = file(Dim::BATCH, &[3, 2, 4], |b, x| {
        let x = b.scale(x, 1.0 / 255.0).unwrap();
        by_hand(b, x)
    });
    let bytes = plain(scaled.clone()).unwrap();
    assert!(bytes.warnings[0].contains("0 to 255"), "{:?}", bytes.warnings);
    close(&logits(&bytes.graph, &images), &expected);
    let unit = open(scaled, &Interface { pixels: Some(Range::Unit), ..Interface::default() }).unwrap();
    close(&logits(&unit.graph, &images).iter().map(|z| 255.0 * z).collect::<Vec<_>>(), &expected);
}

#[test]
fn means_and_scales_of_bytes_show_the_range_too() {
    let images = drawn(&[3, 2, 2, 2], 1);
    let range = |first: fn(&mut Builder, ValueId) -> ValueId| {
        let model = plain(file(Dim::BATCH, &[2, 2, 2], |b, x| {
            let x = first(b, x);
            let x = b.reshape(x, &[Dim::BATCH, Dim::fixed(8)]).unwrap();
            dense(b, x, 8, 3)
        }))
        .unwrap();
        (logits(&model.graph, &images), model.warnings)
    };
    let (found, said) = range(|b, x| {
        let mean = b.constant(Tensor::f32(&[2, 1, 1], vec![103.0, 116.0]).unwrap());
        b.sub(x, mean).unwrap()
    });
    assert!(said[0].contains("0 to 255") && said[0].contains("subtracts"), "{said:?}");
    let expected = range(|b, x| {
        let x = b.scale(x, 255.0).unwrap();
        let mean = b.constant(Tensor::f32(&[2, 1, 1], vec![103.0, 116.0]).unwrap());
        b.sub(x, mean).unwrap()
    });
    assert!(expected.1.is_empty(), "{:?}", expected.1);
    close(&found, &expected.0);
    let said = range(|b, x| b.scale(x, 1.0 / 128.0).unwrap()).1;
    assert!(said[0].contains("divides by 16 or more"), "{said:?}");
    // Those of pixels up to 1 do not.
    let said = range(|b, x| b.shift(x, -0.5).unwrap()).1;
    assert!(said.is_empty(), "{said:?}");
}

/// A flat file that unfolds its input to `[N, 2, 4, 3]` and turns that to channels first, or unfolds it to `[N, 3, 2, 4]`.
fn unfolding(last: bool) -> Bytes {
    file(Dim::BATCH, &[24], |b, x| {
        let sizes = if last { [2, 4, 3] } else { [3, 2, 4] };
        let shape: Vec<Dim> = std::iter::once(Dim::BATCH).chain(sizes.map(Dim::fixed)).collect();
        let x = b.reshape(x, &shape).unwrap();
        let x = if last { b.transpose(x, &[0, 3, 1, 2]).unwrap() } else { x };
        let w = b.constant(drawn(&[2, 3, 1, 1], 8));
        let x = b.conv(x, w, crate::ops::conv::Conv::default()).unwrap();
        let x = b.reshape(x, &[Dim::BATCH, Dim::fixed(16)]).unwrap();
        dense(b, x, 16, 5)
    })
}

#[test]
fn a_flat_input_holds_the_image_that_the_file_makes_of_it() {
    let images = drawn(&[3, 3, 2, 4], 0);
    let at_hand = |images| Interface { images: Some(images), ..Interface::default() };
    let first = open(unfolding(false), &at_hand([3, 2, 4])).unwrap();
    let last = open(unfolding(true), &at_hand([3, 2, 4])).unwrap();
    close(&logits(&last.graph, &images), &logits(&first.graph, &images));
    assert!(first.warnings[0].contains("channel after channel"), "{:?}", first.warnings);
    assert!(last.warnings[0].contains("side by side"), "{:?}", last.warnings);
    // The file says the shape where nothing else does, and other images do not fit.
    assert_eq!(shape_of(&plain(unfolding(true)).unwrap()).0, "f32[N, 3, 2, 4]");
    let said = open(unfolding(true), &at_hand([3, 4, 2])).unwrap_err().to_string();
    assert!(said.contains("[3, 2, 4]") && said.contains("--layout"), "{said}");
    // A network of dense layers shows nothing: the recipe decides.
    let flat = file(Dim::BATCH, &[24], |b, x| dense(b, x, 24, 5));
    let turned = Interface { layout: Some(Layout::ChannelsLast), ..at_hand([3, 2, 4]) };
    let (usual, turned) = (open(flat.clone(), &at_hand([3, 2, 4])).unwrap(), open(flat, &turned).unwrap());
    assert_ne!(logits(&usual.graph, &images), logits(&turned.graph, &images));
}
