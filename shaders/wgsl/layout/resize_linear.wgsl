//! y[plane, row', column'] = the mean of four pixels of x[plane, row, column]: along each axis a table gives the two neighbours and their
//! shares. One thread per pixel.
//# import grid

struct Params {
    // Elements of the result: planes (images x channels) x out_rows x out_columns.
    count: u32,
    // Rows of `x`.
    rows: u32,
    // Columns of `x`.
    columns: u32,
    // Rows of the result.
    out_rows: u32,
    // Columns of the result.
    out_columns: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
// What one row or column of the result is made of; three words in the table.
struct Tap {
    before: u32,
    after: u32,
    // Share of `after`; `before` has the rest.
    share: f32,
}
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> down: array<Tap>;
@group(0) @binding(3) var<storage, read> across: array<Tap>;
//# emit
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

fn between(row: u32, tap: Tap) -> f32 {
    return x[row * p.columns + tap.before] * (1.0 - tap.share) + x[row * p.columns + tap.after] * tap.share;
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let line = i / p.out_columns;
    let first = (line / p.out_rows) * p.rows;
    let rows = down[line % p.out_rows];
    let columns = across[i % p.out_columns];
    emit(i, between(first + rows.before, columns) * (1.0 - rows.share) + between(first + rows.after, columns) * rows.share);
}
