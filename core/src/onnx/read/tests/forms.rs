//! Inputs and outputs as the world writes them: several outputs, open sizes, bytes, channels last, other types than tensors.

use super::*;

/// `flattening`, changed.
fn changed(change: impl FnOnce(&mut GraphProto)) -> ModelProto {
    let mut model = flattening();
    change(model.graph.as_mut().unwrap());
    model
}

fn load_as(model: &ModelProto, asked: &Interface) -> Result<Model, OnnxError> {
    read_as(model.encode_to_vec().into(), "net.onnx", &none, asked)
}

fn type_of(model: &mut GraphProto, code: i32) {
    model.input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().elem_type = code;
}

/// A convolution behind `before`, which makes `given` of the image.
fn convolving(sizes: Vec<Size>, before: NodeProto) -> ModelProto {
    changed(|g| {
        g.input = vec![port("image", sizes)];
        g.node = vec![
            before,
            node("Conv", "/conv/Conv", &["given", "w"], "c"),
            node("GlobalAveragePool", "/pool", &["c"], "p"),
            node("Flatten", "/flat", &["p"], "logits"),
        ];
        g.initializer = vec![encode("w", &Tensor::full(&[2, 3, 1, 1], 1.0))];
    })
}

fn turning(order: &[i64]) -> NodeProto {
    let mut turn = node("Transpose", "/turn", &["image"], "given");
    turn.attribute.push(AttributeProto {
        name: "perm".into(),
        ints: order.to_vec(),
        r#type: kind::INTS,
        ..AttributeProto::default()
    });
    turn
}

#[test]
fn an_output_that_names_classes_is_no_logits() {
    // A label beside the logits, cast to a float as they are.
    let labelled = changed(|g| {
        g.node.push(int(node("ArgMax", "/label", &["logits"], "l"), "axis", 1));
        g.node.push(int(node("Cast", "/cast", &["l"], "label"), "to", 1));
        g.output = ["label", "logits"].map(|name| port(name, vec![])).into();
    });
    assert_eq!(load(&labelled).unwrap().graph.outputs()[0].name, "logits");
    // Alone it is taken, for a message that says what it is.
    let alone = load_as(&labelled, &Interface { output: Some("label".into()), ..Interface::default() }).unwrap();
    let said = no_logits(&alone.graph, alone.graph.outputs()[0].value);
    assert!(said.is_some_and(|said| said.contains("ArgMax")), "{said:?}");
}

#[test]
fn features_before_the_logits_are_passed_over() {
    // `flat` is a row of numbers per image too, and `logits` are a layer on from it.
    let features = changed(|g| g.output = ["flat", "logits"].map(|name| port(name, vec![])).into());
    let model = load(&features).unwrap();
    assert_eq!(model.graph.outputs()[0].name, "logits");
    assert!(model.warnings[0].contains("`flat`"), "{:?}", model.warnings);
    // What only turns logits into something else leads to no layer.
    let both = changed(|g| {
        g.node.push(node("Softmax", "/softmax", &["logits"], "p"));
        g.output = ["logits", "p"].map(|name| port(name, vec![])).into();
    });
    assert_eq!(load(&both).unwrap().graph.outputs()[0].name, "logits");
}

#[test]
fn one_output_is_taken_and_the_others_are_named_or_asked_for() {
    let several = changed(|g| {
        g.node.push(node("Identity", "", &["image"], "features"));
        g.node.push(node("MatMul", "/aux/MatMul", &["flat", "copy"], "aux"));
        // First a map that is no row of classes, last one whose operator nobody knows: neither matters.
        let ports = ["features", "logits", "aux", "unused"].map(|name| port(name, vec![]));
        g.output = ports.into();
    });
    let model = load(&several).unwrap();
    let [output] = model.graph.outputs() else { panic!("{:?}", model.graph.outputs()) };
    assert_eq!(output.name, "logits");
    assert!(
        model.warnings[0].contains("`logits`") && model.warnings[0].contains("`aux` f32[N, 2]"),
        "{:?}",
        model.warnings
    );
    let asked = |name: &str| Interface { output: Some(name.to_owned()), ..Interface::default() };
    let aux = load_as(&several, &asked("aux")).unwrap();
    assert_eq!((aux.graph.outputs()[0].name.as_str(), aux.warnings.len()), ("aux", 0));
    let unknown = load_as(&several, &asked("ghost")).unwrap_err().to_string();
    assert!(unknown.contains("no output `ghost`") && unknown.contains("`logits`, `aux`"), "{unknown}");
}

#[test]
fn what_no_node_uses_may_hold_anything() {
    let model = changed(|g| g.initializer.push(encode("leftover", &Tensor::full(&[2], f32::NAN))));
    assert!(load(&model).unwrap().graph.find("leftover").is_none());
}

#[test]
fn open_sizes_are_those_of_the_images_or_those_asked_for() {
    let open = convolving(vec![Named("N"), Named("c"), Is(-1), Is(0)], node("Identity", "", &["image"], "given"));
    assert!(matches!(load(&open), Err(OnnxError::Open { axis: 1, .. })));
    let images = Interface { images: Some([3, 8, 6]), ..Interface::default() };
    let sizes = |model: &Model| model.graph.ty(model.graph.inputs()[0]).to_string();
    assert_eq!(sizes(&load_as(&open, &images).unwrap()), "f32[N, 3, 8, 6]");
    let asked = Interface { size: Some([4, 5]), ..images.clone() };
    assert_eq!(sizes(&load_as(&open, &asked).unwrap()), "f32[N, 3, 4, 5]");
    let fixed = convolving(vec![Named("N"), Is(3), Is(8), Is(8)], node("Identity", "", &["image"], "given"));
    assert_eq!(sizes(&load_as(&fixed, &images).unwrap()), "f32[N, 3, 8, 8]");
    let why = load_as(&fixed, &asked).unwrap_err().to_string();
    assert!(why.contains("wants 4") && why.contains("leave size out"), "{why}");
}

#[test]
fn bytes_are_read_where_a_cast_comes_first() {
    let mut cast = node("Cast", "/cast", &["image"], "given");
    cast = int(cast, "to", 1);
    let mut model = convolving(vec![Named("N"), Is(3), Is(8), Is(8)], cast);
    type_of(model.graph.as_mut().unwrap(), 2);
    let read = load(&model).unwrap();
    assert!(read.origin.bytes);
    assert_eq!(read.graph.ty(read.graph.inputs()[0]).to_string(), "f32[N, 3, 8, 8]");
    // Whole numbers that are computed with are another thing than pixels.
    model.graph.as_mut().unwrap().node[0].op_type = "Neg".into();
    assert!(load(&model).unwrap_err().to_string().contains("uint8 elements"));
}

#[test]
fn channels_last_is_seen_or_asked_for() {
    let last = |sizes| convolving(sizes, turning(&[0, 3, 1, 2]));
    let read = load(&last(vec![Named("N"), Is(8), Is(8), Is(3)])).unwrap();
    assert_eq!(read.origin.layout, Layout::ChannelsLast);
    assert!(read.warnings[0].contains("channels last"), "{:?}", read.warnings);
    // Sizes say one thing and nodes the other.
    let torn = load(&last(vec![Named("N"), Is(3), Is(8), Is(8)])).unwrap_err().to_string();
    assert!(torn.contains("layout = \"channels-first\""), "{torn}");
    let asked = Interface { layout: Some(Layout::ChannelsLast), images: Some([3, 9, 7]), ..Interface::default() };
    let open = load_as(&last(vec![Named("N"), Named("h"), Named("w"), Named("c")]), &asked).unwrap();
    assert_eq!(open.graph.ty(open.graph.inputs()[0]).to_string(), "f32[N, 9, 7, 3]");
}

#[test]
fn other_types_than_tensors_are_named() {
    let says = |set: fn(&mut TypeProto)| {
        let model = changed(|g| {
            let ty = g.input[0].r#type.as_mut().unwrap();
            ty.tensor_type = None;
            set(ty);
        });
        load(&model).unwrap_err().to_string()
    };
    assert!(says(|ty| ty.sequence_type = Some(Bytes::new())).contains("`image` is a sequence, not a tensor"));
    assert!(says(|ty| ty.optional_type = Some(Bytes::new())).contains("`image` is an optional, not a tensor"));
}

#[test]
fn a_fixed_number_of_the_images_is_refused_by_its_node() {
    let model = changed(|g| {
        g.node[0] = node("Slice", "/first/Slice", &["h", "from", "to"], "logits");
        g.initializer.extend([encode("from", &Tensor::indices(&[0])), encode("to", &Tensor::indices(&[2]))]);
    });
    let why = load(&model).unwrap_err().to_string();
    assert!(why.contains("`/first/Slice` (Slice)") && why.contains("one for each image"), "{why}");
}

#[test]
fn a_constant_of_a_row_for_each_image_is_repeated_for_any_number() {
    // The class token of a transformer, repeated for the two images of the exporter's example.
    let model = changed(|g| {
        g.input = vec![port("image", vec![Is(2), Is(2), Is(3)])];
        g.node = vec![
            int(node("Concat", "/cat/Concat", &["token", "image"], "tokens"), "axis", 1),
            node("Reshape", "/Reshape", &["tokens", "target"], "logits"),
        ];
        g.initializer =
            vec![encode("token", &Tensor::full(&[2, 1, 3], 1.0)), encode("target", &Tensor::indices(&[2, 9]))];
    });
    let read = load(&model).unwrap();
    assert_eq!(read.graph.ty(read.graph.outputs()[0].value).to_string(), "f32[N, 9]");
    assert!(read.origin.stuck.is_none() && read.origin.fixed.is_some());
}

/// image [N, 2, 3], its values in a row, gathered at `6 * image + places`; `stride` stands for the 6, `batch` for a fixed N.
fn strided(stride: i64, places: &[i64], batch: Option<i64>) -> ModelProto {
    let scalar = |name: &str, value: i64| encode(name, &Tensor::i64(&[], vec![value]).unwrap());
    let mut nodes = vec![
        node("Shape", "", &["image"], "s"),
        node("Gather", "", &["s", "zero"], "n"),
        node("Range", "", &["zero", "n", "one"], "images"),
        node("Mul", "", &["images", "stride"], "starts"),
        node("Unsqueeze", "", &["starts", "axes"], "column"),
        node("Add", "/view/Add", &["column", "places"], "at"),
        node("Reshape", "", &["image", "row"], "flat"),
        node("Gather", "/view/Gather", &["flat", "at"], "picked"),
        node("MatMul", "/fc/MatMul", &["picked", "w"], "logits"),
    ];
    let mut table: Vec<i64> = places.to_vec();
    let mut rows = 1;
    if let Some(batch) = batch {
        nodes.retain(|node| !["s", "n", "images", "starts", "column", "at"].contains(&node.output[0].as_str()));
        table = (0..batch).flat_map(|image| places.iter().map(move |place| image * stride + place)).collect();
        rows = usize::try_from(batch).unwrap();
    }
    changed(|g| {
        g.node = nodes;
        let at = Tensor::i64(&[rows, places.len()], table).unwrap();
        g.initializer = vec![
            scalar("zero", 0),
            scalar("one", 1),
            scalar("stride", stride),
            encode("axes", &Tensor::indices(&[1])),
            encode(if batch.is_some() { "at" } else { "places" }, &at),
            encode("row", &Tensor::indices(&[-1])),
            encode("w", &Tensor::f32(&[3, 2], vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0]).unwrap()),
        ];
        let first = batch.map_or(Named("N"), Is);
        g.input = vec![port("image", vec![first, Is(2), Is(3)])];
        g.output = vec![port("logits", vec![Named("M"), Is(2)])];
    })
}

#[test]
fn a_strided_view_of_all_images_is_one_of_each() {
    use crate::engine::reference::{Precision, evaluate};
    let image = Tensor::f32(&[2, 2, 3], (0..12_u8).map(f32::from).collect()).unwrap().to_array();
    for batch in [None, Some(2)] {
        let model = load(&strided(6, &[4, 0, 5], batch)).unwrap();
        let found = evaluate(&model.graph, std::slice::from_ref(&image), 2, Precision::Double).unwrap();
        // 4 + 5, 0 + 5 of the first image, and each 6 more of the second.
        assert_eq!(found[0].to_tensor(crate::tensor::DType::F64).to_f64(), [9.0, 5.0, 21.0, 17.0], "{batch:?}");
    }
    // What looks into the image beside it, or begins elsewhere, is no view of each.
    for (stride, places) in [(6, [4, 0, 6]), (3, [0, 1, 2]), (6, [-1, 0, 1])] {
        let said = load(&strided(stride, &places, None)).unwrap_err().to_string();
        assert!(said.contains("/view/Gather") && said.contains("strided view"), "{said}");
    }
    let other = changed(|g| {
        *g = strided(6, &[0, 1, 2], None).graph.unwrap();
        g.node[5].op_type = "Sub".into();
    });
    assert!(load(&other).unwrap_err().to_string().contains("strided view"));
}
