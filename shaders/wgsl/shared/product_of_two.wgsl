//! What the matrix products through workgroup memory share: staging both operands in blocks of 4 x 4, and the way through the sum.
//!
//! A block comes as four runs of four neighbours (`run_of_a`, `run_of_b` of the kernel); it is turned in registers where it lies the
//! other way. Invocation (row, column) owns rows 4 * row .. and columns 4 * column .. of each half, so that blocks are stored
//! as they come, neighbours beside neighbours. Every invocation stages one block at most: ROWS and COLUMNS are chosen so.
//# import grid
//# import product
const LANES: u32 = LANES_R * LANES_S;
const LEFT_BLOCKS: u32 = ROWS / 4u * QUADS;
const RIGHT_BLOCKS: u32 = COLUMNS / 4u * QUADS;

// Where this workgroup's part lies: first row and column, first and last term.
struct Part { r0: u32, s0: u32, first: u32, end: u32, a_base: u32, b_base: u32 }

fn stage_left(at: Part, block: u32, start: u32) {
    let z = block % (ROWS / 4u);
    let k = block / (ROWS / 4u) * 4u;
    let r = at.r0 + z * 4u;
    let along = A_ALONG_INNER == 1u;
    let v0 = run_of_a(at, r, start + k);
    let v1 = run_of_a(at, select(r, r + 1u, along), select(start + k + 1u, start + k, along));
    let v2 = run_of_a(at, select(r, r + 2u, along), select(start + k + 2u, start + k, along));
    let v3 = run_of_a(at, select(r, r + 3u, along), select(start + k + 3u, start + k, along));
    var m = mat4x4<f32>(v0, v1, v2, v3);
    if (along) { m = transpose(m); }
    let half = z / LANES_R;
    let row = z % LANES_R;
    left[k][half][row] = m[0];
    left[k + 1u][half][row] = m[1];
    left[k + 2u][half][row] = m[2];
    left[k + 3u][half][row] = m[3];
}

fn stage_right(at: Part, block: u32, start: u32) {
    let z = block % (COLUMNS / 4u);
    let quad = block / (COLUMNS / 4u);
    let s = at.s0 + z * 4u;
    let k = start + quad * 4u;
    let along = B_ALONG_INNER == 1u;
    let v0 = run_of_b(at, s, k);
    let v1 = run_of_b(at, select(s, s + 1u, along), select(k + 1u, k, along));
    let v2 = run_of_b(at, select(s, s + 2u, along), select(k + 2u, k, along));
    let v3 = run_of_b(at, select(s, s + 3u, along), select(k + 3u, k, along));
    var m = mat4x4<f32>(v0, v1, v2, v3);
    if (!along) { m = transpose(m); }
    let j = z / LANES_S * 4u;
    let column = z % LANES_S;
    right[quad][j][column] = m[0];
    right[quad][j + 1u][column] = m[1];
    right[quad][j + 2u][column] = m[2];
    right[quad][j + 3u][column] = m[3];
}

fn stage(at: Part, block: u32, start: u32) {
    if (block < LEFT_BLOCKS) {
        stage_left(at, block, start);
    } else if (block < LEFT_BLOCKS + RIGHT_BLOCKS) {
        stage_right(at, block - LEFT_BLOCKS, start);
    }
}

// Four rows of one column.
fn store(begin: u32, r: u32, q: u32, v: vec4<f32>) {
    if (q >= p.columns) { return; }
    let at = begin + r * p.columns + q;
    if (r < p.rows) { emit(at, v.x); }
    if (r + 1u < p.rows) { emit(at + p.columns, v.y); }
    if (r + 2u < p.rows) { emit(at + 2u * p.columns, v.z); }
    if (r + 3u < p.rows) { emit(at + 3u * p.columns, v.w); }
}

fn product(flat: u32, lane: u32) {
    let part = flat / (p.tiles_s * p.tiles_r); // batch * splits + split
    let batch = part / p.splits;
    var at: Part;
    at.r0 = flat / p.tiles_s % p.tiles_r * ROWS;
    at.s0 = flat % p.tiles_s * COLUMNS;
    at.first = part % p.splits * p.chunk;
    at.end = min(at.first + p.chunk, p.inner);
    at.a_base = batch * p.a_batch;
    at.b_base = batch * p.b_batch;
    let row = lane / LANES_S;
    let column = lane % LANES_S;
    var s: Sums;
    for (var start = at.first; start < at.end; start += INNER) {
        stage(at, lane, start);
        workgroupBarrier();
        add_terms(&s, row, column);
        workgroupBarrier();
    }
    let begin = part * p.rows * p.columns;
    let r = at.r0 + row * 4u;
    let q = at.s0 + column * 4u;
    store_half(begin, r, q, s[0], s[2], s[4], s[6]);
    if (DOWN == 8u) { store_half(begin, r + ROWS / 2u, q, s[1], s[3], s[5], s[7]); }
    if (ACROSS == 8u) {
        store_half(begin, r, q + COLUMNS / 2u, s[8], s[10], s[12], s[14]);
        if (DOWN == 8u) { store_half(begin, r + ROWS / 2u, q + COLUMNS / 2u, s[9], s[11], s[13], s[15]); }
    }
}

fn store_half(begin: u32, r: u32, q: u32, v0: vec4<f32>, v1: vec4<f32>, v2: vec4<f32>, v3: vec4<f32>) {
    store(begin, r, q, v0);
    store(begin, r, q + 1u, v1);
    store(begin, r, q + 2u, v2);
    store(begin, r, q + 3u, v3);
}
