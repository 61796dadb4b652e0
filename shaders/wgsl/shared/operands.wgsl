//! The sizes of a matrix product and where its operands lie, for all kernels of `matmul/` that multiply.
struct Params {
    count: u32, // batch * splits * tiles_r * tiles_s: invocations, or workgroups where these share their loads
    tiles_r: u32, // rows by those of a tile, rounded up
    tiles_s: u32, // columns by those of a tile, rounded up
    rows: u32,
    inner: u32,
    columns: u32,
    splits: u32,
    chunk: u32, // terms per split; splits * chunk >= inner
    a_batch: u32, // strides, in elements
    a_row: u32,
    a_inner: u32,
    b_batch: u32,
    b_inner: u32,
    b_column: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
