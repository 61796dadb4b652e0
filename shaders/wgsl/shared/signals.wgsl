//! What the kernels of the stitch's gradient are given: sizes, both signals with their strides, and the parts that they write.
struct Params {
    count: u32, // splits * tiles_o * tiles_i: invocations, or workgroups where these share their loads
    tiles_o: u32, // O by the rows of a tile, rounded up
    tiles_i: u32, // I by the columns of a tile, rounded up
    chunk: u32, // terms per split
    terms: u32, // N * P
    positions: u32, // P
    outputs: u32, // O
    inputs: u32, // I
    dy_image: u32, // strides, in elements
    dy_channel: u32,
    dy_position: u32,
    x_image: u32,
    x_channel: u32,
    x_position: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> parts: array<f32>;
