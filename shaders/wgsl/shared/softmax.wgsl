//! What the kernels of softmax share: sizes, the input, and a result from the sum of its row.
struct Params {
    // Rows: outer x inner.
    count: u32,
    // Size of the axis.
    axis: u32,
    // Elements behind the axis.
    inner: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;

// One result from its element less the largest, and the sum of the exponentials.
fn share(x: f32, sum: f32) -> f32 {
    if (LOG) { return x - log(sum); }
    return exp(x) / sum;
}
