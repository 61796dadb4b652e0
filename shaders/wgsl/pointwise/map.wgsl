//! y[i] = f(i) for i < count: a chain of pointwise operators, all of which stands in the emit block that the engine writes;
//! its operands are bound and read there. One thread per element.
//# import grid

struct Params {
    // Elements of the result.
    count: u32,
}
@group(0) @binding(0) var<uniform> p: Params;

//# emit
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
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
    emit(i, 0.0);
}
