//! Matrix products through workgroup memory, for GPUs: c[b, r, s] = sum over k of A[b, r, k] * B[b, k, s].
//!
//! a holds A [batch, rows, inner] and b holds B [batch, inner, columns], each where its strides say (row-major, transposed, or
//! shared by the batch with stride 0). c [batch, splits, rows, columns] is dense; splits is 1 but for long sums over small
//! matrices, where each split sums `chunk` terms and `matmul/join` adds them up in a fixed order.
//! A workgroup computes ROWS x COLUMNS results, an invocation DOWN x ACROSS of them, INNER terms at a time (`shared/product`).
//! A_ALONG_INNER and B_ALONG_INNER say along which axis an operand's neighbours in memory lie.
//! Any sizes and strides; `matmul/quads` is the one for those that are multiples of four.
//# import operands
//# import product_of_two
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
//# emit
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
fn emit(i: u32, v: f32) { c[i] = v; }
//# end

override A_ALONG_INNER: u32; // 1 where a_inner is 1
override B_ALONG_INNER: u32; // 1 where b_inner is 1
const ROWS: u32 = 128u; //# variant
const COLUMNS: u32 = 128u; //# variant
const INNER: u32 = 16u; //# variant
const DOWN: u32 = 8u; //# variant
const ACROSS: u32 = 8u; //# variant

fn one_of_a(at: Part, r: u32, k: u32) -> f32 {
    let place = at.a_base + min(r, p.rows - 1u) * p.a_row + min(k, at.end - 1u) * p.a_inner;
    return select(0.0, a[place], k < at.end);
}

fn one_of_b(at: Part, s: u32, k: u32) -> f32 {
    let place = at.b_base + min(s, p.columns - 1u) * p.b_column + min(k, at.end - 1u) * p.b_inner;
    return select(0.0, b[place], k < at.end);
}

// Four neighbours that begin at row r and term k. Rows beyond the end repeat the last one and are not stored; terms beyond it are 0.
fn run_of_a(at: Part, r: u32, k: u32) -> vec4<f32> {
    if (A_ALONG_INNER == 1u) {
        return vec4<f32>(one_of_a(at, r, k), one_of_a(at, r, k + 1u), one_of_a(at, r, k + 2u), one_of_a(at, r, k + 3u));
    }
    return vec4<f32>(one_of_a(at, r, k), one_of_a(at, r + 1u, k), one_of_a(at, r + 2u, k), one_of_a(at, r + 3u, k));
}

fn run_of_b(at: Part, s: u32, k: u32) -> vec4<f32> {
    if (B_ALONG_INNER == 1u) {
        return vec4<f32>(one_of_b(at, s, k), one_of_b(at, s, k + 1u), one_of_b(at, s, k + 2u), one_of_b(at, s, k + 3u));
    }
    return vec4<f32>(one_of_b(at, s, k), one_of_b(at, s + 1u, k), one_of_b(at, s + 2u, k), one_of_b(at, s + 3u, k));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let flat = flat_group(wid, groups);
    if (flat >= p.count) { return; }
    product(flat, lane);
}
