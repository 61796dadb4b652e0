//! What the kernels of 3 x 3 patches are given: sizes, images, packed kernels and their bias.
struct Params {
    count: u32, // invocations: N * tiles_y * tiles_x * G * B
    tiles_x: u32, // WO by the columns of a patch, rounded up
    tiles_y: u32, // ceil(HO / 4)
    blocks: u32, // B, blocks of output channels per group
    groups: u32,
    inputs: u32, // I, per group
    outputs: u32, // O, per group
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    pad_top: i32,
    pad_left: i32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
