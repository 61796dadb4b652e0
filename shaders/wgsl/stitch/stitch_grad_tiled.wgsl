//! The stitch's gradient in one pass, through workgroup memory, for GPUs: dw[o, i] = sum over n, p of dy[n, o, p] * x[n, i, p] and
//! db[o] = sum over n, p of dy[n, o, p].
//!
//! dy [N, O, P], x [N, I, P] (pictures), or dy [N, P, O], x [N, P, I] (tokens; also [N, C] as P = 1): the strides say which, and
//! ALONG_CHANNEL is 1 where channels are the neighbours in memory. parts [splits, O, I + 1]: each split sums `chunk` of the N * P
//! terms, a row's last entry is its db; `stitch/stitch_join` adds the splits up in a fixed order.
//! A workgroup computes TILE x TILE entries of one split, 256 invocations of 4 x 4 (or 2 x 2, or one) each, staging 16 terms at a
//! time; db comes from the staged dy, so both signals are read once per tile.
//# import grid
struct Params {
    groups_all: u32, // workgroups: splits * tiles_o * tiles_i
    tiles_o: u32, // ceil(O / TILE)
    tiles_i: u32, // ceil(I / TILE)
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

override ALONG_CHANNEL: u32;
const TILE: u32 = 64u; //# variant
const EACH: u32 = TILE / 16u; // entries of an invocation, each way
const INNER: u32 = 16u;

// One more than the tile, so that a column of it does not fall into one memory bank.
const PITCH: u32 = TILE + 1u;
var<workgroup> left: array<f32, INNER * PITCH>; // [term, o]
var<workgroup> right: array<f32, INNER * PITCH>; // [term, i]

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let flat = flat_group(wid, groups);
    if (flat >= p.groups_all) { return; }
    let i0 = flat % p.tiles_i * TILE;
    let o0 = flat / p.tiles_i % p.tiles_o * TILE;
    let part = flat / (p.tiles_i * p.tiles_o);
    let end = min((part + 1u) * p.chunk, p.terms);
    let row = lane / 16u;
    let column = lane % 16u;
    var s: array<f32, EACH * EACH>;
    var bias: array<f32, EACH>;
    for (var start = part * p.chunk; start < end; start += INNER) {
        for (var t = lane; t < INNER * TILE; t += 256u) {
            var k = t % INNER;
            var c = t / INNER;
            if (ALONG_CHANNEL == 1u) { k = t / TILE; c = t % TILE; }
            let term = min(start + k, end - 1u);
            let image = term / p.positions;
            let position = term % p.positions;
            let at = image * p.dy_image + position * p.dy_position + min(o0 + c, p.outputs - 1u) * p.dy_channel;
            let bt = image * p.x_image + position * p.x_position + min(i0 + c, p.inputs - 1u) * p.x_channel;
            // Terms beyond the split's end are 0 on both sides: 0 times a NaN would be one.
            left[k * PITCH + c] = select(0.0, dy[at], start + k < end);
            right[k * PITCH + c] = select(0.0, x[bt], start + k < end);
        }
        workgroupBarrier();
        for (var k = 0u; k < INNER; k++) {
            var u: array<f32, EACH>;
            var v: array<f32, EACH>;
            for (var j = 0u; j < EACH; j++) {
                u[j] = left[k * PITCH + row + j * 16u];
                v[j] = right[k * PITCH + column + j * 16u];
                bias[j] += u[j];
            }
            for (var i = 0u; i < EACH; i++) {
                for (var j = 0u; j < EACH; j++) { s[i * EACH + j] += u[i] * v[j]; }
            }
        }
        workgroupBarrier();
    }
    let width = p.inputs + 1u;
    for (var i = 0u; i < EACH; i++) {
        let o = o0 + row + i * 16u;
        if (o >= p.outputs) { continue; }
        let start = (part * p.outputs + o) * width;
        for (var j = 0u; j < EACH; j++) {
            let q = i0 + column + j * 16u;
            if (q < p.inputs) { parts[start + q] = s[i * EACH + j]; }
        }
        if (i0 == 0u && column == 0u) { parts[start + p.inputs] = bias[i]; }
    }
}
