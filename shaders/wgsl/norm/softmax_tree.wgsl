//! y = e^(x - top) / sum along the axis of x[outer, axis, inner], or its logarithm, as `norm/softmax_rows`, for long rows:
//! one workgroup per row, whose threads take every LANES-th element and fold halves onto halves in a fixed order.
//# import grid
//# import pointwise

struct Params {
    // Rows: outer x inner.
    count: u32,
    // Size of the axis.
    axis: u32,
    // Elements behind the axis.
    inner: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

const LOG: bool = false; //# variant

// One result from its element less the largest, and the sum of the exponentials.
fn share(x: f32, sum: f32) -> f32 {
    if (LOG) { return x - log(sum); }
    return exp(x) / sum;
}

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
