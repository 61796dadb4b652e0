//! values[outer, k, inner], indices[outer, k, inner] = the k largest (variant `largest`) or smallest elements of
//! x[outer, axis, inner] in order, and where they were along the axis. Among equals the lower index comes first; 0 and -0 are equal;
//! a positive NaN is larger than everything, a negative one smaller.
//!
//! One workgroup per row. Each pass finds the best element behind the one found before it: the threads search every
//! LANES-th element, then the better of two halves is kept. No row is ever changed or copied.
//# import grid

struct Params {
    // Rows: outer x inner.
    count: u32,
    // Size of the axis.
    axis: u32,
    // Elements behind the axis.
    inner: u32,
    // How many are taken, at most `axis`.
    k: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> values: array<f32>;
@group(0) @binding(3) var<storage, read_write> indices: array<i32>;

const LARGEST: bool = true; //# variant
const LANES: u32 = 64u;
// The index of no element: it comes after all others.
const NONE: u32 = 0xffffffffu;

var<workgroup> keys: array<u32, LANES>;
var<workgroup> places: array<u32, LANES>;

// A number that is smaller the earlier x comes, NaN included: the order of floats is that of their bits, signs apart.
fn key_of(value: f32) -> u32 {
    var bits = bitcast<u32>(value);
    bits = select(bits, 0u, bits == 0x80000000u);
    let rising = select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
    return select(rising, ~rising, LARGEST);
}

fn comes_before(key: u32, place: u32, other_key: u32, other_place: u32) -> bool {
    return key < other_key || (key == other_key && place < other_place);
}

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = flat_group(wid, groups);
    if (row >= p.count) { return; }
    let outer = row / p.inner;
    let column = row % p.inner;
    let base = outer * p.axis * p.inner + column;
    var last_key = 0u;
    var last_place = NONE;
    for (var found = 0u; found < p.k; found++) {
        var key = 0xffffffffu;
        var place = NONE;
        for (var j = lane; j < p.axis; j += LANES) {
            let candidate = key_of(x[base + j * p.inner]);
            let is_left = last_place == NONE || comes_before(last_key, last_place, candidate, j);
            if (is_left && comes_before(candidate, j, key, place)) {
                key = candidate;
                place = j;
            }
        }
        keys[lane] = key;
        places[lane] = place;
        workgroupBarrier();
        for (var half = LANES / 2u; half > 0u; half /= 2u) {
            let other = lane + half;
            if (lane < half && comes_before(keys[other], places[other], keys[lane], places[lane])) {
                keys[lane] = keys[other];
                places[lane] = places[other];
            }
            workgroupBarrier();
        }
        last_key = keys[0];
        last_place = places[0];
        if (lane == 0u) {
            let to = (outer * p.k + found) * p.inner + column;
            values[to] = x[base + last_place * p.inner];
            indices[to] = i32(last_place);
        }
        // The next pass overwrites what this one has just read.
        workgroupBarrier();
    }
}
