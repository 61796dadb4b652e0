//! The stitch's gradient in one pass: dw[o, i] = sum over n, p of dy[n, o, p] * x[n, i, p] and db[o] = sum over n, p of dy[n, o, p].
//!
//! dy [N, O, P], x [N, I, P] (pictures), or dy [N, P, O], x [N, P, I] (tokens; also [N, C] as P = 1): the strides say which.
//! parts [splits, O, I + 1]: each split sums `chunk` of the N * P terms, a row's last entry is its db; `stitch/stitch_join` adds the
//! splits up in a fixed order. Each invocation owns 16 x 16 entries: 16 + 16 loads feed 256 multiply-adds, without workgroup memory
//! or barriers, which is what an adapter that is a CPU wants. Channels beyond the end repeat the last one and are not stored.
//# import grid
//# import signals

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let item = flat_group(wid, groups) * 32u + lane;
    if (item >= p.count) { return; }
    let i0 = item % p.tiles_i * 16u;
    let o0 = item / p.tiles_i % p.tiles_o * 16u;
    let part = item / (p.tiles_i * p.tiles_o);
    let steps = vec4<u32>(0u, 1u, 2u, 3u);
    let last_o = vec4<u32>(p.outputs - 1u);
    let last_i = vec4<u32>(p.inputs - 1u);
    let r0 = min(o0 + 0u + steps, last_o) * p.dy_channel;
    let r1 = min(o0 + 4u + steps, last_o) * p.dy_channel;
    let r2 = min(o0 + 8u + steps, last_o) * p.dy_channel;
    let r3 = min(o0 + 12u + steps, last_o) * p.dy_channel;
    let c0 = min(i0 + 0u + steps, last_i) * p.x_channel;
    let c1 = min(i0 + 4u + steps, last_i) * p.x_channel;
    let c2 = min(i0 + 8u + steps, last_i) * p.x_channel;
    let c3 = min(i0 + 12u + steps, last_i) * p.x_channel;
    let begin = part * p.chunk;
    let terms = min(p.chunk, p.terms - begin);
    let positions = p.positions;
    let dy_position = p.dy_position;
    let x_position = p.x_position;
    // From the last position of an image to the first of the next.
    let dy_jump = p.dy_image - positions * dy_position;
    let x_jump = p.x_image - positions * x_position;
    var position = begin % positions;
    var at = begin / positions * p.dy_image + position * dy_position;
    var bt = begin / positions * p.x_image + position * x_position;
    var s: array<vec4<f32>, 64>; // [o, quarter of i]
    var b0 = vec4<f32>(0.0);
    var b1 = vec4<f32>(0.0);
    var b2 = vec4<f32>(0.0);
    var b3 = vec4<f32>(0.0);
    for (var k = 0u; k < terms; k++) {
        let u0 = vec4<f32>(dy[at + r0.x], dy[at + r0.y], dy[at + r0.z], dy[at + r0.w]);
        b0 += u0;
        let u1 = vec4<f32>(dy[at + r1.x], dy[at + r1.y], dy[at + r1.z], dy[at + r1.w]);
        b1 += u1;
        let u2 = vec4<f32>(dy[at + r2.x], dy[at + r2.y], dy[at + r2.z], dy[at + r2.w]);
        b2 += u2;
        let u3 = vec4<f32>(dy[at + r3.x], dy[at + r3.y], dy[at + r3.z], dy[at + r3.w]);
        b3 += u3;
        let v0 = vec4<f32>(x[bt + c0.x], x[bt + c0.y], x[bt + c0.z], x[bt + c0.w]);
        s[0] += u0.x * v0; s[4] += u0.y * v0; s[8] += u0.z * v0; s[12] += u0.w * v0;
        s[16] += u1.x * v0; s[20] += u1.y * v0; s[24] += u1.z * v0; s[28] += u1.w * v0;
        s[32] += u2.x * v0; s[36] += u2.y * v0; s[40] += u2.z * v0; s[44] += u2.w * v0;
        s[48] += u3.x * v0; s[52] += u3.y * v0; s[56] += u3.z * v0; s[60] += u3.w * v0;
        let v1 = vec4<f32>(x[bt + c1.x], x[bt + c1.y], x[bt + c1.z], x[bt + c1.w]);
        s[1] += u0.x * v1; s[5] += u0.y * v1; s[9] += u0.z * v1; s[13] += u0.w * v1;
        s[17] += u1.x * v1; s[21] += u1.y * v1; s[25] += u1.z * v1; s[29] += u1.w * v1;
        s[33] += u2.x * v1; s[37] += u2.y * v1; s[41] += u2.z * v1; s[45] += u2.w * v1;
        s[49] += u3.x * v1; s[53] += u3.y * v1; s[57] += u3.z * v1; s[61] += u3.w * v1;
        let v2 = vec4<f32>(x[bt + c2.x], x[bt + c2.y], x[bt + c2.z], x[bt + c2.w]);
        s[2] += u0.x * v2; s[6] += u0.y * v2; s[10] += u0.z * v2; s[14] += u0.w * v2;
        s[18] += u1.x * v2; s[22] += u1.y * v2; s[26] += u1.z * v2; s[30] += u1.w * v2;
        s[34] += u2.x * v2; s[38] += u2.y * v2; s[42] += u2.z * v2; s[46] += u2.w * v2;
        s[50] += u3.x * v2; s[54] += u3.y * v2; s[58] += u3.z * v2; s[62] += u3.w * v2;
        let v3 = vec4<f32>(x[bt + c3.x], x[bt + c3.y], x[bt + c3.z], x[bt + c3.w]);
        s[3] += u0.x * v3; s[7] += u0.y * v3; s[11] += u0.z * v3; s[15] += u0.w * v3;
        s[19] += u1.x * v3; s[23] += u1.y * v3; s[27] += u1.z * v3; s[31] += u1.w * v3;
        s[35] += u2.x * v3; s[39] += u2.y * v3; s[43] += u2.z * v3; s[47] += u2.w * v3;
        s[51] += u3.x * v3; s[55] += u3.y * v3; s[59] += u3.z * v3; s[63] += u3.w * v3;
        at += dy_position;
        bt += x_position;
        position += 1u;
        let wrap = position == positions;
        position = select(position, 0u, wrap);
        at += select(0u, dy_jump, wrap);
        bt += select(0u, x_jump, wrap);
    }
    // Copies for the one place that indexes by variables: the sums above stay in registers.
    var sums = s;
    var biases = array<vec4<f32>, 4>(b0, b1, b2, b3);
    let width = p.inputs + 1u;
    for (var j = 0u; j < min(16u, p.outputs - o0); j++) {
        let start = (part * p.outputs + o0 + j) * width;
        for (var i = 0u; i < min(16u, p.inputs - i0); i++) {
            parts[start + i0 + i] = sums[j * 4u + i / 4u][i % 4u];
        }
        if (i0 == 0u) { parts[start + p.inputs] = biases[j / 4u][j % 4u]; }
    }
}
