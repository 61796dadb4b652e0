//! What the reductions fold with, chosen by the constant KIND of the kernel that imports this:
//! 0 sum, 1 mean (the sum times `scale`), 2 maximum (NaN if one is), 3 sum of squares, 4 Euclidean norm.
//# import pointwise

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
