//! Where an element lies: the offset of row-major number `i` of a shape of 1 to 4 axes (outermost first) laid out in `strides`.
//! The outermost axis has what is left, so that one axis needs no division.

fn place4(i: u32, rank: u32, shape: vec4<u32>, strides: vec4<u32>) -> u32 {
    var rest = i;
    var at = 0u;
    for (var d = rank - 1u; d > 0u; d--) {
        at += (rest % shape[d]) * strides[d];
        rest /= shape[d];
    }
    return at + rest * strides.x;
}
