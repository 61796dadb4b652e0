//! y[plane, row', column'] = the largest pixel of x[plane, row, column] under the window, and `indices` where it is, counted over
//! the whole of x in row-major order; of equal pixels the first wins. One thread per result.
//# import grid
//# import largest

struct Params {
    // Results: planes (images x channels) x OUT_ROWS x OUT_COLUMNS.
    count: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> indices: array<i32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let best = largest(i);
    y[i] = x[best];
    indices[i] = i32(best);
}
