//! y[kept] = fold over the folded axes of x: sum, mean, maximum, sum of squares or Euclidean norm, see the variants.
//! Kept and folded axes are any axes of x, neighbours joined where their steps allow, in row-major order.
//!
//! One thread per result, which adds up in order: for short folds, and where neighbouring results lie side by side in x.
//# import grid
//# import places
//# import reduction
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

const KIND: u32 = 0u; //# variant

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let base = place4(i, p.kept_rank, p.kept_shape, p.kept_strides);
    var sum = first_value();
    for (var j = 0u; j < p.length; j++) {
        sum = fold(sum, x[base + place4(j, p.folded_rank, p.folded_shape, p.folded_strides)]);
    }
    emit(i, finish(sum, p.scale));
}
