//! Convolution and its transpose as implicit matrix products through workgroup memory, for GPUs: rows are output channels, columns are
//! output pixels of the whole batch, the sum runs over the taps of the kernel and, within a tap, over the I input channels.
//!
//! x [N, G*I, H, W], y [N, G*O, HO, WO]; w packed [G*B, KH * KW, I, 8] with B = ceil(O / 8) blocks of eight output channels, bias packed
//! [G*B, 8] (both filled up with zeros). Output pixels fall into phases, `phases` each way, which see different taps: a transposed
//! convolution with stride s has s of them, any other one. Within a phase pixel (py, px) and the phase's tap (j, i) meet at the
//! input pixel origin + py * step + j * tap, and the tap is the kernel's cell first + j * skip; so no tap that meets nothing is multiplied.
//! A workgroup computes ROWS channels x COLUMNS pixels of one phase, an invocation DOWN x ACROSS of them (`shared/product`), INNER
//! channels of one tap at a time: where a pixel's input lies is found once for them all, and an invocation stages one pixel of each.
//# import grid
//# import product
struct Params {
    groups_all: u32, // workgroups: tiles_q * phases_h * phases_w * G * tiles_o
    tiles_o: u32, // ceil(O / ROWS)
    pixels: u32, // N * phase_rows * phase_columns
    blocks: u32, // B, blocks of eight output channels per group
    groups: u32,
    inputs: u32, // I, per group
    outputs: u32, // O, per group
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    phase_rows: u32, // ceil(HO / phases_h)
    phase_columns: u32, // ceil(WO / phases_w)
    phases_h: u32, // at most 8, also the output rows from a pixel of a phase to the next
    phases_w: u32,
    kernel_h: u32,
    kernel_w: u32,
    skip_h: u32, // cells of the kernel from a tap of a phase to the next
    skip_w: u32,
    step_h: i32, // input rows from a pixel of a phase to the next
    step_w: i32,
    tap_h: i32, // input rows from a tap of a phase to the next
    tap_w: i32,
    first_h: array<vec4<u32>, 2>, // by phase: its first tap; KH where it has none
    first_w: array<vec4<u32>, 2>,
    origin_h: array<vec4<i32>, 2>, // by phase: the input row under its first pixel and first tap
    origin_w: array<vec4<i32>, 2>,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
//# emit
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

const ROWS: u32 = 64u; //# variant
const COLUMNS: u32 = 128u; //# variant
const INNER: u32 = 16u; //# variant
const DOWN: u32 = 8u; //# variant
const ACROSS: u32 = 8u; //# variant
const WEIGHTS: u32 = INNER * ROWS / 4u; // vectors of weights that are staged at a time

// What this workgroup computes.
struct Part { group: u32, phase_y: u32, phase_x: u32, tile_o: u32, tile_q: u32 }

// Four channels of the input at `at`, the first of which is `channel`; beyond the last they are 0.
fn four(at: u32, channel: u32, plane: u32) -> vec4<f32> {
    let last = p.inputs - 1u;
    let far = at + plane * min(vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(last - min(channel, last)));
    let v = vec4<f32>(x[far.x], x[far.y], x[far.z], x[far.w]);
    return select(vec4<f32>(0.0), v, channel + vec4<u32>(0u, 1u, 2u, 3u) <= vec4<u32>(last));
}

fn whole_four(at: u32, plane: u32) -> vec4<f32> {
    return vec4<f32>(x[at], x[at + plane], x[at + 2u * plane], x[at + 3u * plane]);
}

// The inputs of one pixel; outside the picture they are 0.
fn stage_inputs(lane: u32, at: u32, inside: bool, channel: u32) {
    let plane = p.height * p.width;
    var v: array<vec4<f32>, QUADS>;
    if (inside) {
        if (channel + INNER <= p.inputs) {
            v[0] = whole_four(at, plane);
            if (QUADS > 1u) { v[min(1u, QUADS - 1u)] = whole_four(at + 4u * plane, plane); }
            if (QUADS > 2u) {
                v[min(2u, QUADS - 1u)] = whole_four(at + 8u * plane, plane);
                v[min(3u, QUADS - 1u)] = whole_four(at + 12u * plane, plane);
            }
        } else {
            v[0] = four(at, channel, plane);
            if (QUADS > 1u) { v[min(1u, QUADS - 1u)] = four(at + 4u * plane, channel + 4u, plane); }
            if (QUADS > 2u) {
                v[min(2u, QUADS - 1u)] = four(at + 8u * plane, channel + 8u, plane);
                v[min(3u, QUADS - 1u)] = four(at + 12u * plane, channel + 12u, plane);
            }
        }
    }
    let j = lane / LANES_S;
    let column = lane % LANES_S;
    right[0][j][column] = v[0];
    right[min(1u, QUADS - 1u)][j][column] = v[min(1u, QUADS - 1u)];
    right[min(2u, QUADS - 1u)][j][column] = v[min(2u, QUADS - 1u)];
    right[min(3u, QUADS - 1u)][j][column] = v[min(3u, QUADS - 1u)];
}

// One vector of the weights for `cell` of the kernel and the channels from `channel` on.
fn stage_weights(part: Part, item: u32, cell: u32, channel: u32) {
    if (item >= WEIGHTS) { return; }
    // Eight output channels of an input channel lie together, the input channels of a cell follow each other.
    let k = item / 2u % INNER;
    let z = item / (2u * INNER) * 2u + item % 2u;
    let block = min(part.tile_o * (ROWS / 8u) + z / 2u, p.blocks - 1u);
    let row = ((part.group * p.blocks + block) * p.kernel_h * p.kernel_w + cell) * p.inputs;
    let at = (row + min(channel + k, p.inputs - 1u)) * 2u + z % 2u;
    left[k][z / LANES_R][z % LANES_R] = select(vec4<f32>(0.0), w[at], channel + k < p.inputs);
}

// Eight (or four) channels of one pixel.
fn store(part: Part, row: u32, q: u32, u: vec4<f32>, v: vec4<f32>) {
    if (q >= p.pixels) { return; }
    let all = p.phase_rows * p.phase_columns;
    let oy = q % all / p.phase_columns * p.phases_h + part.phase_y;
    let ox = q % p.phase_columns * p.phases_w + part.phase_x;
    if (oy >= p.out_height || ox >= p.out_width) { return; }
    let plane = p.out_height * p.out_width;
    let o = part.tile_o * ROWS + row * 4u;
    let at = ((q / all * p.groups + part.group) * p.outputs + o) * plane + oy * p.out_width + ox;
    store_four(at, o, plane, u);
    if (DOWN == 8u) { store_four(at + ROWS / 2u * plane, o + ROWS / 2u, plane, v); }
}

fn store_four(at: u32, o: u32, plane: u32, v: vec4<f32>) {
    if (o < p.outputs) { emit(at, v.x); }
    if (o + 1u < p.outputs) { emit(at + plane, v.y); }
    if (o + 2u < p.outputs) { emit(at + 2u * plane, v.z); }
    if (o + 3u < p.outputs) { emit(at + 3u * plane, v.w); }
}

fn bias_of(part: Part, quad: u32) -> vec4<f32> {
    return bias[part.group * p.blocks * 2u + min(quad, p.blocks * 2u - 1u)];
}

@compute @workgroup_size(COLUMNS)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let flat = flat_group(wid, groups);
    if (flat >= p.groups_all) { return; }
    let phases = p.phases_h * p.phases_w;
    let phase = flat / (p.tiles_o * p.groups) % phases;
    let part = Part(flat / p.tiles_o % p.groups, phase / p.phases_w, phase % p.phases_w, flat % p.tiles_o, flat / (p.tiles_o * p.groups * phases));
    let first_y = p.first_h[part.phase_y / 4u][part.phase_y % 4u];
    let first_x = p.first_w[part.phase_x / 4u][part.phase_x % 4u];
    let taps_y = (p.kernel_h + p.skip_h - 1u - first_y) / p.skip_h;
    let taps_x = (p.kernel_w + p.skip_w - 1u - first_x) / p.skip_w;
    let chunks = (p.inputs + INNER - 1u) / INNER;

    // The pixel that this invocation stages.
    let pixel = min(part.tile_q * COLUMNS + lane, p.pixels - 1u);
    let all = p.phase_rows * p.phase_columns;
    let top = i32(pixel % all / p.phase_columns) * p.step_h + p.origin_h[part.phase_y / 4u][part.phase_y % 4u];
    let across = i32(pixel % p.phase_columns) * p.step_w + p.origin_w[part.phase_x / 4u][part.phase_x % 4u];
    let plane = p.height * p.width;
    let base = (pixel / all * p.groups + part.group) * p.inputs * plane;

    let row = lane / LANES_S; // four channels of each half
    let column = lane % LANES_S; // ACROSS pixels, LANES_S apart: neighbours read and store neighbours
    var s: Sums;
    s[0] = bias_of(part, part.tile_o * (ROWS / 4u) + row);
    s[1] = bias_of(part, part.tile_o * (ROWS / 4u) + row + ROWS / 8u);
    s[2] = s[0]; s[4] = s[0]; s[6] = s[0]; s[8] = s[0]; s[10] = s[0]; s[12] = s[0]; s[14] = s[0];
    s[3] = s[1]; s[5] = s[1]; s[7] = s[1]; s[9] = s[1]; s[11] = s[1]; s[13] = s[1]; s[15] = s[1];
    var j = 0u;
    var i = 0u;
    var channel = 0u;
    for (var turn = taps_y * taps_x * chunks; turn > 0u; turn--) {
        let iy = top + i32(j) * p.tap_h;
        let ix = across + i32(i) * p.tap_w;
        // A negative place is a large one as u32.
        let inside = u32(iy) < p.height && u32(ix) < p.width;
        let cell = (first_y + j * p.skip_h) * p.kernel_w + first_x + i * p.skip_w;
        stage_inputs(lane, base + channel * plane + u32(iy) * p.width + u32(ix), inside, channel);
        stage_weights(part, lane, cell, channel);
        if (WEIGHTS > COLUMNS) { stage_weights(part, lane + COLUMNS, cell, channel); }
        if (WEIGHTS > 2u * COLUMNS) {
            stage_weights(part, lane + 2u * COLUMNS, cell, channel);
            stage_weights(part, lane + 3u * COLUMNS, cell, channel);
        }
        workgroupBarrier();
        add_terms(&s, row, column);
        workgroupBarrier();
        channel += INNER;
        if (channel >= p.inputs) {
            channel = 0u;
            i += 1u;
            if (i == taps_x) { i = 0u; j += 1u; }
        }
    }
    let q = part.tile_q * COLUMNS + column;
    store(part, row, q, s[0], s[1]);
    store(part, row, q + LANES_S, s[2], s[3]);
    store(part, row, q + 2u * LANES_S, s[4], s[5]);
    store(part, row, q + 3u * LANES_S, s[6], s[7]);
    if (ACROSS == 8u) {
        store(part, row, q + 4u * LANES_S, s[8], s[9]);
        store(part, row, q + 5u * LANES_S, s[10], s[11]);
        store(part, row, q + 6u * LANES_S, s[12], s[13]);
        store(part, row, q + 7u * LANES_S, s[14], s[15]);
    }
}
