//! Convolution by registers: y[n, o, p] = bias[o] + sum over i, ky, kx of w[o, i, ky, kx] * x[n, i, at(p, ky, kx)].
//!
//! x [N, G*I, H, W], y [N, G*O, HO, WO]; w packed [G*B, I, KH, KW, 8] with B = ceil(O / 8) blocks of eight output channels,
//! bias packed [G*B, 8] (both filled up with zeros). Any kernel, stride, padding, dilation and number of groups.
//! at = p * stride - pad + k * dilation, or, in the variant `transposed` (ConvTranspose in gather form),
//! at = (p + pad - k * dilation) / stride where that is a whole number.
//! Each invocation owns a patch of 4 x 4 output pixels of eight output channels: 128 sums in registers, so that 16 + 8 loads
//! feed 128 multiply-adds. No workgroup memory and no barrier: on an adapter that is a CPU a load costs as much as many
//! multiplications, and workgroup memory is no faster. Consecutive invocations are the blocks of one patch, so that small
//! pictures fill the lanes too.
//# import grid
struct Params {
    count: u32, // invocations: N * tiles_y * tiles_x * G * B
    tiles_x: u32, // ceil(WO / 4)
    tiles_y: u32, // ceil(HO / 4)
    blocks: u32, // B, blocks of output channels per group
    groups: u32,
    inputs: u32, // I, per group
    outputs: u32, // O, per group
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    kernel_h: u32,
    kernel_w: u32,
    stride_h: i32,
    stride_w: i32,
    pad_top: i32,
    pad_left: i32,
    dilation_h: i32,
    dilation_w: i32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;
//# emit
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

const TRANSPOSED: u32 = 0u; //# variant

// Where four neighbours read along one axis, and which of them read inside the picture.
struct Reach { at: vec4<i32>, inside: vec4<bool> }

fn reach(first: vec4<i32>, step: i32, stride: i32, size: i32) -> Reach {
    if (TRANSPOSED == 1u) {
        let far = first - step;
        let at = far / stride;
        return Reach(at, (far >= vec4<i32>(0)) & (at * stride == far) & (at < vec4<i32>(size)));
    }
    let at = first + step;
    return Reach(at, (at >= vec4<i32>(0)) & (at < vec4<i32>(size)));
}

fn origin(out: u32, stride: i32, pad: i32) -> vec4<i32> {
    let four = i32(out) + vec4<i32>(0, 1, 2, 3);
    if (TRANSPOSED == 1u) { return four + pad; }
    return four * stride - pad;
}

// Four neighbours in a row; outside the picture they are 0 (the index is kept inside, the value is replaced).
fn row(base: i32, columns: vec4<i32>, inside: vec4<bool>) -> vec4<f32> {
    let i = vec4<u32>(select(vec4<i32>(0), columns + base, inside));
    return select(vec4<f32>(0.0), vec4<f32>(x[i.x], x[i.y], x[i.z], x[i.w]), inside);
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
    let height = i32(p.height);
    let width = i32(p.width);
    let plane = height * width;
    let kernel_h = i32(p.kernel_h);
    let kernel_w = i32(p.kernel_w);
    let stride_h = p.stride_h;
    let stride_w = p.stride_w;
    let dilation_h = p.dilation_h;
    let dilation_w = p.dilation_w;
    let ys = origin(oy, stride_h, p.pad_top);
    let xs = origin(ox, stride_w, p.pad_left);

    var a: array<vec4<f32>, 32>; // [half, row, column]
    let b0 = bias[block * 2u];
    let b1 = bias[block * 2u + 1u];
    a[0] = b0; a[1] = b0; a[2] = b0; a[3] = b0; a[4] = b0; a[5] = b0; a[6] = b0; a[7] = b0;
    a[8] = b0; a[9] = b0; a[10] = b0; a[11] = b0; a[12] = b0; a[13] = b0; a[14] = b0; a[15] = b0;
    a[16] = b1; a[17] = b1; a[18] = b1; a[19] = b1; a[20] = b1; a[21] = b1; a[22] = b1; a[23] = b1;
    a[24] = b1; a[25] = b1; a[26] = b1; a[27] = b1; a[28] = b1; a[29] = b1; a[30] = b1; a[31] = b1;

    let taps = p.inputs * p.kernel_h * p.kernel_w;
    let end = (block + 1u) * taps * 2u;
    var base = i32((image * p.groups + group) * p.inputs) * plane;
    var ky = 0;
    var kx = 0;
    // One loop with three counters, not three loops: every loop carries all 128 sums through its joins, which doubled
    // both the running time and the compile time on a CPU adapter.
    for (var at = block * taps * 2u; at < end; at += 2u) {
        let v = reach(ys, ky * dilation_h, stride_h, height);
        let u = reach(xs, kx * dilation_w, stride_w, width);
        let rows = v.at * width + base;
        let w0 = w[at];
        let w1 = w[at + 1u];
        let v0 = row(rows.x, u.at, u.inside & vec4<bool>(v.inside.x));
        a[0] += w0 * v0.x; a[1] += w0 * v0.y; a[2] += w0 * v0.z; a[3] += w0 * v0.w;
        a[16] += w1 * v0.x; a[17] += w1 * v0.y; a[18] += w1 * v0.z; a[19] += w1 * v0.w;
        let v1 = row(rows.y, u.at, u.inside & vec4<bool>(v.inside.y));
        a[4] += w0 * v1.x; a[5] += w0 * v1.y; a[6] += w0 * v1.z; a[7] += w0 * v1.w;
        a[20] += w1 * v1.x; a[21] += w1 * v1.y; a[22] += w1 * v1.z; a[23] += w1 * v1.w;
        let v2 = row(rows.z, u.at, u.inside & vec4<bool>(v.inside.z));
        a[8] += w0 * v2.x; a[9] += w0 * v2.y; a[10] += w0 * v2.z; a[11] += w0 * v2.w;
        a[24] += w1 * v2.x; a[25] += w1 * v2.y; a[26] += w1 * v2.z; a[27] += w1 * v2.w;
        let v3 = row(rows.w, u.at, u.inside & vec4<bool>(v.inside.w));
        a[12] += w0 * v3.x; a[13] += w0 * v3.y; a[14] += w0 * v3.z; a[15] += w0 * v3.w;
        a[28] += w1 * v3.x; a[29] += w1 * v3.y; a[30] += w1 * v3.z; a[31] += w1 * v3.w;
        kx += 1;
        let next_row = kx == kernel_w;
        kx = select(kx, 0, next_row);
        ky += select(0, 1, next_row);
        let next_plane = ky == kernel_h;
        ky = select(ky, 0, next_plane);
        base += select(0, plane, next_plane);
    }
    // A copy for the one place that indexes by variables: the sums above stay in registers.
    var sums = a;
    let first = block % p.blocks * 8u;
    let channels = min(8u, p.outputs - first);
    let out_plane = p.out_height * p.out_width;
    let start = ((image * p.groups + group) * p.outputs + first) * out_plane;
    for (var o = 0u; o < channels; o++) {
        for (var j = 0u; j < 16u; j++) {
            let py = oy + j / 4u;
            let px = ox + j % 4u;
            if (py < p.out_height && px < p.out_width) {
                emit(start + o * out_plane + py * p.out_width + px, sums[(o / 4u) * 16u + j][o % 4u]);
            }
        }
    }
}
