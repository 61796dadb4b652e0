//! ONNX files written field by field, so that each can be broken in one exact place.

/// A field whose value is bytes: a message, a text or packed numbers.
pub fn bytes(tag: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    [varint(u64::from(tag) << 3 | 2), varint(content.len() as u64), content.to_vec()].concat()
}

/// A field whose value is a number.
pub fn int(tag: u8, value: u64) -> Vec<u8> {
    [varint(u64::from(tag) << 3), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 127 {
        out.push(u8::try_from(value & 127).unwrap() | 128);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
    out
}

/// A node without attributes.
pub fn node(op_type: &str, name: &str, inputs: &[&str], output: &str) -> Vec<u8> {
    let inputs: Vec<u8> = inputs.iter().flat_map(|i| bytes(1, i)).collect();
    bytes(1, [inputs, bytes(2, output), bytes(3, name), bytes(4, op_type)].concat())
}

/// A weight of f32.
pub fn weight(name: &str, sizes: &[u64], values: &[f32]) -> Vec<u8> {
    let sizes: Vec<u8> = sizes.iter().flat_map(|s| int(1, *s)).collect();
    let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    bytes(5, [sizes, int(2, 1), bytes(8, name), bytes(9, raw)].concat())
}

/// An input (tag 11) or output (tag 12) of f32; a size that is no number is a name.
pub fn port(tag: u8, name: &str, sizes: &[&str]) -> Vec<u8> {
    let dim = |size: &&str| size.parse().map_or_else(|_| bytes(1, bytes(2, size)), |n| bytes(1, int(1, n)));
    let shape: Vec<u8> = sizes.iter().flat_map(dim).collect();
    let tensor = [int(1, 1), bytes(2, shape)].concat();
    bytes(tag, [bytes(1, name), bytes(2, bytes(1, tensor))].concat())
}

/// A file around the parts of a graph.
pub fn model(graph: &[Vec<u8>]) -> Vec<u8> {
    [int(1, 8), bytes(2, "test"), bytes(8, int(2, 17)), bytes(7, graph.concat())].concat()
}

/// `image [N, 1, 28, 28] -> act -> flat -> fc -> logits [N, classes]`, weights that tell classes apart a little.
pub fn parts(classes: u16) -> Vec<Vec<u8>> {
    let values: Vec<f32> = (0..784 * u32::from(classes)).map(|i| (i as f32 * 0.37).sin() * 0.1).collect();
    vec![
        node("Sigmoid", "act", &["image"], "a"),
        node("Flatten", "flat", &["a"], "f"),
        node("MatMul", "fc", &["f", "w"], "logits"),
        weight("w", &[784, u64::from(classes)], &values),
        port(11, "image", &["N", "1", "28", "28"]),
        port(12, "logits", &["N", &classes.to_string()]),
    ]
}

/// A sound network: [`parts`] as a file.
pub fn network(classes: u16) -> Vec<u8> {
    model(&parts(classes))
}
