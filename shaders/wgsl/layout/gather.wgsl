//! y[outer, picked, inner] = x[outer, indices[picked], inner]; negative indices count from the end of the axis. Words of any type.
//! One thread per element.
//# import grid
//# import position

struct Params {
    // Elements of the result: outer x picked x inner.
    count: u32,
    // Size of the axis in `x`.
    size: u32,
    // Count of indices.
    picked: u32,
    // Elements behind the axis.
    inner: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let row = i / p.inner;
    let at = position(indices[row % p.picked], p.size);
    if (at >= p.size) {
        y[i] = OUTSIDE;
        return;
    }
    y[i] = x[((row / p.picked) * p.size + at) * p.inner + i % p.inner];
}
