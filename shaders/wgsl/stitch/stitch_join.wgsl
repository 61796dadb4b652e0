//! The second stage of the stitch's gradient: dw[o, i] and db[o] from the splits' sums, in the order of the splits.
//!
//! parts [splits, O, I + 1] (a row's last entry belongs to db), dw [O, I], db [O]. One invocation per entry; four running sums keep
//! the rounding small and the loads independent. The order is fixed, so the result is the same on every run.
//# import grid
struct Params {
    size: u32, // O * (I + 1)
    inputs: u32, // I
    splits: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<storage, read_write> db: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.size) { return; }
    let size = p.size;
    var at = i;
    var s = vec4<f32>(0.0);
    let fours = p.splits / 4u;
    for (var k = 0u; k < fours; k++) {
        s += vec4<f32>(parts[at], parts[at + size], parts[at + 2u * size], parts[at + 3u * size]);
        at += 4u * size;
    }
    for (var k = fours * 4u; k < p.splits; k++) {
        s.x += parts[at];
        at += size;
    }
    let sum = (s.x + s.y) + (s.z + s.w);
    let o = i / (p.inputs + 1u);
    let column = i % (p.inputs + 1u);
    if (column == p.inputs) { db[o] = sum; } else { dw[o * p.inputs + column] = sum; }
}
