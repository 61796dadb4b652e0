//! The stitch's gradient in one pass, through workgroup memory, for GPUs: dw[o, i] = sum over n, p of dy[n, o, p] * x[n, i, p] and
//! db[o] = sum over n, p of dy[n, o, p].
//!
//! dy [N, O, P], x [N, I, P] (pictures), or dy [N, P, O], x [N, P, I] (tokens; also [N, C] as P = 1): the strides say which.
//! parts [splits, O, I + 1]: each split sums `chunk` of the N * P terms, a row's last entry is its db; `stitch/stitch_join` adds the splits
//! up in a fixed order.
//! A workgroup computes ROWS x COLUMNS entries of one split, an invocation DOWN x ACROSS of them, INNER terms at a time
//! (`shared/product`). Signals are staged in blocks of four channels by four terms; db comes from the blocks on their way.
//# import grid
//# import product
//# import signals

const ROWS: u32 = 64u; //# variant
const COLUMNS: u32 = 64u; //# variant
const INNER: u32 = 8u; //# variant
const DOWN: u32 = 8u; //# variant
const ACROSS: u32 = 8u; //# variant
const LANES: u32 = LANES_R * LANES_S;
const LEFT_BLOCKS: u32 = ROWS / 4u * QUADS;

// Where four neighbouring terms of a signal lie; those from `end` on repeat the last.
fn places(k: u32, end: u32, image_step: u32, position_step: u32) -> vec4<u32> {
    let term = min(k + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(end - 1u));
    return term / p.positions * image_step + term % p.positions * position_step;
}

// Which of four terms there are. The others are 0 on both sides: 0 times a NaN would be one.
fn there(k: u32, end: u32) -> vec4<bool> {
    return k + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(end);
}

// Four channels by four terms of dy; their sums by channel.
fn stage_left(block: u32, o0: u32, start: u32, end: u32) -> vec4<f32> {
    let z = block % (ROWS / 4u);
    let k = block / (ROWS / 4u) * 4u;
    let at = places(start + k, end, p.dy_image, p.dy_position);
    let c = min(o0 + z * 4u + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(p.outputs - 1u)) * p.dy_channel;
    let is = there(start + k, end);
    let v0 = select(vec4<f32>(0.0), vec4<f32>(dy[at.x + c.x], dy[at.x + c.y], dy[at.x + c.z], dy[at.x + c.w]), vec4<bool>(is.x));
    let v1 = select(vec4<f32>(0.0), vec4<f32>(dy[at.y + c.x], dy[at.y + c.y], dy[at.y + c.z], dy[at.y + c.w]), vec4<bool>(is.y));
    let v2 = select(vec4<f32>(0.0), vec4<f32>(dy[at.z + c.x], dy[at.z + c.y], dy[at.z + c.z], dy[at.z + c.w]), vec4<bool>(is.z));
    let v3 = select(vec4<f32>(0.0), vec4<f32>(dy[at.w + c.x], dy[at.w + c.y], dy[at.w + c.z], dy[at.w + c.w]), vec4<bool>(is.w));
    left[k][z / LANES_R][z % LANES_R] = v0;
    left[k + 1u][z / LANES_R][z % LANES_R] = v1;
    left[k + 2u][z / LANES_R][z % LANES_R] = v2;
    left[k + 3u][z / LANES_R][z % LANES_R] = v3;
    return (v0 + v1) + (v2 + v3);
}

fn four(at: vec4<u32>, c: u32, is: vec4<bool>) -> vec4<f32> {
    return select(vec4<f32>(0.0), vec4<f32>(x[at.x + c], x[at.y + c], x[at.z + c], x[at.w + c]), is);
}

// Four channels by four terms of x.
fn stage_right(block: u32, i0: u32, start: u32, end: u32) {
    let z = block % (COLUMNS / 4u);
    let quad = block / (COLUMNS / 4u);
    let at = places(start + quad * 4u, end, p.x_image, p.x_position);
    let c = min(i0 + z * 4u + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(p.inputs - 1u)) * p.x_channel;
    let is = there(start + quad * 4u, end);
    let j = z / LANES_S * 4u;
    let column = z % LANES_S;
    right[quad][j][column] = four(at, c.x, is);
    right[quad][j + 1u][column] = four(at, c.y, is);
    right[quad][j + 2u][column] = four(at, c.z, is);
    right[quad][j + 3u][column] = four(at, c.w, is);
}

// Four rows of one column.
fn store(begin: u32, o: u32, q: u32, v: vec4<f32>) {
    if (q >= p.inputs) { return; }
    store_rows(begin, o, q, v);
}

fn store_rows(begin: u32, o: u32, q: u32, v: vec4<f32>) {
    let width = p.inputs + 1u;
    let at = begin + o * width + q;
    if (o < p.outputs) { parts[at] = v.x; }
    if (o + 1u < p.outputs) { parts[at + width] = v.y; }
    if (o + 2u < p.outputs) { parts[at + 2u * width] = v.z; }
    if (o + 3u < p.outputs) { parts[at + 3u * width] = v.w; }
}

fn store_half(begin: u32, o: u32, q: u32, v0: vec4<f32>, v1: vec4<f32>, v2: vec4<f32>, v3: vec4<f32>) {
    store(begin, o, q, v0);
    store(begin, o, q + 1u, v1);
    store(begin, o, q + 2u, v2);
    store(begin, o, q + 3u, v3);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let flat = flat_group(wid, groups);
    if (flat >= p.count) { return; }
    let i0 = flat % p.tiles_i * COLUMNS;
    let o0 = flat / p.tiles_i % p.tiles_o * ROWS;
    let part = flat / (p.tiles_i * p.tiles_o);
    let end = min((part + 1u) * p.chunk, p.terms);
    let row = lane / LANES_S;
    let column = lane % LANES_S;
    var s: Sums;
    var db = vec4<f32>(0.0);
    for (var start = part * p.chunk; start < end; start += INNER) {
        if (lane < LEFT_BLOCKS) {
            db += stage_left(lane, o0, start, end);
        } else {
            stage_right(lane - LEFT_BLOCKS, i0, start, end);
        }
        workgroupBarrier();
        add_terms(&s, row, column);
        workgroupBarrier();
    }
    let begin = part * p.outputs * (p.inputs + 1u);
    let o = o0 + row * 4u;
    let q = i0 + column * 4u;
    store_half(begin, o, q, s[0], s[2], s[4], s[6]);
    if (DOWN == 8u) { store_half(begin, o + ROWS / 2u, q, s[1], s[3], s[5], s[7]); }
    if (ACROSS == 8u) {
        store_half(begin, o, q + COLUMNS / 2u, s[8], s[10], s[12], s[14]);
        if (DOWN == 8u) { store_half(begin, o + ROWS / 2u, q + COLUMNS / 2u, s[9], s[11], s[13], s[15]); }
    }
    // The blocks of a channel's terms lie with several invocations.
    if (lane < LEFT_BLOCKS) {
        let z = lane % (ROWS / 4u);
        left[lane / (ROWS / 4u)][z / LANES_R][z % LANES_R] = db;
    }
    workgroupBarrier();
    if (i0 == 0u && lane < ROWS / 4u) {
        var sum = left[0][lane / LANES_R][lane % LANES_R];
        if (QUADS > 1u) { sum += left[1][lane / LANES_R][lane % LANES_R]; }
        if (QUADS > 2u) {
            sum += left[2][lane / LANES_R][lane % LANES_R];
            sum += left[3][lane / LANES_R][lane % LANES_R];
        }
        store_rows(begin, o0 + lane * 4u, p.inputs, sum);
    }
}
