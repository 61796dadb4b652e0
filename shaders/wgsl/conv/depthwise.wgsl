//! Depthwise convolution: y[n, c, p] = bias[c] + sum over ky, kx of w[c, ky, kx] * x[n, c / M, p * stride - pad + k * dilation].
//!
//! x [N, C / M, H, W], y [N, C, HO, WO], w [C, KH, KW] as it comes, bias [C] (zeros where there is none); M output channels per
//! input channel (groups = C / M). Each invocation owns a patch of 4 x 4 pixels of one channel, so that a weight serves 16 pixels.
//# import grid
struct Params {
    count: u32, // invocations: N * C * tiles_y * tiles_x
    tiles_x: u32, // ceil(WO / 4)
    tiles_y: u32, // ceil(HO / 4)
    channels: u32, // C
    multiplier: u32, // M
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
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
//# emit
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

// Four neighbours in a row; outside the picture they are 0 (the index is kept inside, the value is replaced).
fn row(base: i32, columns: vec4<i32>, inside: vec4<bool>) -> vec4<f32> {
    let i = vec4<u32>(select(vec4<i32>(0), columns + base, inside));
    return select(vec4<f32>(0.0), vec4<f32>(x[i.x], x[i.y], x[i.z], x[i.w]), inside);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let item = flat_group(wid, groups) * 64u + lane;
    if (item >= p.count) { return; }
    let ox = item % p.tiles_x * 4u;
    let oy = item / p.tiles_x % p.tiles_y * 4u;
    let picture = item / (p.tiles_x * p.tiles_y); // n * C + c
    let channel = picture % p.channels;
    let inputs = p.channels / p.multiplier;
    let height = i32(p.height);
    let width = i32(p.width);
    let kernel_w = i32(p.kernel_w);
    let dilation_h = p.dilation_h;
    let dilation_w = p.dilation_w;
    let base = i32(picture / p.channels * inputs + channel / p.multiplier) * height * width;
    let four = vec4<i32>(0, 1, 2, 3);
    let ys = (i32(oy) + four) * p.stride_h - p.pad_top;
    let xs = (i32(ox) + four) * p.stride_w - p.pad_left;
    let b = vec4<f32>(bias[channel]);
    var a0 = b;
    var a1 = b;
    var a2 = b;
    var a3 = b;
    let taps = p.kernel_h * p.kernel_w;
    let end = (channel + 1u) * taps;
    var ky = 0;
    var kx = 0;
    for (var at = channel * taps; at < end; at++) {
        let iy = ys + ky * dilation_h;
        let ix = xs + kx * dilation_w;
        let inside_x = (ix >= vec4<i32>(0)) & (ix < vec4<i32>(width));
        let inside_y = (iy >= vec4<i32>(0)) & (iy < vec4<i32>(height));
        let rows = iy * width + base;
        let weight = w[at];
        a0 += weight * row(rows.x, ix, inside_x & vec4<bool>(inside_y.x));
        a1 += weight * row(rows.y, ix, inside_x & vec4<bool>(inside_y.y));
        a2 += weight * row(rows.z, ix, inside_x & vec4<bool>(inside_y.z));
        a3 += weight * row(rows.w, ix, inside_x & vec4<bool>(inside_y.w));
        kx += 1;
        if (kx == kernel_w) { kx = 0; ky += 1; }
    }
    var sums = array<vec4<f32>, 4>(a0, a1, a2, a3);
    for (var j = 0u; j < 16u; j++) {
        let py = oy + j / 4u;
        let px = ox + j % 4u;
        if (py < p.out_height && px < p.out_width) {
            emit((picture * p.out_height + py) * p.out_width + px, sums[j / 4u][j % 4u]);
        }
    }
}
