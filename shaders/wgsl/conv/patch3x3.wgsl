//! Convolution with a 3 x 3 kernel at stride 1: y[n, o, p] = bias[o] + sum over i, ky, kx of w[o, i, ky, kx] * x[n, i, p + (ky, kx) - pad].
//!
//! x [N, G*I, H, W], y [N, G*O, HO, WO]; w packed [G*B, I, 3, 3, 8] with B = ceil(O / 8) blocks of eight output channels, bias packed
//! [G*B, 8] (both filled up with zeros). Each invocation owns a patch of 4 x 4 output pixels of eight output channels: per input channel
//! it loads the 6 x 6 inputs under its patch once and uses each up to 72 times. For adapters that are CPUs, where a load costs as much
//! as many multiplications: 36 + 72 loads feed 1152 multiply-adds. Consecutive invocations are the blocks of one patch, so that small
//! pictures fill the lanes too.
//# import grid
//# import patches
//# emit
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

alias Sums = array<vec4<f32>, 32>; // [row, column, half]: eight channels of 4 x 4 pixels

// A row of inputs under the patch: its columns, first to last.
struct Row { a: vec4<f32>, z: vec2<f32> }
struct Columns { a: vec4<u32>, in_a: vec4<bool>, z: vec2<u32>, in_z: vec2<bool> }

// Outside the picture an input is 0: the index is kept inside, the value is replaced.
fn load_row(base: u32, iy: i32, c: Columns) -> Row {
    let inside = iy >= 0 && iy < i32(p.height);
    let at = base + select(0u, u32(iy), inside) * p.width;
    let a = vec4<f32>(x[at + c.a.x], x[at + c.a.y], x[at + c.a.z], x[at + c.a.w]);
    let z = vec2<f32>(x[at + c.z.x], x[at + c.z.y]);
    return Row(select(vec4<f32>(0.0), a, c.in_a & vec4<bool>(inside)), select(vec2<f32>(0.0), z, c.in_z & vec2<bool>(inside)));
}

// One row of the patch times the kernel's column 0; `at` is a constant at every call.
fn add0(s: ptr<function, Sums>, at: u32, w0: vec4<f32>, w1: vec4<f32>, r: Row) {
    (*s)[at + 0u] += w0 * r.a.x; (*s)[at + 1u] += w1 * r.a.x;
    (*s)[at + 2u] += w0 * r.a.y; (*s)[at + 3u] += w1 * r.a.y;
    (*s)[at + 4u] += w0 * r.a.z; (*s)[at + 5u] += w1 * r.a.z;
    (*s)[at + 6u] += w0 * r.a.w; (*s)[at + 7u] += w1 * r.a.w;
}

// One row of the patch times the kernel's column 1; `at` is a constant at every call.
fn add1(s: ptr<function, Sums>, at: u32, w0: vec4<f32>, w1: vec4<f32>, r: Row) {
    (*s)[at + 0u] += w0 * r.a.y; (*s)[at + 1u] += w1 * r.a.y;
    (*s)[at + 2u] += w0 * r.a.z; (*s)[at + 3u] += w1 * r.a.z;
    (*s)[at + 4u] += w0 * r.a.w; (*s)[at + 5u] += w1 * r.a.w;
    (*s)[at + 6u] += w0 * r.z.x; (*s)[at + 7u] += w1 * r.z.x;
}

// One row of the patch times the kernel's column 2; `at` is a constant at every call.
fn add2(s: ptr<function, Sums>, at: u32, w0: vec4<f32>, w1: vec4<f32>, r: Row) {
    (*s)[at + 0u] += w0 * r.a.z; (*s)[at + 1u] += w1 * r.a.z;
    (*s)[at + 2u] += w0 * r.a.w; (*s)[at + 3u] += w1 * r.a.w;
    (*s)[at + 4u] += w0 * r.z.x; (*s)[at + 5u] += w1 * r.z.x;
    (*s)[at + 6u] += w0 * r.z.y; (*s)[at + 7u] += w1 * r.z.y;
}

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let item = flat_group(wid, groups) * 32u + lane;
    if (item >= p.count) { return; }
    let all_blocks = p.blocks * p.groups;
    let block = item % all_blocks;
    let tile = item / all_blocks;
    let group = block / p.blocks;
    let oy = tile / p.tiles_x % p.tiles_y * 4u;
    let ox = tile % p.tiles_x * 4u;
    let image = tile / (p.tiles_x * p.tiles_y);
    let top = i32(oy) - p.pad_top;
    let left = i32(ox) - p.pad_left;
    let width = i32(p.width);
    var c: Columns;
    let a = left + vec4<i32>(0, 1, 2, 3);
    c.in_a = (a >= vec4<i32>(0)) & (a < vec4<i32>(width));
    c.a = vec4<u32>(select(vec4<i32>(0), a, c.in_a));
    let z = left + vec2<i32>(4, 5);
    c.in_z = (z >= vec2<i32>(0)) & (z < vec2<i32>(width));
    c.z = vec2<u32>(select(vec2<i32>(0), z, c.in_z));

    var s: Sums;
    let b0 = bias[block * 2u];
    let b1 = bias[block * 2u + 1u];
    s[0] = b0; s[1] = b1; s[2] = b0; s[3] = b1; s[4] = b0; s[5] = b1; s[6] = b0; s[7] = b1;
    s[8] = b0; s[9] = b1; s[10] = b0; s[11] = b1; s[12] = b0; s[13] = b1; s[14] = b0; s[15] = b1;
    s[16] = b0; s[17] = b1; s[18] = b0; s[19] = b1; s[20] = b0; s[21] = b1; s[22] = b0; s[23] = b1;
    s[24] = b0; s[25] = b1; s[26] = b0; s[27] = b1; s[28] = b0; s[29] = b1; s[30] = b0; s[31] = b1;

    let plane = p.height * p.width;
    let start = (image * p.groups + group) * p.inputs * plane;
    let end = start + p.inputs * plane;
    var at = block * p.inputs * 18u;
    for (var base = start; base < end; base += plane) {
        let r0 = load_row(base, top + 0, c);
        let r1 = load_row(base, top + 1, c);
        let r2 = load_row(base, top + 2, c);
        let r3 = load_row(base, top + 3, c);
        let r4 = load_row(base, top + 4, c);
        let r5 = load_row(base, top + 5, c);
        let u0 = w[at + 0u];
        let v0 = w[at + 1u];
        add0(&s, 0u, u0, v0, r0); add0(&s, 8u, u0, v0, r1); add0(&s, 16u, u0, v0, r2); add0(&s, 24u, u0, v0, r3);
        let u1 = w[at + 2u];
        let v1 = w[at + 3u];
        add1(&s, 0u, u1, v1, r0); add1(&s, 8u, u1, v1, r1); add1(&s, 16u, u1, v1, r2); add1(&s, 24u, u1, v1, r3);
        let u2 = w[at + 4u];
        let v2 = w[at + 5u];
        add2(&s, 0u, u2, v2, r0); add2(&s, 8u, u2, v2, r1); add2(&s, 16u, u2, v2, r2); add2(&s, 24u, u2, v2, r3);
        let u3 = w[at + 6u];
        let v3 = w[at + 7u];
        add0(&s, 0u, u3, v3, r1); add0(&s, 8u, u3, v3, r2); add0(&s, 16u, u3, v3, r3); add0(&s, 24u, u3, v3, r4);
        let u4 = w[at + 8u];
        let v4 = w[at + 9u];
        add1(&s, 0u, u4, v4, r1); add1(&s, 8u, u4, v4, r2); add1(&s, 16u, u4, v4, r3); add1(&s, 24u, u4, v4, r4);
        let u5 = w[at + 10u];
        let v5 = w[at + 11u];
        add2(&s, 0u, u5, v5, r1); add2(&s, 8u, u5, v5, r2); add2(&s, 16u, u5, v5, r3); add2(&s, 24u, u5, v5, r4);
        let u6 = w[at + 12u];
        let v6 = w[at + 13u];
        add0(&s, 0u, u6, v6, r2); add0(&s, 8u, u6, v6, r3); add0(&s, 16u, u6, v6, r4); add0(&s, 24u, u6, v6, r5);
        let u7 = w[at + 14u];
        let v7 = w[at + 15u];
        add1(&s, 0u, u7, v7, r2); add1(&s, 8u, u7, v7, r3); add1(&s, 16u, u7, v7, r4); add1(&s, 24u, u7, v7, r5);
        let u8 = w[at + 16u];
        let v8 = w[at + 17u];
        add2(&s, 0u, u8, v8, r2); add2(&s, 8u, u8, v8, r3); add2(&s, 16u, u8, v8, r4); add2(&s, 24u, u8, v8, r5);
        at += 18u;
    }
    // A copy for the one place that indexes by variables: the sums above stay in registers.
    var sums = s;
    let first = block % p.blocks * 8u;
    let channels = min(8u, p.outputs - first);
    let out_plane = p.out_height * p.out_width;
    let out = ((image * p.groups + group) * p.outputs + first) * out_plane;
    for (var o = 0u; o < channels; o++) {
        for (var j = 0u; j < 16u; j++) {
            let py = oy + j / 4u;
            let px = ox + j % 4u;
            if (py < p.out_height && px < p.out_width) {
                emit(out + o * out_plane + py * p.out_width + px, sums[j * 2u + o / 4u][o % 4u]);
            }
        }
    }
}
