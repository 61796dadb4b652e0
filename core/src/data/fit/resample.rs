//! Bilinear resampling with antialias, as Pillow does it and so torchvision: a triangle over the source pixels, as wide as the
//! step between target pixels, first along the columns and then along the rows.
//!
//! Bytes are computed in Pillow's fixed-point arithmetic (22 bits, rounded after each of the two passes), so that they come out the
//! same bit for bit; floats are summed in f64 and rounded once a pass.

use std::ops::Range;

/// Bits behind the point of a weight.
const PRECISION: u32 = 22;

/// The weights of the source pixels for some of the target pixels of one axis.
#[derive(Debug)]
pub(super) struct Taps(Vec<(usize, Vec<f64>)>);

impl Taps {
    /// The weights for the targets `wanted` out of `to`, from a side of `from` pixels.
    #[expect(clippy::cast_precision_loss, reason = "sides of pictures are far below 2^53")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the side before")]
    pub(super) fn new(from: usize, to: usize, wanted: Range<usize>) -> Self {
        let scale = from as f64 / to.max(1) as f64;
        let support = scale.max(1.0);
        let limit = |at: f64| at.clamp(0.0, from as f64) as usize;
        let taps = wanted.map(|target| {
            let centre = (target as f64 + 0.5) * scale;
            let (first, last) = (limit(centre - support + 0.5), limit(centre + support + 0.5));
            let triangle = |at: usize| (1.0 - ((at as f64 - centre + 0.5) / support).abs()).max(0.0);
            let weights: Vec<f64> = (first..last).map(triangle).collect();
            let sum: f64 = weights.iter().sum();
            (first, weights.into_iter().map(|weight| weight / sum).collect())
        });
        Self(taps.collect())
    }

    /// The weights as Pillow rounds them: half away from zero.
    #[expect(clippy::cast_possible_truncation, reason = "weights are at most 1, which is 2^22")]
    fn fixed(&self) -> Vec<(usize, Vec<i64>)> {
        let one = f64::from(1_u32 << PRECISION);
        let fixed = |weight: &f64| (weight * one + 0.5) as i64;
        self.0.iter().map(|(first, weights)| (*first, weights.iter().map(fixed).collect())).collect()
    }
}

/// One plane of bytes of the size `from` (rows, columns), resampled along both axes.
pub(super) fn resample_bytes(plane: &[u8], from: [usize; 2], (rows, columns): (&Taps, &Taps)) -> Vec<u8> {
    let sum = |weights: &[i64], values: &mut dyn Iterator<Item = u8>| {
        let sum: i64 = weights.iter().zip(values).map(|(weight, value)| weight * i64::from(value)).sum();
        let rounded = (sum + (1 << (PRECISION - 1))) >> PRECISION;
        u8::try_from(rounded.clamp(0, 255)).unwrap_or(u8::MAX)
    };
    passes(plane, from, (&rows.fixed(), &columns.fixed()), sum)
}

/// One plane of floats, likewise.
#[expect(clippy::cast_possible_truncation, reason = "pixels are rounded to f32")]
pub(super) fn resample_floats(plane: &[f32], from: [usize; 2], (rows, columns): (&Taps, &Taps)) -> Vec<f32> {
    let sum = |weights: &[f64], values: &mut dyn Iterator<Item = f32>| {
        let sum: f64 = weights.iter().zip(values).map(|(weight, value)| weight * f64::from(value)).sum();
        sum.clamp(0.0, 1.0) as f32
    };
    passes(plane, from, (&rows.0, &columns.0), sum)
}

/// The taps of rows and of columns.
type Both<'a, W> = (&'a [(usize, Vec<W>)], &'a [(usize, Vec<W>)]);

fn passes<T: Copy, W>(
    plane: &[T],
    [height, width]: [usize; 2],
    (rows, columns): Both<'_, W>,
    sum: impl Fn(&[W], &mut dyn Iterator<Item = T>) -> T,
) -> Vec<T> {
    let mut narrow = Vec::with_capacity(height * columns.len());
    for row in plane.chunks_exact(width) {
        narrow.extend(columns.iter().map(|(first, weights)| sum(weights, &mut row[*first..].iter().copied())));
    }
    let across = columns.len();
    let mut done = Vec::with_capacity(rows.len() * across);
    for (first, weights) in rows {
        let below = |column| narrow[first * across + column..].iter().step_by(across).copied();
        done.extend((0..across).map(|column| sum(weights, &mut below(column))));
    }
    done
}
