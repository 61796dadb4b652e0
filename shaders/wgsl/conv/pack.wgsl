//! Weights for convolutions, when they are not constant: [G*O, I, KH*KW] -> [G*B, I, KH*KW, 8], B = ceil(O / 8), for `conv/direct` and its
//! kin, or, in the variants with `taps`, [G*B, KH*KW, I, 8] for `conv/tiled`.
//!
//! The variants `transposed` read ConvTranspose's order [G*I, O, KH*KW] instead. A bias is packed by I = KH = KW = 1.
//! Each invocation writes one word; channels beyond O are zero.
//# import grid
struct Params {
    count: u32, // words written: G * B * I * taps * 8
    blocks: u32, // B
    outputs: u32, // O, per group
    inputs: u32, // I, per group
    taps: u32, // KH * KW
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> packed: array<f32>;

const TRANSPOSED: u32 = 0u; //# variant
const TAPS: u32 = 0u; //# variant

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let at = flat_group(wid, groups) * 64u + lane;
    if (at >= p.count) { return; }
    var tap = at / 8u % p.taps;
    var i = at / 8u / p.taps % p.inputs;
    if (TAPS == 1u) {
        i = at / 8u % p.inputs;
        tap = at / 8u / p.inputs % p.taps;
    }
    let block = at / 8u / p.taps / p.inputs;
    let group = block / p.blocks;
    let o = block % p.blocks * 8u + at % 8u;
    var v = 0.0;
    if (o < p.outputs) {
        if (TRANSPOSED == 1u) {
            v = w[((group * p.inputs + i) * p.outputs + o) * p.taps + tap];
        } else {
            v = w[((group * p.outputs + o) * p.inputs + i) * p.taps + tap];
        }
    }
    packed[at] = v;
}
