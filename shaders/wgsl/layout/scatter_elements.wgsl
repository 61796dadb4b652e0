//! y = x, but for axis 1 of three y[i, indices[i, j, k], k] becomes updates[i, j, k] (variant `replace`, words of any type; the last j
//! wins) or grows by it (`add` f32, `add_int` i32; in the order of j). `indices` and `updates` have x's rank (up to 8) and are no
//! larger but along the axis. Negative indices count from the end; one outside changes nothing.
//!
//! One thread per element of y, which looks through all the indices that could name it: nothing is written twice.
//# import grid
//# import position

struct Params {
    // Elements of `x` and `y`: the product of `shape`.
    count: u32,
    // Axes, 1 to 8.
    rank: u32,
    // The axis that indices point into.
    axis: u32,
    // Its size in `x`.
    size: u32,
    // Its size in `indices`.
    updates: u32,
    // Its step in `indices`.
    step: u32,
    // Sizes of `x`, outermost first.
    shape: array<vec4<u32>, 2>,
    // Sizes of `indices`.
    index_shape: array<vec4<u32>, 2>,
    // Steps in `indices`.
    index_strides: array<vec4<u32>, 2>,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> indices: array<i32>;
@group(0) @binding(3) var<storage, read> updates: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

// 0 replace, 1 add f32, 2 add i32
const MODE: u32 = 0u; //# variant

fn updated(old: u32, update: u32) -> u32 {
    if (MODE == 1u) { return bitcast<u32>(bitcast<f32>(old) + bitcast<f32>(update)); }
    if (MODE == 2u) { return old + update; }
    return update;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    var rest = i;
    var base = 0u;
    var along = 0u;
    var reached = true;
    for (var left = p.rank; left > 0u; left--) {
        let d = left - 1u;
        let size = p.shape[d / 4u][d % 4u];
        let c = rest % size;
        rest /= size;
        if (d == p.axis) {
            along = c;
        } else {
            reached = reached && c < p.index_shape[d / 4u][d % 4u];
            base += c * p.index_strides[d / 4u][d % 4u];
        }
    }
    var word = x[i];
    for (var j = 0u; reached && j < p.updates; j++) {
        let at = base + j * p.step;
        if (position(indices[at], p.size) == along) { word = updated(word, updates[at]); }
    }
    y[i] = word;
}
