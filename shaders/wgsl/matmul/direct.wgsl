//! Matrix products by registers: c[b, r, s] = sum over k of A[b, r, k] * B[b, k, s].
//!
//! a holds A [batch, rows, inner] and b holds B [batch, inner, columns], each where its strides say: row-major, transposed or
//! shared by the batch (stride 0) alike. c [batch, splits, rows, columns] is dense; splits is 1 but for long sums over small
//! matrices, where each split sums `chunk` terms and `matmul/join` adds them up in a fixed order.
//! Each invocation owns 8 x 16 results: 8 + 16 loads feed 128 multiply-adds, without workgroup memory or barriers, which is
//! what an adapter that is a CPU wants. Rows and columns beyond the end repeat the last one and are not stored.
//# import grid
//# import operands
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
//# emit
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
fn emit(i: u32, v: f32) { c[i] = v; }
//# end

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let tile = flat_group(wid, groups) * 32u + lane;
    if (tile >= p.count) { return; }
    let part = tile / (p.tiles_r * p.tiles_s); // batch * splits + split
    let batch = part / p.splits;
    let begin = part % p.splits * p.chunk;
    let terms = min(p.chunk, p.inner - begin);
    let a_base = batch * p.a_batch + begin * p.a_inner;
    let b_base = batch * p.b_batch + begin * p.b_inner;
    let r = tile / p.tiles_s % p.tiles_r * 8u;
    let s = tile % p.tiles_s * 16u;
    let steps = vec4<u32>(0u, 1u, 2u, 3u);
    let last_r = vec4<u32>(p.rows - 1u);
    let last_s = vec4<u32>(p.columns - 1u);
    var a0 = a_base + min(r + steps, last_r) * p.a_row;
    var a1 = a_base + min(r + steps + 4u, last_r) * p.a_row;
    var b0 = b_base + min(s + steps, last_s) * p.b_column;
    var b1 = b_base + min(s + steps + 4u, last_s) * p.b_column;
    var b2 = b_base + min(s + steps + 8u, last_s) * p.b_column;
    var b3 = b_base + min(s + steps + 12u, last_s) * p.b_column;
    let a_inner = p.a_inner;
    let b_inner = p.b_inner;
    var t: array<vec4<f32>, 32>;
    for (var k = 0u; k < terms; k++) {
        let u0 = vec4<f32>(a[a0.x], a[a0.y], a[a0.z], a[a0.w]);
        let u1 = vec4<f32>(a[a1.x], a[a1.y], a[a1.z], a[a1.w]);
        let v0 = vec4<f32>(b[b0.x], b[b0.y], b[b0.z], b[b0.w]);
        t[0] += u0.x * v0; t[4] += u0.y * v0; t[8] += u0.z * v0; t[12] += u0.w * v0;
        t[16] += u1.x * v0; t[20] += u1.y * v0; t[24] += u1.z * v0; t[28] += u1.w * v0;
        let v1 = vec4<f32>(b[b1.x], b[b1.y], b[b1.z], b[b1.w]);
        t[1] += u0.x * v1; t[5] += u0.y * v1; t[9] += u0.z * v1; t[13] += u0.w * v1;
        t[17] += u1.x * v1; t[21] += u1.y * v1; t[25] += u1.z * v1; t[29] += u1.w * v1;
        let v2 = vec4<f32>(b[b2.x], b[b2.y], b[b2.z], b[b2.w]);
        t[2] += u0.x * v2; t[6] += u0.y * v2; t[10] += u0.z * v2; t[14] += u0.w * v2;
        t[18] += u1.x * v2; t[22] += u1.y * v2; t[26] += u1.z * v2; t[30] += u1.w * v2;
        let v3 = vec4<f32>(b[b3.x], b[b3.y], b[b3.z], b[b3.w]);
        t[3] += u0.x * v3; t[7] += u0.y * v3; t[11] += u0.z * v3; t[15] += u0.w * v3;
        t[19] += u1.x * v3; t[23] += u1.y * v3; t[27] += u1.z * v3; t[31] += u1.w * v3;
        a0 += vec4<u32>(a_inner);
        a1 += vec4<u32>(a_inner);
        b0 += vec4<u32>(b_inner);
        b1 += vec4<u32>(b_inner);
        b2 += vec4<u32>(b_inner);
        b3 += vec4<u32>(b_inner);
    }
    // A copy for the one place that indexes by variables: the sums above stay in registers.
    var sums = t;
    for (var i = 0u; i < min(8u, p.rows - r); i++) {
        let start = (part * p.rows + r + i) * p.columns + s;
        for (var j = 0u; j < min(16u, p.columns - s); j++) {
            emit(start + j, sums[i * 4u + j / 4u][j % 4u]);
        }
    }
}
