//! y[plane, row', column'] = x[plane, down[row'], across[column']]: images at another size by the nearest pixel, whose row and column
//! stand in two tables. Words of any type. One thread per pixel.
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
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> down: array<u32>;
@group(0) @binding(3) var<storage, read> across: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let line = i / p.out_columns;
    let row = (line / p.out_rows) * p.rows + down[line % p.out_rows];
    y[i] = x[row * p.columns + across[i % p.out_columns]];
}
