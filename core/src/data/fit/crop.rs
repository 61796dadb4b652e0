//! How a picture comes to a wanted size: resized, then perhaps cut to its middle.

use super::super::{DataError, Fit, Reading};
use super::resample::{Taps, resample_bytes, resample_floats};

/// From one size to another: the size in between and the weights of the wanted part. Sizes are (rows, columns).
#[derive(Debug)]
pub(crate) struct Frame {
    from: [usize; 2],
    between: [usize; 2],
    to: [usize; 2],
    rows: Taps,
    columns: Taps,
}

impl Frame {
    /// How pictures of the size `from` come to the size `to`.
    ///
    /// A centre crop follows torchvision: the shorter side takes the wanted length, the longer one the proportional length
    /// rounded down, and the corner of the crop is rounded half to even.
    ///
    /// # Errors
    /// [`DataError::SmallCrop`] where the resized picture is smaller than the crop.
    pub(crate) fn new(file: &str, from: [usize; 2], to: [usize; 2], reading: &Reading) -> Result<Self, DataError> {
        let between = match reading.fit {
            Fit::Exact | Fit::Resize => to,
            Fit::CenterCrop => {
                let shorter = reading.shorter_side.unwrap_or(to[0].max(to[1]));
                let [rows, columns] = from;
                let scaled = |longer: usize, side: usize| shorter.saturating_mul(longer) / side.max(1);
                if rows <= columns { [shorter, scaled(columns, rows)] } else { [scaled(rows, columns), shorter] }
            }
        };
        if between[0] < to[0] || between[1] < to[1] {
            let (found, wanted) = ((between[1], between[0]), (to[1], to[0]));
            return Err(DataError::SmallCrop { file: file.to_owned(), found, wanted });
        }
        let corner = [centre(between[0] - to[0]), centre(between[1] - to[1])];
        let taps = |axis: usize| Taps::new(from[axis], between[axis], corner[axis]..corner[axis] + to[axis]);
        Ok(Self { from, between, to, rows: taps(0), columns: taps(1) })
    }

    /// Whether it belongs to pictures of this size.
    pub(crate) fn takes(&self, from: [usize; 2]) -> bool {
        self.from == from
    }

    /// What is done, in words.
    pub(crate) fn words(&self) -> String {
        let resized = format!("bilinear with antialias to {}x{}", self.between[1], self.between[0]);
        if self.between == self.to { resized } else { format!("{resized}, the middle cut out") }
    }

    /// So many planes of bytes, one after another, each brought to the wanted size.
    pub(crate) fn bytes(&self, values: &[u8], planes: usize) -> Vec<u8> {
        self.each(values, planes, |plane| resample_bytes(plane, self.from, (&self.rows, &self.columns)))
    }

    /// The same of floats.
    pub(crate) fn floats(&self, values: &[f32], planes: usize) -> Vec<f32> {
        self.each(values, planes, |plane| resample_floats(plane, self.from, (&self.rows, &self.columns)))
    }

    fn each<T: Copy>(&self, values: &[T], planes: usize, resample: impl Fn(&[T]) -> Vec<T>) -> Vec<T> {
        let size = (self.from[0] * self.from[1]).max(1);
        let mut all = Vec::with_capacity(planes * self.to[0] * self.to[1]);
        for plane in values.chunks_exact(size) {
            all.extend(resample(plane));
        }
        all
    }
}

/// Half of `room`, a half rounded to the even neighbour as Python's `round` does.
fn centre(room: usize) -> usize {
    let half = room / 2;
    if room.is_multiple_of(2) || half.is_multiple_of(2) { half } else { half + 1 }
}
