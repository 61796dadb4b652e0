//! What is folded (kept and folded axes of x), and with what, chosen by the constant KIND of the kernel that imports this:
//! 0 sum, 1 mean (the sum times `scale`), 2 maximum (NaN if one is), 3 sum of squares, 4 Euclidean norm.
//# import pointwise
struct Params {
    // Results: the product of the kept axes.
    count: u32,
    // Elements folded into each: the product of the folded axes.
    length: u32,
    // Kept axes in use, 1 to 4 (where none is kept, one of size 1).
    kept_rank: u32,
    // Folded axes in use, 1 to 4.
    folded_rank: u32,
    // Sizes of the kept axes, outermost first.
    kept_shape: vec4<u32>,
    // Their steps in `x`.
    kept_strides: vec4<u32>,
    // Sizes of the folded axes, outermost first.
    folded_shape: vec4<u32>,
    // Their steps in `x`.
    folded_strides: vec4<u32>,
    // Factor of a mean: 1 / length.
    scale: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;

fn first_value() -> f32 {
    if (KIND == 2u) { return -infinity(); }
    return 0.0;
}

// One more element.
fn fold(sum: f32, x: f32) -> f32 {
    if (KIND == 2u) { return maximum(sum, x); }
    if (KIND >= 3u) { return fma(x, x, sum); }
    return sum + x;
}

// Two partial results.
fn combine(a: f32, b: f32) -> f32 {
    if (KIND == 2u) { return maximum(a, b); }
    return a + b;
}

fn finish(sum: f32, scale: f32) -> f32 {
    if (KIND == 1u) { return sum * scale; }
    if (KIND == 4u) { return sqrt(sum); }
    return sum;
}
