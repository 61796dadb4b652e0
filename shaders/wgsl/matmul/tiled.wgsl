//! Matrix products through workgroup memory, for GPUs: c[b, r, s] = sum over k of A[b, r, k] * B[b, k, s].
//!
//! a holds A [batch, rows, inner] and b holds B [batch, inner, columns], each where its strides say (row-major, transposed, or
//! shared by the batch with stride 0). c [batch, splits, rows, columns] is dense; splits is 1 but for long sums over small
//! matrices, where each split sums `chunk` terms and `matmul/join` adds them up in a fixed order.
//! A workgroup computes TILE x TILE results, 256 invocations of 4 x 4 (or 2 x 2) each, staging 16 terms at a time. Neighbours
//! in memory are loaded by neighbours in the workgroup: A_ALONG_INNER and B_ALONG_INNER say which way an operand lies.
//# import grid
struct Params {
    groups_all: u32, // workgroups: batch * splits * tiles_r * tiles_s
    tiles_r: u32, // ceil(rows / TILE)
    tiles_s: u32, // ceil(columns / TILE)
    rows: u32,
    inner: u32,
    columns: u32,
    splits: u32,
    chunk: u32, // terms per split; splits * chunk >= inner
    a_batch: u32, // strides, in elements
    a_row: u32,
    a_inner: u32,
    b_batch: u32,
    b_inner: u32,
    b_column: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
//# emit
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
fn emit(i: u32, v: f32) { c[i] = v; }
//# end

override A_ALONG_INNER: u32; // 1 where a_inner is 1
override B_ALONG_INNER: u32; // 1 where b_inner is 1
const TILE: u32 = 64u; //# variant
const EACH: u32 = TILE / 16u; // results of an invocation, each way
const INNER: u32 = 16u;

// One more than the tile, so that a column of it does not fall into one memory bank.
const PITCH: u32 = TILE + 1u;
var<workgroup> left: array<f32, INNER * PITCH>; // [k, r]
var<workgroup> right: array<f32, INNER * PITCH>; // [k, s]

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let flat = flat_group(wid, groups);
    if (flat >= p.groups_all) { return; }
    let s0 = flat % p.tiles_s * TILE;
    let r0 = flat / p.tiles_s % p.tiles_r * TILE;
    let part = flat / (p.tiles_s * p.tiles_r); // batch * splits + split
    let batch = part / p.splits;
    let first = part % p.splits * p.chunk;
    let end = min(first + p.chunk, p.inner);
    let row = lane / 16u;
    let column = lane % 16u;
    var s: array<f32, EACH * EACH>;
    for (var start = first; start < end; start += INNER) {
        for (var t = lane; t < INNER * TILE; t += 256u) {
            var k = t / TILE;
            var r = t % TILE;
            if (A_ALONG_INNER == 1u) { k = t % INNER; r = t / INNER; }
            let at = batch * p.a_batch + min(r0 + r, p.rows - 1u) * p.a_row + min(start + k, end - 1u) * p.a_inner;
            left[k * PITCH + r] = select(0.0, a[at], start + k < end);
            k = t / TILE;
            r = t % TILE;
            if (B_ALONG_INNER == 1u) { k = t % INNER; r = t / INNER; }
            let bt = batch * p.b_batch + min(s0 + r, p.columns - 1u) * p.b_column + min(start + k, end - 1u) * p.b_inner;
            right[k * PITCH + r] = select(0.0, b[bt], start + k < end);
        }
        workgroupBarrier();
        for (var k = 0u; k < INNER; k++) {
            var u: array<f32, EACH>;
            var v: array<f32, EACH>;
            for (var j = 0u; j < EACH; j++) {
                u[j] = left[k * PITCH + row + j * 16u];
                v[j] = right[k * PITCH + column + j * 16u];
            }
            for (var i = 0u; i < EACH; i++) {
                for (var j = 0u; j < EACH; j++) { s[i * EACH + j] += u[i] * v[j]; }
            }
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < EACH; i++) {
        for (var j = 0u; j < EACH; j++) {
            let r = r0 + row + i * 16u;
            let q = s0 + column + j * 16u;
            if (r < p.rows && q < p.columns) { emit((part * p.rows + r) * p.columns + q, s[i * EACH + j]); }
        }
    }
}
