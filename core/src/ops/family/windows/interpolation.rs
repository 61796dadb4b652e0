//! Where pixels of a resized axis lie in the original, and which pixels they are made of.

/// Where pixels of the result lie in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coordinates {
    /// Pixel `i` at `i / scale`.
    Asymmetric,
    /// Centres of pixels match: `(i + 1/2) / scale - 1/2`.
    HalfPixel,
    /// As `HalfPixel`, but the only pixel of a result lies at 0.
    PyTorchHalfPixel,
    /// As `HalfPixel`, around the middle of the image also where the scale does not lead to a whole size.
    HalfPixelSymmetric,
    /// The first and last pixels match.
    AlignCorners,
}

impl Coordinates {
    /// ONNX's word.
    #[must_use]
    pub const fn onnx(self) -> &'static str {
        match self {
            Self::Asymmetric => "asymmetric",
            Self::HalfPixel => "half_pixel",
            Self::PyTorchHalfPixel => "pytorch_half_pixel",
            Self::HalfPixelSymmetric => "half_pixel_symmetric",
            Self::AlignCorners => "align_corners",
        }
    }
}

/// Which pixel is the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Halves go down.
    PreferFloor,
    /// Halves go up.
    PreferCeil,
    /// The pixel before.
    Floor,
    /// The pixel after.
    Ceil,
}

impl Rounding {
    /// ONNX's word.
    #[must_use]
    pub const fn onnx(self) -> &'static str {
        match self {
            Self::PreferFloor => "round_prefer_floor",
            Self::PreferCeil => "round_prefer_ceil",
            Self::Floor => "floor",
            Self::Ceil => "ceil",
        }
    }
}

/// Where each of `size` pixels lies along an axis of `image` pixels; no `scale` is the quotient of the sizes.
#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
pub(crate) fn places(coordinates: Coordinates, image: usize, size: usize, scale: Option<f64>) -> Vec<f64> {
    let scale = scale.unwrap_or(size as f64 / image.max(1) as f64);
    let place = |i: usize| match coordinates {
        Coordinates::Asymmetric => i as f64 / scale,
        Coordinates::PyTorchHalfPixel if size <= 1 => 0.0,
        Coordinates::HalfPixel | Coordinates::PyTorchHalfPixel => (i as f64 + 0.5) / scale - 0.5,
        Coordinates::HalfPixelSymmetric => {
            let share = size as f64 / (scale * image as f64);
            image as f64 / 2.0 * (1.0 - share) + (i as f64 + 0.5) / scale - 0.5
        }
        Coordinates::AlignCorners if size <= 1 => 0.0,
        Coordinates::AlignCorners => (i * (image - 1)) as f64 / (size - 1) as f64,
    };
    (0..size).map(place).collect()
}

/// The pixel nearest to `place`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the image")]
pub(crate) fn nearest(place: f64, rounding: Rounding, image: usize) -> usize {
    let rounded = match rounding {
        Rounding::PreferFloor => (place - 0.5).ceil(),
        Rounding::PreferCeil => (place + 0.5).floor(),
        Rounding::Floor => place.floor(),
        Rounding::Ceil => place.ceil(),
    };
    // A float becomes 0 from below as it is cast.
    (rounded as usize).min(image.saturating_sub(1))
}

/// The pixels on both sides of `place` with their shares; outside the image, the pixel at its edge.
#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
pub(crate) fn linear(place: f64, image: usize) -> Vec<(usize, f64)> {
    let last = image.saturating_sub(1);
    let inside = place.clamp(0.0, last as f64);
    let before = nearest(inside, Rounding::Floor, image);
    let share = inside - before as f64;
    vec![(before, 1.0 - share), ((before + 1).min(last), share)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_shares_are_those_of_onnx() {
        assert_eq!(places(Coordinates::HalfPixel, 2, 4, None), [-0.25, 0.25, 0.75, 1.25]);
        assert_eq!(places(Coordinates::Asymmetric, 2, 4, Some(2.0)), [0.0, 0.5, 1.0, 1.5]);
        assert_eq!(places(Coordinates::AlignCorners, 3, 5, None), [0.0, 0.5, 1.0, 1.5, 2.0]);
        assert_eq!(linear(-0.25, 2), [(0, 1.0), (1, 0.0)]);
        assert_eq!(linear(0.75, 2), [(0, 0.25), (1, 0.75)]);
        assert_eq!((nearest(0.5, Rounding::PreferFloor, 3), nearest(0.5, Rounding::PreferCeil, 3)), (0, 1));
        assert_eq!((nearest(-0.4, Rounding::Ceil, 3), nearest(9.0, Rounding::Floor, 3)), (0, 2));
    }
}
