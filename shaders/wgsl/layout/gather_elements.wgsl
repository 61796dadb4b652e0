//! y[c] = x[c with its coordinate along `axis` replaced by indices[c]]; y is shaped like `indices`, which has x's rank (up to 8) and
//! is no larger but along the axis. Negative indices count from the end. Words of any type. One thread per element.
//# import grid
//# import position

struct Params {
    // Elements of the result: the product of `shape`.
    count: u32,
    // Axes, 1 to 8.
    rank: u32,
    // The axis that indices point into.
    axis: u32,
    // Its size in `x`.
    size: u32,
    // Sizes of `indices`, outermost first.
    shape: array<vec4<u32>, 2>,
    // Steps in `x`.
    strides: array<vec4<u32>, 2>,
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
    let picked = position(indices[i], p.size);
    if (picked >= p.size) {
        y[i] = OUTSIDE;
        return;
    }
    var rest = i;
    var read_at = 0u;
    for (var left = p.rank; left > 0u; left--) {
        let d = left - 1u;
        let size = p.shape[d / 4u][d % 4u];
        read_at += select(rest % size, picked, d == p.axis) * p.strides[d / 4u][d % 4u];
        rest /= size;
    }
    y[i] = x[read_at];
}
