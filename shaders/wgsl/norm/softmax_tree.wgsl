//! y = e^(x - top) / sum along the axis of x[outer, axis, inner], or its logarithm, as `norm/softmax_rows`, for long rows:
//! one workgroup per row, whose threads take every LANES-th element and fold halves onto halves in a fixed order.
//# import grid
//# import pointwise
//# import softmax
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

const LOG: bool = false; //# variant

const LANES: u32 = 64u;

var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = flat_group(wid, groups);
    if (row >= p.count) { return; }
    let base = (row / p.inner) * p.axis * p.inner + row % p.inner;

    var top = -infinity();
    for (var j = lane; j < p.axis; j += LANES) { top = maximum(top, x[base + j * p.inner]); }
    partial[lane] = top;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane < half) { partial[lane] = maximum(partial[lane], partial[lane + half]); }
        workgroupBarrier();
    }
    top = partial[0];
    // All have read the top before the sums take its place.
    workgroupBarrier();

    var sum = 0.0;
    for (var j = lane; j < p.axis; j += LANES) { sum += exp(x[base + j * p.inner] - top); }
    partial[lane] = sum;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane < half) { partial[lane] += partial[lane + half]; }
        workgroupBarrier();
    }
    sum = partial[0];

    for (var j = lane; j < p.axis; j += LANES) {
        let at = base + j * p.inner;
        emit(at, share(x[at] - top, sum));
    }
}
