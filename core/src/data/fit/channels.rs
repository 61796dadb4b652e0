//! Grey images for networks that want colour, and the other way round.

use super::super::{Images, Pixels};

/// The weights of red, green and blue in a grey value (ITU-R BT.601), in 65,536ths as Pillow has them.
const LUMA: [u32; 3] = [19_595, 38_470, 7_471];

/// A grey value, rounded as Pillow's `convert("L")` rounds it.
pub(super) fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let [r, g, b] = LUMA;
    let sum = u32::from(red) * r + u32::from(green) * g + u32::from(blue) * b + 0x8000;
    // The weights sum to 65,536, so the sum stays below 256 of them.
    u8::try_from(sum >> 16).unwrap_or(u8::MAX)
}

fn luma_f32([red, green, blue]: [f32; 3]) -> f32 {
    (0.299 * red + 0.587 * green + 0.114 * blue).clamp(0.0, 1.0)
}

impl Images {
    /// The set with 1 or 3 channels: grey planes are repeated, colours are weighed to grey. Any other wish changes nothing.
    #[must_use]
    pub(crate) fn with_channels(mut self, channels: usize) -> Self {
        let plane = self.height * self.width;
        let how = match (self.channels, channels) {
            (1, 3) => "grey images are repeated as red, green and blue, since the network takes colours",
            (3, 1) => {
                "colour images are turned to grey (0.299 red + 0.587 green + 0.114 blue), since the network takes grey ones"
            }
            _ => return self,
        };
        self.pixels = match (&self.pixels, channels) {
            (Pixels::U8(values), 3) => Pixels::U8(repeated(values, plane)),
            (Pixels::F32(values), 3) => Pixels::F32(repeated(values, plane)),
            (Pixels::U8(values), _) => Pixels::U8(weighed(values, plane, luma)),
            (Pixels::F32(values), _) => Pixels::F32(weighed(values, plane, luma_f32)),
        };
        self.channels = channels;
        self.notes.push(format!("{}: {how}.", self.name));
        self
    }
}

fn repeated<T: Copy>(values: &[T], plane: usize) -> Vec<T> {
    values.chunks_exact(plane).flat_map(|grey| grey.repeat(3)).collect()
}

fn weighed<T: Copy>(values: &[T], plane: usize, weigh: fn([T; 3]) -> T) -> Vec<T> {
    let grey =
        |image: &[T]| (0..plane).map(|at| weigh([image[at], image[plane + at], image[2 * plane + at]])).collect();
    values.chunks_exact(3 * plane).flat_map::<Vec<T>, _>(grey).collect()
}
