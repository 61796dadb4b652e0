//! All chance in core: one counter-based generator, so that a number depends on what it is for and on nothing else.
//!
//! A stream is named by (seed, purpose, image index, restart). Batch sizes, threads, engines and the order of work
//! therefore never change a draw. The generator is Philox4x32-10 (Salmon et al., *Parallel random numbers: as easy
//! as 1, 2, 3*, SC 2011); it is written out here because the shaders repeat it bit for bit from [`key`] and
//! `philox4x32_10`, and it needs nothing but 32-bit products.

/// What a stream is for. Two purposes never share numbers, even with the same seed and index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Purpose {
    /// Where an attack starts inside its ball.
    AttackStart = 1,
    /// A stitch's first weights.
    StitchInit = 2,
    /// The order of the training images; the index is the epoch.
    BatchOrder = 3,
    /// Crops and flips of a training image.
    View = 4,
    /// The moves of an attack that searches by chance.
    AttackSearch = 5,
    /// Which images are taken where only some are.
    Subset = 6,
    /// Anything in a test.
    Test = 7,
    /// Where the attack of a training starts; the restart is the epoch.
    TrainAttack = 8,
    /// A mask that is drawn.
    Mask = 9,
    /// The order of weights in a network that is to know nothing.
    Scramble = 10,
    /// The order of labels that are to say nothing.
    Labels = 11,
    /// Where the search for an image of given activations starts.
    Inversion = 12,
    /// Images on which a network is held against itself.
    Check = 13,
    /// Which networks stand in a resample; the index is the resample.
    Resample = 14,
    /// Which training images are held out.
    Validation = 15,
}

/// Ten rounds of Philox on a counter of four words under a key of two.
pub(crate) fn philox4x32_10(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut a, mut b, mut c, mut d] = counter;
    let [mut first, mut second] = key;
    for _ in 0..10 {
        let [low_a, high_a] = words(u64::from(a) * 0xD251_1F53);
        let [low_c, high_c] = words(u64::from(c) * 0xCD9E_8D57);
        [a, b, c, d] = [high_c ^ b ^ first, low_c, high_a ^ d ^ second, low_a];
        first = first.wrapping_add(0x9E37_79B9);
        second = second.wrapping_add(0xBB67_AE85);
    }
    [a, b, c, d]
}

/// Low and high word of `value`.
fn words(value: u64) -> [u32; 2] {
    let [a, b, c, d, e, f, g, h] = value.to_le_bytes();
    [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
}

/// The key shared by all streams of one seed and purpose: what a shader is given as a uniform.
///
/// Block `n` of a stream is then `philox4x32_10([n, index low, index high, restart], key)`.
pub fn key(seed: u64, purpose: Purpose) -> [u32; 2] {
    let [first, second, _, _] = philox4x32_10([purpose as u32, 0, 0, 0], words(seed));
    [first, second]
}

/// The numbers of one (seed, purpose, index, restart), always the same ones on every target.
///
/// A stream has 2^34 words; then it begins again.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u32; 2],
    /// The next block's counter: block, index low, index high, restart.
    counter: [u32; 4],
    /// The present block; its first `used` words are spent.
    block: [u32; 4],
    used: usize,
}

impl Stream {
    /// The stream of `seed` for `purpose`, for the image (or epoch) `index` in the attempt `restart`.
    pub fn new(seed: u64, purpose: Purpose, index: u64, restart: u32) -> Self {
        let [low, high] = words(index);
        Self { key: key(seed, purpose), counter: [0, low, high, restart], block: [0; 4], used: 4 }
    }

    /// 32 random bits.
    pub(crate) fn next_u32(&mut self) -> u32 {
        if self.used == self.block.len() {
            self.block = philox4x32_10(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        let word = self.block[self.used];
        self.used += 1;
        word
    }

    /// A number in [0, 1): a multiple of 2^-24, so every value is exact. Takes one word.
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit an f32 exactly")]
    pub fn uniform_f32(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// A number between `low` and `high`, `low + (high - low) * u`. Takes one word.
    ///
    /// Rounding can reach `high` itself, but never passes either bound.
    pub fn uniform_range(&mut self, low: f32, high: f32) -> f32 {
        (low + (high - low) * self.uniform_f32()).clamp(low.min(high), high.max(low))
    }

    /// A number of the standard normal distribution, at most 6.7 from zero. Takes two words.
    ///
    /// Box-Muller in f64, rounded once. `libm` instead of the system's functions, which differ in their last bits
    /// between targets.
    #[expect(clippy::cast_possible_truncation, reason = "rounding to f32 is meant")]
    pub fn gaussian_f32(&mut self) -> f32 {
        // Half a step away from zero, where the logarithm has no value.
        let share = (f64::from(self.next_u32()) + 0.5) / 4_294_967_296.0;
        let turn = f64::from(self.next_u32()) / 4_294_967_296.0;
        (libm::sqrt(-2.0 * libm::log(share)) * libm::cos(std::f64::consts::TAU * turn)) as f32
    }

    /// A number in 0..`bound`, each exactly as likely (Lemire's method); 0 where `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        // Products whose low word is under this would favour some results; they are drawn again.
        let unfair = bound.wrapping_neg().checked_rem(bound).unwrap_or(0);
        loop {
            let [low, high] = words(u64::from(self.next_u32()) * u64::from(bound));
            if low >= unfair {
                return high;
            }
        }
    }

    /// Puts the items in random order (Fisher-Yates), every order as likely.
    ///
    /// Of more than 2^32 - 1 items only the first so many are moved.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        for last in (1..count).rev() {
            let other = self.below(last + 1);
            items.swap(last as usize, other as usize);
        }
    }

    /// Fills `values` with [`Stream::uniform_range`].
    pub fn fill_uniform(&mut self, values: &mut [f32], low: f32, high: f32) {
        for value in values {
            *value = self.uniform_range(low, high);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random123's own vectors (`tests/kat_vectors`, philox4x32 with 10 rounds): counter, key, result.
    const KNOWN: [([u32; 4], [u32; 2], [u32; 4]); 3] = [
        ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ];

    #[test]
    fn philox_gives_the_published_words() {
        for (counter, key, words) in KNOWN {
            assert_eq!(philox4x32_10(counter, key), words);
        }
    }

    #[test]
    fn a_stream_is_the_blocks_a_shader_would_make() {
        let mut stream = Stream::new(7, Purpose::AttackStart, (3 << 32) | 5, 2);
        let key = key(7, Purpose::AttackStart);
        for block in 0..3 {
            for word in philox4x32_10([block, 5, 3, 2], key) {
                assert_eq!(stream.next_u32(), word);
            }
        }
    }

    #[test]
    fn every_part_of_the_name_changes_the_stream() {
        let first = |seed, purpose, index, restart| Stream::new(seed, purpose, index, restart).next_u32();
        let base = first(0, Purpose::AttackStart, 0, 0);
        for other in [
            first(1 << 40, Purpose::AttackStart, 0, 0),
            first(0, Purpose::View, 0, 0),
            first(0, Purpose::AttackStart, 1 << 40, 0),
            first(0, Purpose::AttackStart, 0, 1),
        ] {
            assert_ne!(base, other);
        }
        assert_eq!(base, first(0, Purpose::AttackStart, 0, 0));
    }

    #[test]
    fn uniform_numbers_fill_their_range_evenly() {
        let mut stream = Stream::new(0, Purpose::Test, 0, 0);
        let mut values = vec![0.0; 100_000];
        stream.fill_uniform(&mut values, -0.25, 0.75);
        assert!(values.iter().all(|value| (-0.25..=0.75).contains(value)));
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / 1e5;
        assert!((mean - 0.25).abs() < 0.004, "{mean}");
        assert!((0..1000).all(|_| (0.0..1.0).contains(&stream.uniform_f32())));
    }

    #[test]
    fn gaussian_numbers_have_the_normal_moments() {
        let mut stream = Stream::new(1, Purpose::Test, 0, 0);
        let values: Vec<f64> = (0..100_000).map(|_| f64::from(stream.gaussian_f32())).collect();
        let moment = |power: i32| values.iter().map(|value| value.powi(power)).sum::<f64>() / 1e5;
        for (power, expected, slack) in [(1, 0.0, 0.015), (2, 1.0, 0.02), (3, 0.0, 0.06), (4, 3.0, 0.15)] {
            assert!((moment(power) - expected).abs() < slack, "moment {power} is {}", moment(power));
        }
        assert!(values.iter().all(|value| value.abs() < 6.7));
    }

    #[test]
    fn a_shuffle_keeps_the_items_and_favours_none() {
        let mut places = [0_u32; 5];
        for index in 0..10_000 {
            let mut items = [0, 1, 2, 3, 4];
            Stream::new(0, Purpose::BatchOrder, index, 0).shuffle(&mut items);
            places[items.iter().position(|&item| item == 0).unwrap()] += 1;
            items.sort_unstable();
            assert_eq!(items, [0, 1, 2, 3, 4]);
        }
        assert!(places.iter().all(|&count| (1850..2150).contains(&count)), "{places:?}");
    }

    #[test]
    fn draws_below_a_bound_stay_there() {
        let mut stream = Stream::new(0, Purpose::Test, 1, 0);
        assert!((1..500).all(|bound| stream.below(bound) < bound));
        assert_eq!(stream.below(0), 0);
    }

    /// Pinned, so that a change of generator cannot pass unseen: it would change every published number.
    #[test]
    fn the_numbers_never_change() {
        let mut stream = Stream::new(42, Purpose::AttackStart, 3, 1);
        let words: Vec<u32> = (0..4).map(|_| stream.next_u32()).collect();
        let floats = [stream.uniform_f32().to_bits(), stream.gaussian_f32().to_bits()];
        let pinned = [0xcf0f_a5c8, 0xb828_4c10, 0x5802_3315, 0xb317_b155];
        assert_eq!((words.as_slice(), floats), (pinned.as_slice(), [0x3f5a_a31a, 0x3e44_9d4a]));
    }
}
