//! Convolution as an implicit matrix product through workgroup memory, for GPUs: rows are output channels, columns are output
//! pixels of the whole batch, the sum runs over the I * KH * KW taps.
//!
//! x [N, G*I, H, W], y [N, G*O, HO, WO]; w packed [G*B, I, KH, KW, 8] and bias packed [G*B, 8] as for `conv/direct`.
//! A workgroup computes ROWS channels x COLUMNS pixels: 256 invocations of 4 x 4 each. Per step it stages INNER taps: weights and the
//! inputs under the pixels (each gathered once, 0 outside the picture), neighbours in memory by neighbours in the workgroup.
//# import grid
struct Params {
    groups_all: u32, // workgroups: G * tiles_o * tiles_q
    tiles_o: u32, // ceil(O / ROWS)
    tiles_q: u32, // ceil(N * HO * WO / COLUMNS)
    pixels: u32, // N * HO * WO
    blocks: u32, // B, blocks of eight output channels per group
    groups: u32,
    inputs: u32, // I, per group
    outputs: u32, // O, per group
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    stride_h: i32,
    stride_w: i32,
    pad_top: i32,
    pad_left: i32,
    dilation_h: i32,
    dilation_w: i32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# emit
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

override KERNEL_H: u32;
override KERNEL_W: u32;
const ROWS: u32 = 64u; //# variant
const COLUMNS: u32 = 64u; //# variant
const INNER: u32 = 16u; //# variant
const STEP: u32 = COLUMNS / 4u;

var<workgroup> weights: array<vec4<f32>, INNER * ROWS / 4u>; // [tap, channel]
// Not vectors: a write to one component may touch its neighbours, which other invocations write.
var<workgroup> inputs: array<f32, INNER * COLUMNS>; // [tap, pixel]

// The input under output pixel (oy, ox) for one tap of the sum, 0 outside the picture.
fn under(base: u32, oy: i32, ox: i32, tap: u32) -> f32 {
    let i = tap / (KERNEL_H * KERNEL_W);
    let k = tap % (KERNEL_H * KERNEL_W);
    let iy = oy * p.stride_h - p.pad_top + i32(k / KERNEL_W) * p.dilation_h;
    let ix = ox * p.stride_w - p.pad_left + i32(k % KERNEL_W) * p.dilation_w;
    let inside = iy >= 0 && iy < i32(p.height) && ix >= 0 && ix < i32(p.width) && i < p.inputs;
    let at = select(0u, base + (i * p.height + u32(iy)) * p.width + u32(ix), inside);
    return select(0.0, x[at], inside);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let flat = flat_group(wid, groups);
    if (flat >= p.groups_all) { return; }
    let tile_o = flat % p.tiles_o;
    let group = flat / p.tiles_o % p.groups;
    let tile_q = flat / p.tiles_o / p.groups;
    let plane = p.out_height * p.out_width;
    let taps = p.inputs * KERNEL_H * KERNEL_W;

    // What this invocation stages: one pixel at every 256 / COLUMNS-th tap.
    let mine = tile_q * COLUMNS + lane % COLUMNS;
    let pixel = min(mine, p.pixels - 1u);
    let oy = i32(pixel % plane / p.out_width);
    let ox = i32(pixel % p.out_width);
    let base = (pixel / plane * p.groups + group) * p.inputs * p.height * p.width;
    let last_block = (group + 1u) * p.blocks - 1u;

    let row = lane / STEP; // four channels
    let column = lane % STEP; // four pixels, STEP apart: neighbours read and store neighbours
    var s = array<vec4<f32>, 4>();
    for (var start = 0u; start < taps; start += INNER) {
        for (var t = lane; t < INNER * ROWS / 4u; t += 256u) {
            // Eight channels of a tap lie together, the taps of a block follow each other.
            let tap = start + t / 2u % INNER;
            let block = group * p.blocks + tile_o * (ROWS / 8u) + t / (2u * INNER);
            let at = (min(block, last_block) * taps + min(tap, taps - 1u)) * 2u + t % 2u;
            weights[t / 2u % INNER * (ROWS / 4u) + t / (2u * INNER) * 2u + t % 2u] =
                select(vec4<f32>(0.0), w[at], tap < taps);
        }
        for (var t = lane / COLUMNS; t < INNER; t += 256u / COLUMNS) {
            inputs[t * COLUMNS + lane % COLUMNS] = under(base, oy, ox, start + t);
        }
        workgroupBarrier();
        for (var t = 0u; t < INNER; t++) {
            let a = weights[t * (ROWS / 4u) + row];
            let at = t * COLUMNS + column;
            let b = vec4<f32>(inputs[at], inputs[at + STEP], inputs[at + 2u * STEP], inputs[at + 3u * STEP]);
            s[0] += a.x * b;
            s[1] += a.y * b;
            s[2] += a.z * b;
            s[3] += a.w * b;
        }
        workgroupBarrier();
    }
    for (var j = 0u; j < 4u; j++) {
        let o = tile_o * ROWS + row * 4u + j;
        let b = bias[min(group * p.blocks * 8u + o, p.groups * p.blocks * 8u - 1u)];
        for (var c = 0u; c < 4u; c++) {
            let q = tile_q * COLUMNS + column + c * STEP;
            if (o < p.outputs && q < p.pixels) {
                emit(((q / plane * p.groups + group) * p.outputs + o) * plane + q % plane, s[j][c] + b);
            }
        }
    }
}
