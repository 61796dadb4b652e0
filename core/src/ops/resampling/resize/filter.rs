//! Resizing by filters: cubic curves, antialiasing, borders left out, regions. Every pixel along an axis of the result is a
//! weighted sum of pixels, so the axis is a product with a constant matrix.
//!
//! Weights are those of the standard's own reference: around a place between two pixels as many pixels on both sides as the
//! filter is wide, pixels behind the edge being the one at the edge.

use crate::graph::{Builder, GraphError, ValueId};
use crate::ops::OpError;
use crate::ops::family::interpolation::{self, Coordinates, Rounding};
use crate::ops::family::kernel_gradient::at;
use crate::tensor::Dim;

/// Most elements of an axis's matrix.
const LARGEST: usize = 1 << 24;

/// The curve that pixels are weighed by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Curve {
    Nearest(Rounding),
    Linear,
    /// Keys's cubic with this coefficient.
    Cubic(f64),
}

/// Where pixels of the result lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Place {
    Usual(Coordinates),
    /// Spread over a part of the axis, whose ends are given as shares of it; outside the image the result is this value.
    Region(f64),
}

/// How an axis is resized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Filter {
    pub curve: Curve,
    /// Whether the curve is stretched over what becomes one pixel.
    pub antialias: bool,
    /// Whether pixels behind the edge weigh nothing.
    pub exclude_outside: bool,
    pub place: Place,
}

/// One axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub axis: usize,
    pub image: usize,
    pub size: usize,
    pub scale: f64,
    /// Ends of the region, as shares of the axis.
    pub region: [f64; 2],
}

impl Filter {
    /// `x` with this axis resized.
    pub(super) fn apply(&self, b: &mut Builder, x: ValueId, axis: &Axis) -> Result<ValueId, GraphError> {
        if axis.image.checked_mul(axis.size).is_none_or(|cells| cells > LARGEST) {
            return Err(at("Resize", OpError::shape(format!("from {} to {} pixels is too large", axis.image, axis.size))));
        }
        let rank = b.ty(x).rank();
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(axis.axis, rank - 1);
        let turned = b.transpose(x, &order)?;
        let shape = b.ty(turned).shape.clone();
        let flat = if rank == 1 { b.reshape(turned, &[Dim::ONE, shape[0]])? } else { turned };
        let rows = self.rows(axis);
        let mut matrix = vec![0.0; axis.image * axis.size];
        for (row, taps) in rows.iter().enumerate() {
            taps.iter().flatten().for_each(|(pixel, share)| matrix[pixel * axis.size + row] += share);
        }
        let matrix = b.constant_like(&[axis.image, axis.size], matrix, x)?;
        let mut made = b.matmul(flat, matrix)?;
        if let Place::Region(outside) = self.place {
            let added = rows.iter().map(|taps| if taps.is_none() { outside } else { 0.0 }).collect();
            let added = b.constant_like(&[axis.size], added, x)?;
            made = b.add(made, added)?;
        }
        let made = if rank == 1 { b.reshape(made, &[Dim::fixed(axis.size)])? } else { made };
        b.transpose(made, &order)
    }

    /// For every pixel of the result the pixels it is made of and their shares; `None` outside a region's image.
    fn rows(&self, axis: &Axis) -> Vec<Option<Vec<(usize, f64)>>> {
        let places = match self.place {
            Place::Usual(coordinates) => interpolation::places(coordinates, axis.image, axis.size, Some(axis.scale)),
            Place::Region(_) => spread(axis),
        };
        #[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
        let inside = |place: f64| (0.0..=(axis.image - 1) as f64).contains(&place);
        let region = matches!(self.place, Place::Region(_));
        places.into_iter().map(|place| (!region || inside(place)).then(|| self.taps(place, axis))).collect()
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "places of pixels")]
    fn taps(&self, place: f64, axis: &Axis) -> Vec<(usize, f64)> {
        if let Curve::Nearest(rounding) = self.curve {
            return vec![(interpolation::nearest(place, rounding, axis.image), 1.0)];
        }
        // The place lies behind its pixel by a share above 0, at most 1.
        let first = place.ceil() - 1.0;
        let share = place - first;
        let stretch = if self.antialias { axis.scale.min(1.0) } else { 1.0 };
        let reach = (self.width() / stretch).ceil() as i64;
        let last = axis.image as i64 - 1;
        let mut taps = Vec::new();
        let mut sum = 0.0;
        for step in 1 - reach..=reach {
            let pixel = first as i64 + step;
            let mut weight = self.weight(stretch * (step as f64 - share));
            if self.exclude_outside && !(0..=last).contains(&pixel) {
                weight = 0.0;
            }
            sum += weight;
            taps.push((usize::try_from(pixel.clamp(0, last)).unwrap_or(0), weight));
        }
        if (self.antialias || self.exclude_outside) && sum != 0.0 {
            taps.iter_mut().for_each(|(_, weight)| *weight /= sum);
        }
        taps
    }

    /// How far the curve reaches.
    const fn width(&self) -> f64 {
        match self.curve {
            Curve::Nearest(_) | Curve::Linear => 1.0,
            Curve::Cubic(_) => 2.0,
        }
    }

    /// The curve at a distance.
    fn weight(&self, distance: f64) -> f64 {
        let t = distance.abs();
        match self.curve {
            Curve::Nearest(_) | Curve::Linear => (1.0 - t).max(0.0),
            Curve::Cubic(a) if t <= 1.0 => ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0,
            Curve::Cubic(a) if t < 2.0 => ((a * t - 5.0 * a) * t + 8.0 * a) * t - 4.0 * a,
            Curve::Cubic(_) => 0.0,
        }
    }
}

/// Places spread evenly over a region, first and last at its ends.
#[expect(clippy::cast_precision_loss, reason = "counts of pixels")]
fn spread(axis: &Axis) -> Vec<f64> {
    let ([start, end], last) = (axis.region, (axis.image.max(1) - 1) as f64);
    let place = |i: usize| match axis.size {
        1 => f64::midpoint(start, end) * last,
        size => start * last + i as f64 * (end - start) * last / (size - 1) as f64,
    };
    (0..axis.size).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(curve: Curve, antialias: bool, exclude_outside: bool) -> Filter {
        Filter { curve, antialias, exclude_outside, place: Place::Usual(Coordinates::HalfPixel) }
    }

    fn shares(filter: &Filter, image: usize, size: usize, row: usize) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let axis = Axis { axis: 0, image, size, scale: size as f64 / image as f64, region: [0.0, 1.0] };
        let mut all = vec![0.0; image];
        filter.rows(&axis)[row].iter().flatten().for_each(|(pixel, share)| all[*pixel] += share);
        all
    }

    fn close(found: &[f64], expected: &[f64]) {
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, not {expected:?}");
    }

    #[test]
    fn shares_are_those_of_the_reference() {
        // onnx.reference.ops.op_resize._interpolate_1d_along_axis of a unit matrix.
        let cubic = filter(Curve::Cubic(-0.75), false, false);
        close(&shares(&cubic, 4, 8, 3), &[-0.105_468_75, 0.878_906_25, 0.261_718_75, -0.035_156_25]);
        let inner = filter(Curve::Cubic(-0.75), false, true);
        close(&shares(&inner, 4, 8, 0), &[1.136_363_64, -0.136_363_64, 0.0, 0.0]);
        let smooth = filter(Curve::Linear, true, false);
        close(&shares(&smooth, 5, 2, 0), &[0.4, 0.36, 0.2, 0.04, 0.0]);
        let smooth = filter(Curve::Cubic(-0.5), true, false);
        let expected = [-0.037_037_04, 0.0, 0.111_111_11, 0.259_259_26, 0.333_333_33, 0.333_333_33];
        close(&shares(&smooth, 6, 2, 1), &expected);
        let smooth = filter(Curve::Linear, true, true);
        close(&shares(&smooth, 6, 2, 0), &[0.25, 0.375, 0.25, 0.125, 0.0, 0.0]);
    }

    #[test]
    fn regions_reach_outside() {
        let crop = Filter { place: Place::Region(9.0), ..filter(Curve::Linear, false, false) };
        let rows = crop.rows(&Axis { axis: 0, image: 3, size: 3, scale: 1.0, region: [0.5, 1.5] });
        assert_eq!(rows[0].as_ref().unwrap().iter().map(|(i, w)| *i as f64 * w).sum::<f64>(), 1.0);
        assert!(rows[1].is_some() && rows[2].is_none());
    }
}
