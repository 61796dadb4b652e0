//! Intervals that take networks as the sample: pairs of networks are not independent, as each network is in many of them.

use crate::random::{Purpose, Stream};

/// Share of the resamples that must have a value, or else there is no interval.
const ENOUGH: f64 = 0.5;

/// Middle 95 % of the values of resamples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The 2.5 % quantile.
    pub low: f64,
    /// The 97.5 % quantile.
    pub high: f64,
    /// Resamples that had a value.
    pub resamples: usize,
}

/// Resamples of networks.
#[derive(Clone, Copy, Debug)]
pub struct Bootstrap {
    /// What the draws follow from.
    pub seed: u64,
    /// How many.
    pub resamples: u32,
}

impl Bootstrap {
    /// How often each of `units` is drawn in a resample: as many draws as there are units, each as likely (Efron 1979).
    #[must_use]
    pub fn drawn(&self, resample: u32, units: usize) -> Vec<u32> {
        let mut stream = Stream::new(self.seed, Purpose::Resample, u64::from(resample), 0);
        let mut counts = vec![0; units];
        let bound = u32::try_from(units).unwrap_or(u32::MAX);
        for _ in 0..units {
            if let Some(count) = counts.get_mut(stream.below(bound) as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// The interval of a statistic of pairs of networks `(front, end)`, numbered from 0 to below `networks`.
    ///
    /// Networks are drawn with replacement, and a pair stands in the resample as often as its front times its end was drawn; a pair of a
    /// network with itself as often as the network (the vertex bootstrap of Snijders & Borgatti 1999, without pairs between two draws
    /// of one network, whose stitches are those of the network with itself). `of` is given places in `pairs`; a resample in which it
    /// has no value, as without two different pairs, is left out. `None` with fewer than three networks, or where most resamples have no value.
    pub(crate) fn by_network(
        &self,
        pairs: &[(usize, usize)],
        networks: usize,
        of: &mut dyn FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Interval> {
        if networks < 3 {
            return None;
        }
        let (mut values, mut chosen) = (Vec::new(), Vec::new());
        for resample in 0..self.resamples {
            let drawn = self.drawn(resample, networks);
            let times = |network: usize| drawn.get(network).copied().unwrap_or(0) as usize;
            chosen.clear();
            for (place, (front, end)) in pairs.iter().enumerate() {
                let count = if front == end { times(*front) } else { times(*front) * times(*end) };
                chosen.extend(std::iter::repeat_n(place, count));
            }
            values.extend(of(&chosen));
        }
        self.interval(values)
    }

    /// The interval of a mean over pairs of networks, each with its repetitions: of one number for each pair, its mean over seeds.
    ///
    /// With `networks` the networks are drawn as in `Bootstrap::by_network`, and then in each pair, as often as it stands there, as
    /// many of its repetitions as it has, with replacement: the hierarchical bootstrap, for statements about networks and seeds that were not tried.
    /// Without, only the repetitions are drawn: for statements about further seeds of these pairs. `None` as there; pairs without a
    /// repetition are left out.
    pub fn nested(&self, pairs: &[((usize, usize), &[f64])], networks: Option<usize>) -> Option<Interval> {
        let places: Vec<usize> = (0..pairs.len()).filter(|at| !pairs[*at].1.is_empty()).collect();
        let named: Vec<(usize, usize)> = places.iter().map(|at| pairs[*at].0).collect();
        let mut resample = 0_u32;
        // Repetitions are drawn from a stream of their own, so that the networks drawn are those of every other statistic.
        let mut of = |chosen: &[usize]| {
            let mut stream = Stream::new(self.seed, Purpose::Resample, u64::from(resample), 1);
            resample += 1;
            let (mut sum, mut count) = (0.0, 0_u32);
            for at in chosen {
                let values = pairs[places[*at]].1;
                let bound = u32::try_from(values.len()).unwrap_or(u32::MAX);
                let drawn = (0..values.len()).map(|_| values[stream.below(bound) as usize]);
                sum += mean(drawn);
                count += 1;
            }
            (count > 0).then(|| sum / f64::from(count))
        };
        match networks {
            Some(networks) => self.by_network(&named, networks, &mut of),
            None => {
                let all: Vec<usize> = (0..named.len()).collect();
                let values = (0..self.resamples).filter_map(|_| of(&all)).collect();
                self.interval(values)
            }
        }
    }

    /// The middle of what resamples have given.
    #[must_use]
    pub fn interval(&self, mut values: Vec<f64>) -> Option<Interval> {
        #[expect(clippy::cast_precision_loss, reason = "a count of resamples")]
        let enough = !values.is_empty() && values.len() as f64 >= ENOUGH * f64::from(self.resamples);
        if !enough {
            return None;
        }
        values.sort_by(f64::total_cmp);
        Some(Interval { low: quantile(&values, 0.025), high: quantile(&values, 0.975), resamples: values.len() })
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a count of seeds")]
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// The quantile of rising values, between neighbours by the line through them, as NumPy's default; NaN without values.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among values"
)]
pub(crate) fn quantile(rising: &[f64], share: f64) -> f64 {
    let at = share.clamp(0.0, 1.0) * rising.len().saturating_sub(1) as f64;
    let (below, part) = (at.floor() as usize, at - at.floor());
    match (rising.get(below), rising.get(below + 1)) {
        (Some(low), Some(high)) => low + (high - low) * part,
        (Some(only), None) => *only,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWS: Bootstrap = Bootstrap { seed: 5, resamples: 400 };

    #[test]
    fn quantiles_are_numpys() {
        // np.quantile([0, 1, 4, 9], [0.025, 0.5, 0.975])
        let values = [0.0, 1.0, 4.0, 9.0];
        let found = [0.025, 0.5, 0.975].map(|share| quantile(&values, share));
        assert!(found.iter().zip([0.075, 2.5, 8.625]).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn pairs_stand_as_often_as_their_networks_are_drawn() {
        let pairs = [(0, 1), (1, 2), (2, 2)];
        let mut resample = 0_u32;
        DRAWS.by_network(&pairs, 3, &mut |chosen| {
            let drawn = DRAWS.drawn(resample, 3);
            assert_eq!(drawn.iter().sum::<u32>(), 3);
            let count = |place: usize| chosen.iter().filter(|at| **at == place).count() as u32;
            assert_eq!([0, 1, 2].map(count), [drawn[0] * drawn[1], drawn[1] * drawn[2], drawn[2]]);
            resample += 1;
            Some(0.0)
        });
        assert_eq!(resample, DRAWS.resamples);
    }

    #[test]
    fn the_mean_of_networks_has_its_closed_form() {
        // One number a network, as pairs with themselves: the bootstrap's standard error of the mean of 0..=9 is sqrt(8.25 / 10).
        let pairs: Vec<(usize, usize)> = (0..10).map(|n| (n, n)).collect();
        let mut mean = |chosen: &[usize]| Some(chosen.iter().sum::<usize>() as f64 / chosen.len() as f64);
        let draws = Bootstrap { resamples: 4000, ..DRAWS };
        let found = draws.by_network(&pairs, 10, &mut mean).unwrap();
        let half = 1.96 * (8.25_f64 / 10.0).sqrt();
        assert!((found.low - (4.5 - half)).abs() < 0.15 && (found.high - (4.5 + half)).abs() < 0.15, "{found:?}");
        assert_eq!(draws.by_network(&pairs, 10, &mut mean), Some(found));
        assert_ne!(Bootstrap { seed: 6, ..draws }.by_network(&pairs, 10, &mut mean), Some(found));
    }

    #[test]
    fn too_few_networks_or_values_give_no_interval() {
        assert_eq!(DRAWS.by_network(&[(0, 1)], 2, &mut |_| Some(1.0)), None);
        let mut turn = 0;
        let found = DRAWS.by_network(&[(0, 1)], 3, &mut |_| {
            turn += 1;
            (turn % 3 == 0).then_some(1.0)
        });
        assert_eq!(found, None);
    }
}
