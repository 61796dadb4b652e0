//! y[outer, depth, inner] = `on` where the position along `depth` is the one that indices[outer, inner] names, else `off`. Negative
//! indices count from the end; one outside leaves `off` everywhere. One thread per element.
//# import grid
//# import position

struct Params {
    // Elements of the result: outer x depth x inner.
    count: u32,
    // Positions along the new axis.
    depth: u32,
    // Elements behind it.
    inner: u32,
    // Value at the position that is named.
    on: f32,
    // Value elsewhere.
    off: f32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let row = i / p.inner;
    let index = indices[(row / p.depth) * p.inner + i % p.inner];
    emit(i, select(p.off, p.on, position(index, p.depth) == row % p.depth));
}
