//! The heart of products through workgroup memory: ROWS x COLUMNS results of a workgroup, DOWN x ACROSS (8 or 4 each way) of an
//! invocation, INNER terms at a time. The kernel says these five, fills `left` and `right`, and owns barriers.
//!
//! An invocation is a place (row, column) of LANES_R x LANES_S. Everything lies in vectors, so that ACROSS + DOWN loads
//! of 128 bits feed four terms of every result, and neighbours read neighbours: no two fall into one memory bank. All indices but an
//! invocation's own place are constants once `add_terms` is inlined: what a driver or naga does about bounds is done once, not at each load.
const LANES_R: u32 = ROWS / DOWN;
const LANES_S: u32 = COLUMNS / ACROSS;
const HALVES: u32 = DOWN / 4u;
const QUADS: u32 = INNER / 4u;
const SECOND: u32 = HALVES - 1u; // the second half, or the first again where there is one

var<workgroup> left: array<array<array<vec4<f32>, LANES_R>, HALVES>, INNER>; // [term, half, row]: four rows each
var<workgroup> right: array<array<array<vec4<f32>, LANES_S>, ACROSS>, QUADS>; // [quad of terms, j, column]: four terms each

// [j, half]: four rows by one column each.
alias Sums = array<vec4<f32>, 16>;

// One term: u and v times eight columns.
fn add_term(s: ptr<function, Sums>, u: vec4<f32>, v: vec4<f32>, x: vec4<f32>, y: vec4<f32>) {
    (*s)[0] += u * x.x; (*s)[2] += u * x.y; (*s)[4] += u * x.z; (*s)[6] += u * x.w;
    if (DOWN == 8u) {
        (*s)[1] += v * x.x; (*s)[3] += v * x.y; (*s)[5] += v * x.z; (*s)[7] += v * x.w;
    }
    if (ACROSS == 8u) {
        (*s)[8] += u * y.x; (*s)[10] += u * y.y; (*s)[12] += u * y.z; (*s)[14] += u * y.w;
        if (DOWN == 8u) {
            (*s)[9] += v * y.x; (*s)[11] += v * y.y; (*s)[13] += v * y.z; (*s)[15] += v * y.w;
        }
    }
}

// Four terms; `quad` is a constant at every call.
fn add_quad(s: ptr<function, Sums>, quad: u32, row: u32, column: u32) {
    let b0 = right[quad][0][column];
    let b1 = right[quad][1][column];
    let b2 = right[quad][2][column];
    let b3 = right[quad][3][column];
    let b4 = right[quad][min(4u, ACROSS - 1u)][column];
    let b5 = right[quad][min(5u, ACROSS - 1u)][column];
    let b6 = right[quad][min(6u, ACROSS - 1u)][column];
    let b7 = right[quad][min(7u, ACROSS - 1u)][column];
    let k = quad * 4u;
    add_term(s, left[k][0][row], left[k][SECOND][row], vec4<f32>(b0.x, b1.x, b2.x, b3.x), vec4<f32>(b4.x, b5.x, b6.x, b7.x));
    add_term(s, left[k + 1u][0][row], left[k + 1u][SECOND][row], vec4<f32>(b0.y, b1.y, b2.y, b3.y), vec4<f32>(b4.y, b5.y, b6.y, b7.y));
    add_term(s, left[k + 2u][0][row], left[k + 2u][SECOND][row], vec4<f32>(b0.z, b1.z, b2.z, b3.z), vec4<f32>(b4.z, b5.z, b6.z, b7.z));
    add_term(s, left[k + 3u][0][row], left[k + 3u][SECOND][row], vec4<f32>(b0.w, b1.w, b2.w, b3.w), vec4<f32>(b4.w, b5.w, b6.w, b7.w));
}

// All terms that are staged.
fn add_terms(s: ptr<function, Sums>, row: u32, column: u32) {
    add_quad(s, 0u, row, column);
    if (QUADS > 1u) { add_quad(s, 1u, row, column); }
    if (QUADS > 2u) {
        add_quad(s, 2u, row, column);
        add_quad(s, 3u, row, column);
    }
}
