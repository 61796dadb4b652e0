//! y[plane, row', column'] = the mean of x[plane, row, column] under the window: over the pixels it sees, or with COUNT_BORDER over the
//! border's zeros too, but never over what lies behind the border. One thread per result.
//# import grid
//# import window

override PAD_BOTTOM: u32;
override PAD_RIGHT: u32;
override COUNT_BORDER: bool;

struct Params {
    // Results: planes (images x channels) x OUT_ROWS x OUT_COLUMNS.
    count: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

// The part of a window that lies on the image, counted with the border before it: from x to y.
fn inside(start: u32, kernel: u32, before: u32, size: u32) -> vec2<u32> {
    return vec2(max(start, before), min(start + kernel, before + size));
}

// How many cells of a window count along one axis.
fn counted(start: u32, kernel: u32, before: u32, size: u32, after: u32) -> u32 {
    if (COUNT_BORDER) { return min(start + kernel, before + size + after) - start; }
    let seen = inside(start, kernel, before, size);
    return seen.y - seen.x;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let plane = i / (OUT_ROWS * OUT_COLUMNS);
    let top = ((i / OUT_COLUMNS) % OUT_ROWS) * STRIDE_ROWS;
    let left = (i % OUT_COLUMNS) * STRIDE_COLUMNS;
    let rows = inside(top, KERNEL_ROWS, PAD_TOP, ROWS);
    let columns = inside(left, KERNEL_COLUMNS, PAD_LEFT, COLUMNS);
    var sum = 0.0;
    for (var row = rows.x; row < rows.y; row++) {
        let start = (plane * ROWS + row - PAD_TOP) * COLUMNS - PAD_LEFT;
        for (var column = columns.x; column < columns.y; column++) { sum += x[start + column]; }
    }
    let down = counted(top, KERNEL_ROWS, PAD_TOP, ROWS, PAD_BOTTOM);
    let across = counted(left, KERNEL_COLUMNS, PAD_LEFT, COLUMNS, PAD_RIGHT);
    emit(i, sum / f32(down * across));
}
