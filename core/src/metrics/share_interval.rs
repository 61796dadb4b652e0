//! How sure a count is: shares with their 95 % interval.
//!
//! The interval is Wilson's score interval. It stays within 0 and 1 and is honest at 0 of n and n of n, which a robust accuracy often is;
//! the textbook interval `p +- 1.96 sqrt(p(1-p)/n)` has width 0 there.

use std::fmt;

/// The 97.5 % point of the normal distribution: 95 % lie within this many standard deviations.
const Z: f64 = 1.959_963_984_540_054;

/// A share of images with its 95 % interval; each in [0, 1].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Successes over images.
    pub share: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Images.
    pub total: u64,
}

impl Share {
    /// Wilson's 95 % interval of `successes` out of `total`; `None` without images. More successes than images count as all.
    pub(crate) fn wilson(successes: u64, total: u64) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "exact to 2^53 images")]
        let share = successes.min(total) as f64 / total as f64;
        Self::wilson_at(share, total)
    }

    /// Wilson's 95 % interval of a share that need not be a count, such as the mean of several seeds on the same `total` images.
    /// `None` without images, or when `share` is not in [0, 1].
    pub fn wilson_at(share: f64, total: u64) -> Option<Self> {
        if total == 0 || !(0.0..=1.0).contains(&share) {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "exact to 2^53 images")]
        let n = total as f64;
        let shrink = 1.0 + Z * Z / n;
        let centre = (share + Z * Z / (2.0 * n)) / shrink;
        let half = Z / shrink * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        // Rounding may step over an end by an ulp, and over the share itself at 0 and 1.
        let low = (centre - half).clamp(0.0, share);
        let high = (centre + half).clamp(share, 1.0);
        Some(Self { share, low, high, total })
    }

    /// Half the width of the interval, for "71.3 ± 2.1".
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }
}

impl fmt::Display for Share {
    /// `71.3 % (69.2-73.3, n = 2,000)`, all in percent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [share, low, high] = [self.share, self.low, self.high].map(|part| 100.0 * part);
        write!(f, "{share:.1} % ({low:.1}-{high:.1}, n = {})", thousands(self.total))
    }
}

/// `1234567` as `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index % 3 == first {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Agreement, Counts};
    use super::*;

    /// Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
    #[test]
    fn intervals_are_newcombes() {
        for (successes, total, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let share = Share::wilson(successes, total).unwrap();
            assert!((share.low - low).abs() < 5e-5, "{successes} of {total}: {share:?}");
            assert!((share.high - high).abs() < 5e-5, "{successes} of {total}: {share:?}");
        }
    }

    #[test]
    fn none_and_all_have_a_width_on_one_side() {
        let none = Share::wilson(0, 1000).unwrap();
        assert_eq!((none.share, none.low), (0.0, 0.0));
        // At 0 of n the upper end is z^2 / (n + z^2).
        assert!((none.high - Z * Z / (1000.0 + Z * Z)).abs() < 1e-15);
        let all = Share::wilson(1000, 1000).unwrap();
        assert_eq!((all.share, all.high), (1.0, 1.0));
        assert!((all.low - (1.0 - none.high)).abs() < 1e-15);
        assert_eq!(Share::wilson(0, 0), None);
        assert_eq!(Share::wilson(9, 3), Share::wilson(3, 3));
    }

    #[test]
    fn a_mean_of_counts_has_an_interval_too() {
        assert_eq!(Share::wilson_at(0.3, 10), Share::wilson(3, 10));
        // Wilson's formula at 0.85 of 100, worked out by hand.
        let mean = Share::wilson_at(0.85, 100).unwrap();
        assert!((mean.low - 0.767_164).abs() < 1e-6 && (mean.high - 0.906_940).abs() < 1e-6, "{mean:?}");
        for (share, total) in [(0.5, 0), (f64::NAN, 10), (1.5, 10), (-0.1, 10)] {
            assert_eq!(Share::wilson_at(share, total), None, "{share} of {total}");
        }
    }

    #[test]
    fn a_share_is_told_with_interval_and_images() {
        let counts = Counts { correct: 1426, total: 2000 };
        assert_eq!(counts.share().unwrap().to_string(), "71.3 % (69.3-73.2, n = 2,000)");
        let agreement = Agreement { same: 10, total: 10 };
        assert_eq!(agreement.share().unwrap().to_string(), "100.0 % (72.2-100.0, n = 10)");
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (60_000, "60,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_share_and_stays_in_range(total in 1u64..=u64::MAX, part in 0.0f64..=1.0) {
            let successes = (part * total as f64) as u64;
            let share = Share::wilson(successes, total).unwrap();
            prop_assert!(0.0 <= share.low && share.low <= share.share && share.share <= share.high && share.high <= 1.0);
        }
    }
}
