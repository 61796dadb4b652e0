//! Counts of several seeds at one tap as one point with its interval.

use stitchscope_core::metrics;
use stitchscope_core::report::{Agreement, Counts};

use crate::format::{count, percent, plural};
use crate::model::Point;

/// So many of so many images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    /// Images that count.
    pub(crate) hits: u64,
    /// Images that were evaluated.
    pub(crate) total: u64,
}

impl From<Counts> for Share {
    fn from(counts: Counts) -> Self {
        Self { hits: counts.correct, total: counts.total }
    }
}

impl From<Agreement> for Share {
    fn from(agreement: Agreement) -> Self {
        Self { hits: agreement.same, total: agreement.total }
    }
}

impl Share {
    /// In 0..=1; none without images or when the counts contradict each other.
    pub(crate) fn value(self) -> Option<f64> {
        (self.total > 0 && self.hits <= self.total).then(|| self.hits as f64 / self.total as f64)
    }
}

/// The mean of several seeds' shares as a point, with every value multiplied by `unit` (100 for percent).
///
/// The interval is Wilson's at the mean for the number of images: it speaks of the choice of images, not of seeds, whose
/// spread the single marks show.
pub(crate) fn point(shares: &[Share], unit: f64) -> Option<Point> {
    let usable: Vec<(Share, f64)> =
        shares.iter().filter_map(|share| share.value().map(|value| (*share, value))).collect();
    let total = usable.iter().map(|(share, _)| share.total).min()?;
    let mean = usable.iter().map(|(_, value)| value).sum::<f64>() / usable.len() as f64;
    let interval = metrics::Share::wilson_at(mean, total).map(|share| (share.low, share.high));
    let words = words(&usable, mean, interval);
    Some(Point { y: mean * unit, interval: interval.map(|(low, high)| (low * unit, high * unit)), words })
}

fn words(usable: &[(Share, f64)], mean: f64, interval: Option<(f64, f64)>) -> String {
    let mut words = percent(mean * 100.0);
    if let Some((low, high)) = interval {
        words += &format!(" (95 % interval {:.1} to {:.1})", low * 100.0, high * 100.0);
    }
    match usable {
        [(share, _)] => {
            words += &format!(", {} of {} images", count(share.hits), count(share.total));
        }
        many => words += &format!(", mean of {}", plural(many.len() as u64, "seed", "seeds")),
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn share(hits: u64, total: u64) -> Share {
        Share { hits, total }
    }

    #[test]
    fn a_single_seed_speaks_in_images() {
        let point = point(&[share(850, 1000)], 100.0).unwrap();
        assert!((point.y - 85.0).abs() < 1e-12);
        assert_eq!(point.words, "85.0\u{a0}% (95 % interval 82.7 to 87.1), 850 of 1,000 images");
    }

    #[test]
    fn several_seeds_are_a_mean_with_the_interval_of_one_test_set() {
        let many = point(&[share(80, 100), share(90, 100)], 1.0).unwrap();
        assert!((many.y - 0.85).abs() < 1e-12);
        let (low, high) = many.interval.unwrap();
        assert!((low - 0.767_164).abs() < 1e-6 && (high - 0.906_940).abs() < 1e-6);
        assert!(many.words.ends_with("mean of 2\u{a0}seeds"), "{}", many.words);
    }

    #[test]
    fn impossible_counts_leave_a_gap() {
        assert_eq!(point(&[share(0, 0), share(5, 3)], 100.0), None);
    }
}
