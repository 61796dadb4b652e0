//! y[kept] = fold over the folded axes of x, as `reduce/rows`, for long folds.
//!
//! One workgroup per result: each of LANES threads folds every LANES-th element in order, then halves are folded onto halves.
//! The order never changes, so the result does not either.
//# import grid
//# import places
//# import reduction
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

const KIND: u32 = 0u; //# variant
const LANES: u32 = 256u; //# variant

var<workgroup> partial: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups);
    if (i >= p.count) { return; }
    let base = place4(i, p.kept_rank, p.kept_shape, p.kept_strides);
    var sum = first_value();
    for (var j = lane; j < p.length; j += LANES) {
        sum = fold(sum, x[base + place4(j, p.folded_rank, p.folded_shape, p.folded_strides)]);
    }
    partial[lane] = sum;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane < half) { partial[lane] = combine(partial[lane], partial[lane + half]); }
        workgroupBarrier();
    }
    if (lane == 0u) { emit(i, finish(partial[0], p.scale)); }
}
