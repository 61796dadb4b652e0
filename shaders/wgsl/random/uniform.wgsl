//! y[image, element] = low + (high - low) u, with u the multiple of 2^-24 in [0, 1) that word `element` of the image's stream gives:
//! core/src/random.rs's `uniform_range`, bit for bit. The stream is named by key (seed and purpose), image index and restart.
//!
//! One thread per block of four words.
//# import grid
//# import philox

struct Params {
    // Threads: images x blocks.
    count: u32,
    // Elements of an image.
    elements: u32,
    // Blocks of an image: elements / 4, rounded up.
    blocks: u32,
    // First word of `random::key`.
    key_first: u32,
    // Second word of it.
    key_second: u32,
    // Which start this is.
    restart: u32,
    // Smallest number.
    low: f32,
    // Largest number.
    high: f32,
    // Always 0. Who compiles this does not know, and so cannot fuse product and sum into one rounding, which core has as two.
    zero: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
// Index of each image in its data set: low word, high word.
@group(0) @binding(1) var<storage, read> images: array<u32>;
//# emit
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
fn emit(i: u32, v: f32) { y[i] = v; }
//# end

fn number(word: u32) -> f32 {
    let u = f32(word >> 8u) / 16777216.0;
    let product = bitcast<f32>(bitcast<u32>((p.high - p.low) * u) | p.zero);
    return clamp(p.low + product, min(p.low, p.high), max(p.low, p.high));
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) wid: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let i = flat_group(wid, groups) * 64u + lane;
    if (i >= p.count) { return; }
    let image = i / p.blocks;
    let block = i % p.blocks;
    let counter = vec4(block, images[2u * image], images[2u * image + 1u], p.restart);
    let words = philox(counter, vec2(p.key_first, p.key_second));
    for (var word = 0u; word < 4u; word++) {
        let element = 4u * block + word;
        if (element < p.elements) { emit(image * p.elements + element, number(words[word])); }
    }
}
