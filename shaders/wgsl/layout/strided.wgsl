//! y[place(c)] = x[base + sum_d c_d * strides_d] for every coordinate c in `shape` (rank up to 8): transposing, slicing with
//! steps (strides may be negative), broadcasting (stride 0), depth to space, one part of a concatenation.
//!
//! Words are moved, not numbers, so that it serves every element type. Variant `default` writes a dense result from 0 on;
//! `placed` writes at out_base + sum_d c_d * out_strides_d, a part of a larger result. One thread per element.
//# import grid

struct Params {
    // Elements that are moved: the product of `shape`.
    count: u32,
    // Axes in use, 1 to 8 (a scalar has one of size 1).
    rank: u32,
    // Where the element at coordinate 0 lies in `x`.
    base: u32,
    // Where it goes in `y`; `placed` only.
    out_base: u32,
    // Sizes of the axes, outermost first.
    shape: array<vec4<u32>, 2>,
    // Steps in `x`.
    strides: array<vec4<i32>, 2>,
    // Steps in `y`; `placed` only.
    out_strides: array<vec4<i32>, 2>,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

const PLACED: bool = false; //# variant

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    var rest = i;
    var read_at = i32(p.base);
    var write_at = i32(p.out_base);
    // The outermost axis has what is left: one of rank 1 needs no division.
    for (var d = p.rank - 1u; d > 0u; d--) {
        let size = p.shape[d / 4u][d % 4u];
        let c = i32(rest % size);
        rest /= size;
        read_at += c * p.strides[d / 4u][d % 4u];
        if (PLACED) { write_at += c * p.out_strides[d / 4u][d % 4u]; }
    }
    read_at += i32(rest) * p.strides[0].x;
    if (PLACED) { write_at += i32(rest) * p.out_strides[0].x; }
    y[select(i, u32(write_at), PLACED)] = x[u32(read_at)];
}
