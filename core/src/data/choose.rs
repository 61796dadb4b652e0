//! What is done to sets once they are read: classes matched by name, some images taken, halves compared.

mod align;
mod overlap;
mod take;

use super::{Images, Pixels};
pub(crate) use align::align;
pub(super) use align::within;
pub(crate) use overlap::shared;
pub(crate) use take::Wish;

impl Images {
    /// The chosen images, in that order; the classes stay.
    ///
    /// # Panics
    /// When an index is not below [`Images::len`].
    #[must_use]
    pub fn pick(mut self, indices: &[usize]) -> Self {
        let size = self.channels * self.height * self.width;
        self.pixels = match &self.pixels {
            Pixels::U8(values) => Pixels::U8(gather(values, size, indices)),
            Pixels::F32(values) => Pixels::F32(gather(values, size, indices)),
        };
        self.labels = indices.iter().map(|&index| self.labels[index]).collect();
        self.places = indices.iter().map(|&index| self.places[index]).collect();
        self
    }

    /// The first `count` images, or all where there are fewer. The classes stay.
    #[must_use]
    pub fn take_first(mut self, count: usize) -> Self {
        let count = count.min(self.len());
        self.labels.truncate(count);
        self.places.truncate(count);
        self.pixels.truncate(count * self.channels * self.height * self.width);
        self
    }
}

fn gather<T: Copy>(values: &[T], size: usize, indices: &[usize]) -> Vec<T> {
    indices.iter().flat_map(|index| values[index * size..(index + 1) * size].iter().copied()).collect()
}

#[cfg(test)]
mod tests;
