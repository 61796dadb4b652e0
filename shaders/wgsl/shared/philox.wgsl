//! Philox4x32-10, the generator of core/src/random.rs, bit for bit: ten rounds on a counter of four words under a key of two.

// High word of the product of two words, by halves: WGSL has no 64-bit numbers.
fn high_word(a: u32, b: u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let left = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let right = (a & 0xffffu) * (b >> 16u) + (left & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (left >> 16u) + (right >> 16u);
}

fn philox(start: vec4<u32>, start_key: vec2<u32>) -> vec4<u32> {
    var counter = start;
    var key = start_key;
    for (var round = 0u; round < 10u; round++) {
        counter = vec4(
            high_word(counter.z, 0xcd9e8d57u) ^ counter.y ^ key.x,
            counter.z * 0xcd9e8d57u,
            high_word(counter.x, 0xd2511f53u) ^ counter.w ^ key.y,
            counter.x * 0xd2511f53u,
        );
        key += vec2(0x9e3779b9u, 0xbb67ae85u);
    }
    return counter;
}
