//! Finds an array's image, channel, row and column axes by its shape, and brings its values into that order.

use super::DataError;

/// Where the four axes of a set of images lie in an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// Images, channels, rows, columns.
    pub sizes: [usize; 4],
    /// How many values apart two neighbours on each of those axes are.
    strides: [usize; 4],
}

impl Layout {
    /// The layout of an array of (images, rows, columns), or of four axes, where the one that is 1 or 3 long holds the channels.
    ///
    /// `strides` are in values, one per axis of `shape`. The product of `shape` must fit a `usize`.
    ///
    /// # Errors
    /// [`DataError::Layout`] where another number of axes, none or both of the candidates for the channels fit.
    pub(super) fn new(file: &str, shape: &[u64], strides: &[u64]) -> Result<Self, DataError> {
        let refused = |problem| Err(DataError::Layout { file: file.to_owned(), shape: shape.to_vec(), problem });
        let order = match *shape {
            [_, _, _] => [0, 3, 1, 2],
            [_, second, _, last] => match (is_channels(second), is_channels(last)) {
                (true, false) => [0, 1, 2, 3],
                (false, true) => [0, 3, 1, 2],
                (true, true) => return refused("two axes could be the channels"),
                (false, false) => return refused("no axis of 1 or 3 holds the channels"),
            },
            _ => return refused("images have three or four axes"),
        };
        let pick = |values: &[u64], missing: usize| {
            order.map(|axis: usize| values.get(axis).map_or(missing, |&v| usize::try_from(v).unwrap_or(usize::MAX)))
        };
        Ok(Self { sizes: pick(shape, 1), strides: pick(strides, 0) })
    }

    /// The layout of an array in row-major order.
    pub(super) fn row_major(file: &str, shape: &[u64]) -> Result<Self, DataError> {
        let mut strides = vec![1_u64; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
        }
        Self::new(file, shape, &strides)
    }

    /// The values in the order image, channel, row, column. `values` holds as many as the shape says.
    pub(super) fn arrange<T: Copy>(&self, values: Vec<T>) -> Vec<T> {
        let [images, channels, rows, columns] = self.sizes;
        if self.is_in_order() {
            return values;
        }
        let [by_image, by_channel, by_row, by_column] = self.strides;
        let mut arranged = Vec::with_capacity(values.len());
        for image in 0..images {
            for channel in 0..channels {
                for row in 0..rows {
                    let start = image * by_image + channel * by_channel + row * by_row;
                    arranged.extend((0..columns).map(|column| values[start + column * by_column]));
                }
            }
        }
        arranged
    }

    /// Whether the values lie in the wanted order already; an axis of one place has no order.
    fn is_in_order(&self) -> bool {
        let mut expected = 1;
        self.sizes.iter().zip(self.strides).rev().all(|(&size, stride)| {
            let fits = size == 1 || stride == expected;
            expected *= size;
            fits
        })
    }
}

fn is_channels(axis: u64) -> bool {
    matches!(axis, 1 | 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arranged(shape: &[u64]) -> Vec<u32> {
        let count = u32::try_from(shape.iter().product::<u64>()).unwrap();
        Layout::row_major("f", shape).unwrap().arrange((0..count).collect())
    }

    #[test]
    fn channels_are_found_wherever_they_lie() {
        assert_eq!(arranged(&[1, 3, 2, 2]), (0..12).collect::<Vec<_>>());
        assert_eq!(arranged(&[1, 2, 2, 3]), [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
        assert_eq!(arranged(&[2, 2, 2]), (0..8).collect::<Vec<_>>());
        assert_eq!(Layout::row_major("f", &[5, 2, 4, 3]).unwrap().sizes, [5, 3, 2, 4]);
        assert_eq!(Layout::row_major("f", &[5, 2, 4]).unwrap().sizes, [5, 1, 2, 4]);
    }

    #[test]
    fn column_major_arrays_are_turned() {
        let layout = Layout::new("f", &[2, 2, 3], &[1, 2, 4]).unwrap();
        assert_eq!(layout.arrange((0..12).collect::<Vec<_>>()), [0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11]);
    }

    #[test]
    fn unclear_shapes_are_refused_with_the_reason() {
        for (shape, reason) in [
            (&[9_u64, 3, 8, 1][..], "two axes"),
            (&[9, 8, 8, 4], "no axis"),
            (&[9, 8], "three or four"),
            (&[], "three or four"),
        ] {
            let text = Layout::row_major("f", shape).unwrap_err().to_string();
            assert!(text.contains(reason) && text.contains("(count, channels"), "{text}");
        }
    }
}
