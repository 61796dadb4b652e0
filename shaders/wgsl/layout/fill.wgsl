//! y[base + i] = value for i < count, a word of any type. One thread per element.
//# import grid

struct Params {
    // Elements that are set.
    count: u32,
    // The first of them.
    base: u32,
    // The word.
    value: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    y[p.base + i] = p.value;
}
