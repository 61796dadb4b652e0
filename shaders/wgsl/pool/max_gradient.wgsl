//! dx[plane, row, column] = sum of dy[plane, row', column'] over the windows that took this pixel, by the `indices` of `pool/max`.
//!
//! One thread per pixel, which asks every window over it: sums have a fixed order, where scattering would need atomics.
//# import grid
//# import window

override DILATION_ROWS: u32;
override DILATION_COLUMNS: u32;

struct Params {
    // Pixels: planes (images x channels) x ROWS x COLUMNS.
    count: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<i32>;
//# emit
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
fn emit(i: u32, v: f32) { dx[i] = v; }
//# end

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let plane = i / (ROWS * COLUMNS);
    let row = (i / COLUMNS) % ROWS + PAD_TOP;
    let column = i % COLUMNS + PAD_LEFT;
    var sum = 0.0;
    for (var down = 0u; down < KERNEL_ROWS; down++) {
        // Where this cell of a window lies on the pixel, the window begins here; below 0 it wraps to a number far too large.
        let top = row - down * DILATION_ROWS;
        let y_row = top / STRIDE_ROWS;
        if (top % STRIDE_ROWS != 0u || y_row >= OUT_ROWS) { continue; }
        for (var across = 0u; across < KERNEL_COLUMNS; across++) {
            let left = column - across * DILATION_COLUMNS;
            let y_column = left / STRIDE_COLUMNS;
            if (left % STRIDE_COLUMNS != 0u || y_column >= OUT_COLUMNS) { continue; }
            let at = (plane * OUT_ROWS + y_row) * OUT_COLUMNS + y_column;
            if (indices[at] == i32(i)) { sum += dy[at]; }
        }
    }
    emit(i, sum);
}
