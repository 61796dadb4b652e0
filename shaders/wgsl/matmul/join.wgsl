//! The second stage of a split sum: y[b, e] = sum over s of parts[b, s, e], in the order of the splits.
//!
//! parts [batch, splits, size], y [batch, size]. One invocation per result; four running sums keep the rounding small and the
//! loads independent. The order is fixed, so the result is the same on every run.
//# import grid
struct Params {
    count: u32, // batch * size
    size: u32,
    splits: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let size = p.size;
    var at = i / size * p.splits * size + i % size;
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
    emit(i, (s.x + s.y) + (s.z + s.w));
}
