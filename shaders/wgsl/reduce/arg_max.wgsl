//! y[outer, inner] = the index along the axis of the largest element of x[outer, axis, inner], the first of equals.
//! An element that is NaN is never larger; at index 0 nothing is larger than it. One thread per result.
//# import grid
//# import nan

struct Params {
    // Results: outer x inner.
    count: u32,
    // Size of the axis.
    axis: u32,
    // Elements behind the axis.
    inner: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let base = (i / p.inner) * p.axis * p.inner + i % p.inner;
    var best = 0u;
    var top = x[base];
    for (var j = 1u; j < p.axis; j++) {
        let value = x[base + j * p.inner];
        if (value > top && !is_nan(value) && !is_nan(top)) {
            best = j;
            top = value;
        }
    }
    y[i] = i32(best);
}
