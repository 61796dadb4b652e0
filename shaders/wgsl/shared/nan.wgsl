//! NaN and infinity. Compilers may assume that there is none and drop comparisons such as `x != x`; bits they leave alone.

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// WGSL refuses constants that are not finite: the bits stand in variables, so that these values arise at run time.
fn infinity() -> f32 {
    var bits = 0x7f800000u;
    return bitcast<f32>(bits);
}

fn not_a_number() -> f32 {
    var bits = 0x7fc00000u;
    return bitcast<f32>(bits);
}
