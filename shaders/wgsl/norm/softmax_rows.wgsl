//! y = e^(x - top) / sum along the axis of x[outer, axis, inner], or its logarithm (variant `log`), with `top` the largest of the
//! row, so that nothing overflows. One thread per row: for short rows.
//# import grid
//# import pointwise
//# import softmax
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

const LOG: bool = false; //# variant

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let base = (i / p.inner) * p.axis * p.inner + i % p.inner;
    var top = x[base];
    for (var j = 1u; j < p.axis; j++) { top = maximum(top, x[base + j * p.inner]); }
    var sum = 0.0;
    for (var j = 0u; j < p.axis; j++) { sum += exp(x[base + j * p.inner] - top); }
    for (var j = 0u; j < p.axis; j++) {
        let at = base + j * p.inner;
        emit(at, share(x[at] - top, sum));
    }
}
