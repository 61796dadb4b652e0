//! Two networks on the same images, and many such comparisons at once.

/// The exact test of McNemar (1947): of images that only one of two networks gets right, `a` by the first and `b` by the second, how likely
/// a split at least as uneven is if either is as likely. Two-sided, in (0, 1]; 1 without such images.
#[must_use]
pub(crate) fn mcnemar(a: u64, b: u64) -> f64 {
    let (few, all) = (a.min(b), float(a) + float(b));
    // Log of the binomial chance of k: lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) - n ln 2.
    let whole = libm::lgamma(all + 1.0) - all * std::f64::consts::LN_2;
    let chance = |k: u64| (whole - libm::lgamma(float(k) + 1.0) - libm::lgamma(all - float(k) + 1.0)).exp();
    let mut tail = 0.0;
    // From the largest term down: what no longer counts ends it.
    for k in (0..=few).rev() {
        let term = chance(k);
        tail += term;
        if term < tail * f64::EPSILON / 8.0 {
            break;
        }
    }
    (2.0 * tail).min(1.0)
}

/// The step-down correction of Holm (1979) for many tests: a test is significant at a level where its adjusted value is at most that level,
/// and the chance of even one false finding among all of them is then at most the level. In the order given; values in [0, 1].
#[must_use]
pub(crate) fn holm(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut adjusted = vec![1.0; values.len()];
    let mut largest = 0.0_f64;
    for (rank, at) in order.into_iter().enumerate() {
        largest = largest.max(float((values.len() - rank) as u64) * values[at]).min(1.0);
        adjusted[at] = largest;
    }
    adjusted
}

#[expect(clippy::cast_precision_loss, reason = "counts of images")]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_splits_are_counted_out() {
        // 1 of 6: 2 (1 + 6) / 64; 0 of 5: 2 / 32; even splits and none at all say nothing.
        for (a, b, p) in [(1, 5, 14.0 / 64.0), (5, 1, 14.0 / 64.0), (0, 5, 2.0 / 32.0), (4, 4, 1.0), (0, 0, 1.0)] {
            assert!((mcnemar(a, b) - p).abs() < 1e-12, "{a} {b}: {}", mcnemar(a, b));
        }
    }

    #[test]
    fn large_splits_are_scipys() {
        // scipy.stats.binomtest(k, n, 0.5).pvalue
        for (a, b, p) in [
            (480, 520, 0.217_448_293_204_141_5),
            (10, 90, 3.063_290_175_437_984_5e-17),
            (49_000, 51_000, 2.588_716_038_346_894_3e-10),
        ] {
            let found = mcnemar(a, b);
            assert!((found / p - 1.0).abs() < 1e-6, "{a} {b}: {found}");
        }
    }

    #[test]
    fn holm_is_its_definition() {
        // The smallest times four, the next times three, and never below the one before.
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        let expected = [0.03, 0.06, 0.06, 0.02];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
