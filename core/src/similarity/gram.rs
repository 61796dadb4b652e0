//! One streamed pass over the data gathers, in f64, everything that direct matching and CKA need.
//!
//! Rows are examples (image and position), columns are channels. For taps with rows `a` and `b`:
//!
//! - of each tap: `sum a`, `sum a a^T`, and for CKA `sum |a|^4`, `sum a |a|^2`;
//! - of each pair: `sum a b^T`, and for CKA `sum |a|^2 |b|^2`, `sum a |b|^2`, `sum b |a|^2`.
//!
//! All pairs share the pass: each network runs once whatever the number of pairs. How the sums are made exact is told in
//! `gram_graph.rs`; [`Moments`] adds them up.

use super::shifted::{Shift, shifted_back};
use crate::tensor::{Tensor, TensorError};

/// Sums over the rows of one tap with `c` channels.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfSums {
    /// `sum a`, `[c]`.
    pub sum: Vec<f64>,
    /// `sum a a^T`, [c, c] row-major; its trace is `sum |a|^2`.
    pub gram: Vec<f64>,
    /// `sum |a|^4`.
    pub fourth: f64,
    /// `sum a |a|^2`, `[c]`.
    pub by_norm: Vec<f64>,
}

/// Sums over the rows of a pair of taps with `ca` and `cb` channels.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossSums {
    /// `sum a b^T`, [ca, cb] row-major.
    pub gram: Vec<f64>,
    /// `sum |a|^2 |b|^2`.
    pub norms: f64,
    /// `sum a |b|^2`, `[ca]`.
    pub a_by_b: Vec<f64>,
    /// `sum b |a|^2`, `[cb]`.
    pub b_by_a: Vec<f64>,
}

/// All sums of one pair.
#[derive(Clone, Copy, Debug)]
pub struct PairSums<'a> {
    /// Number of rows.
    pub rows: f64,
    /// Sums of the front tap.
    pub a: &'a SelfSums,
    /// Sums of the end tap.
    pub b: &'a SelfSums,
    /// Sums of the pair.
    pub cross: &'a CrossSums,
}

/// Which sums a pass gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// First and second moments: what direct matching needs.
    Second,
    /// Those of norms too: what the unbiased CKA needs beside.
    Fourth,
}

impl Order {
    /// Sums of a tap, and of a pair of taps.
    const fn counts(self) -> (usize, usize) {
        match self {
            Self::Second => (2, 1),
            Self::Fourth => (4, 4),
        }
    }
}

/// Sums of all taps and pairs of a study, added up batch by batch.
#[derive(Clone, Debug)]
pub struct Moments {
    order: Order,
    /// The taps that have sums, in order.
    taps: Vec<usize>,
    pairs: Vec<(usize, usize)>,
    rows_per_image: Vec<usize>,
    /// What was taken from every row, per tap that has sums `[c]`.
    origins: Vec<Vec<f64>>,
    images: usize,
    totals: Vec<Total>,
}

/// Channels from which of a symmetric sum one half is kept: the other has the same numbers, and takes as much memory.
const HALVED: usize = 512;

/// A result, added up.
#[derive(Clone, Debug)]
enum Total {
    /// As it is.
    Whole(Vec<f64>),
    /// Of a symmetric `[channels, channels]` the part from the diagonal on, row by row.
    Half(usize, Vec<f64>),
}

impl Default for Total {
    fn default() -> Self {
        Self::Whole(Vec::new())
    }
}

impl Total {
    fn add(&mut self, part: &[f64]) {
        match self {
            Self::Whole(total) => {
                total.resize(part.len(), 0.0);
                total.iter_mut().zip(part).for_each(|(t, p)| *t += p);
            }
            Self::Half(channels, total) => {
                total.resize(*channels * (*channels + 1) / 2, 0.0);
                let rows = part.chunks(*channels).enumerate().flat_map(|(i, row)| row.iter().skip(i));
                total.iter_mut().zip(rows).for_each(|(t, p)| *t += p);
            }
        }
    }

    fn numbers(&self) -> Vec<f64> {
        let (channels, half) = match self {
            Self::Whole(total) => return total.clone(),
            Self::Half(channels, half) => (*channels, half),
        };
        let mut all = vec![0.0; channels * channels];
        let mut next = half.iter();
        for i in 0..channels {
            for (j, number) in (i..channels).zip(next.by_ref()) {
                all[i * channels + j] = *number;
                all[j * channels + i] = *number;
            }
        }
        all
    }
}

impl Moments {
    /// Empty sums for these pairs of taps, of the order that the graph gives. `rows_per_image` has every tap's number of positions,
    /// `origins` the rows' origins of each tap in [`summed`].
    #[must_use]
    pub fn new(rows_per_image: &[usize], pairs: &[(usize, usize)], order: Order, origins: &[Tensor]) -> Self {
        Self {
            order,
            taps: summed(pairs),
            pairs: pairs.to_vec(),
            rows_per_image: rows_per_image.to_vec(),
            origins: origins.iter().map(Tensor::to_f64).collect(),
            images: 0,
            totals: Vec::new(),
        }
    }

    /// How many results a step of the pass has.
    #[must_use]
    pub fn results(&self) -> usize {
        let (own, across) = self.order.counts();
        own * self.taps.len() + across * self.pairs.len()
    }

    /// Adds the results of [`gram_graph()`](super::gram_graph()) on `images` images.
    ///
    /// # Errors
    /// [`TensorError::Type`] when a result is not f64.
    pub fn add(&mut self, images: usize, results: &[Tensor]) -> Result<(), TensorError> {
        results.iter().enumerate().try_for_each(|(place, result)| self.add_one(place, result))?;
        self.count(images);
        Ok(())
    }

    /// Adds one result, the `place`th of them: where they come one by one. Once all are added, [`Self::count`] hears of how many images.
    ///
    /// # Errors
    /// [`TensorError::Type`] when the result is not f64.
    pub fn add_one(&mut self, place: usize, result: &Tensor) -> Result<(), TensorError> {
        let part = result.as_f64()?;
        if self.totals.len() <= place {
            self.totals.resize(place + 1, Total::default());
        }
        let own = self.order.counts().0;
        let channels = result.shape().first().copied().unwrap_or_default();
        let symmetric = place < own * self.taps.len() && place % own == 1;
        let total = &mut self.totals[place];
        if symmetric && channels >= HALVED && matches!(total, Total::Whole(none) if none.is_empty()) {
            *total = Total::Half(channels, Vec::new());
        }
        total.add(part);
        Ok(())
    }

    /// So many images more are in the sums.
    pub const fn count(&mut self, images: usize) {
        self.images += images;
    }

    /// Sums of pair `index`, in the order given to [`Moments::new`], of the rows as they are. Those of norms are empty where
    /// the order is [`Order::Second`].
    #[must_use]
    pub fn pair(&self, index: usize) -> (f64, SelfSums, SelfSums, CrossSums) {
        let (x, y) = self.pairs[index];
        let (a, b) = (self.place(x), self.place(y));
        let start = self.order.counts().0 * self.taps.len() + self.order.counts().1 * index;
        let cross = CrossSums {
            gram: self.total(start),
            norms: self.number(start + 1, self.order),
            a_by_b: self.of_norms(start + 2),
            b_by_a: self.of_norms(start + 3),
        };
        let rows = self.rows(x);
        let (sa, sb) = (self.own(a), self.own(b));
        let shift = Shift { rows, a: self.origin(a), b: self.origin(b) };
        shifted_back(shift, (sa, sb, cross), self.order == Order::Fourth)
    }

    /// Rows that have been added of a tap.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "rows are counted far below 2^53")]
    pub fn rows(&self, tap: usize) -> f64 {
        (self.images * self.rows_per_image.get(tap).copied().unwrap_or_default()) as f64
    }

    /// The mean row of each tap that has sums, as f32 `[c]`: the best origin for its rows.
    ///
    /// # Errors
    /// [`TensorError`] when the sums are none.
    pub fn means(&self) -> Result<Vec<Tensor>, TensorError> {
        let mean = |(place, tap): (usize, &usize)| {
            let rows = self.rows(*tap).max(1.0);
            #[expect(clippy::cast_possible_truncation, reason = "an origin may be any number of that size")]
            let mean = |(s, o): (&f64, f64)| (s / rows + o) as f32;
            let origin = self.origin(place).iter().copied().chain(std::iter::repeat(0.0));
            // A tap that is no number anywhere keeps its origin at 0: its sums say so by themselves.
            let finite = |v: f32| if v.is_finite() { v } else { 0.0 };
            let row: Vec<f32> = self.own(place).sum.iter().zip(origin).map(mean).map(finite).collect();
            Tensor::f32(&[row.len()], row)
        };
        self.taps.iter().enumerate().map(mean).collect()
    }

    fn place(&self, tap: usize) -> usize {
        self.taps.iter().position(|known| *known == tap).unwrap_or_default()
    }

    fn origin(&self, place: usize) -> &[f64] {
        self.origins.get(place).map_or(&[], Vec::as_slice)
    }

    /// Sums of the rows without their origin.
    fn own(&self, place: usize) -> SelfSums {
        let start = self.order.counts().0 * place;
        SelfSums {
            sum: self.total(start),
            gram: self.total(start + 1),
            fourth: self.number(start + 2, self.order),
            by_norm: self.of_norms(start + 3),
        }
    }

    fn total(&self, index: usize) -> Vec<f64> {
        self.totals.get(index).map(Total::numbers).unwrap_or_default()
    }

    fn of_norms(&self, index: usize) -> Vec<f64> {
        if self.order == Order::Fourth { self.total(index) } else { Vec::new() }
    }

    fn number(&self, index: usize, order: Order) -> f64 {
        let known = if order == Order::Fourth { self.total(index) } else { Vec::new() };
        known.first().copied().unwrap_or_default()
    }
}

/// The taps of some pairs, each once, in order.
#[must_use]
pub fn summed(pairs: &[(usize, usize)]) -> Vec<usize> {
    let mut taps: Vec<usize> = pairs.iter().flat_map(|(x, y)| [*x, *y]).collect();
    taps.sort_unstable();
    taps.dedup();
    taps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A symmetric matrix of so many channels, each number its own.
    fn symmetric(channels: usize) -> Vec<f64> {
        let number = |i: usize| f64::from(u32::try_from(i).unwrap());
        let cell = |i: usize, j: usize| 1.0 + number(i.min(j)) * number(channels) + number(i.max(j));
        (0..channels).flat_map(|i| (0..channels).map(move |j| (i, j))).map(|(i, j)| cell(i, j)).collect()
    }

    #[test]
    fn of_many_channels_one_half_of_a_symmetric_sum_is_kept_and_both_are_given() {
        for channels in [HALVED - 1, HALVED, HALVED + 1] {
            let tensor = |shape: &[usize], numbers: Vec<f64>| Tensor::f64(shape, numbers).unwrap();
            let results = [
                tensor(&[channels], vec![1.0; channels]),
                tensor(&[channels, channels], symmetric(channels)),
                tensor(&[channels, channels], symmetric(channels)),
            ];
            let mut moments = Moments::new(&[1], &[(0, 0)], Order::Second, &[]);
            moments.add(1, &results).unwrap();
            moments.add(1, &results).unwrap();
            let held =
                matches!(&moments.totals[1], Total::Half(_, half) if half.len() == channels * (channels + 1) / 2);
            assert_eq!(held, channels >= HALVED);
            assert!(matches!(&moments.totals[2], Total::Whole(_)), "products of two taps are not symmetric");
            let (rows, own, _, cross) = moments.pair(0);
            let twice: Vec<f64> = symmetric(channels).iter().map(|x| 2.0 * x).collect();
            assert!(rows == 2.0 && own.gram == twice && cross.gram == twice, "{channels} channels");
        }
    }
}
